package dev.qide.server.api;

import dev.qide.server.api.http.ByteRange;
import dev.qide.server.api.http.EntityTags;
import dev.qide.server.files.FileDownload;
import dev.qide.server.files.FileDownloads;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.Precondition;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.identity.Action;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import dev.qide.wire.FileList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The HTTP endpoints of the files of workspaces.
public final class FileEndpoints {
    /// Headers that keep a browser from running a file of a workspace as a page of this server.
    private static final Map<String, String> INERT =
            Map.of(
                    "Cache-Control", "no-cache",
                    "Content-Security-Policy", "default-src 'none'; sandbox",
                    "Content-Disposition", "attachment");

    /// The memory for the response with a tree of 20,000 entries.
    private static final long TREE_BYTES = 16 << 20;

    /// The memory for the response with an external document: its bytes, its text, and the encoded
    /// bytes.
    private static final long EXTERNAL_BYTES = 12 << 20;

    /// The memory for a decoded text and its encoded copy, by that for its bytes and a copy.
    private static final int DECODED_FACTOR = 2;

    private final WorkspaceFiles files;
    private final FileDownloads downloads;
    private final LanguageHost languages;
    private final WorkspaceAccess access;

    public FileEndpoints(
            WorkspaceFiles files,
            FileDownloads downloads,
            LanguageHost languages,
            WorkspaceAccess access) {
        this.access = access;
        this.files = files;
        this.downloads = downloads;
        this.languages = languages;
    }

    Answer list(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(TREE_BYTES);
        var workspace = exchange.variable("ws");
        var tree = files.list(workspace);
        var entries = tree.entries().stream().map(FileEndpoints::entry).toList();
        return Answer.json(200, WireJson.write(new FileList(entries, tree.isTruncated())));
    }

    /// A read-only document outside the workspace, by the URI in a language server's answer.
    Answer external(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var uri = exchange.request().head().parameter("uri");
        if (uri == null) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "uri"));
        }
        exchange.request().disconnectSignal().reserve(EXTERNAL_BYTES);
        var text = languages.readExternal(exchange.variable("ws"), uri);
        return new Answer(
                200,
                INERT,
                new Content.Bytes(
                        "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8)));
    }

    /// The formatting style of a file in its project.
    Answer style(HttpEndpoints.Exchange exchange) {
        var style = languages.formattingStyle(exchange.variable("ws"), path(exchange));
        return Answer.json(200, WireJson.write(style));
    }

    /// The line ends and the encoding of a file on disk.
    Answer textFormat(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var workspace = exchange.variable("ws");
        var path = path(exchange);
        exchange.request()
                .disconnectSignal()
                .reserve(DECODED_FACTOR * downloads.wholeBytes(workspace, path));
        boolean isEditor =
                access.allows(exchange.requiredPrincipal(), Action.EDIT_WORKSPACE, workspace);
        return Answer.json(200, WireJson.write(downloads.textFormat(workspace, path, isEditor)));
    }

    private static String path(HttpEndpoints.Exchange exchange) {
        var path = exchange.request().head().parameter("path");
        if (path == null) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "path"));
        }
        return path;
    }

    /// 200; 206 with the one requested range; 416 when it starts after the file's end; 304 when
    /// `If-None-Match` names the current version; 412 when `If-Match` does not.
    Answer read(HttpEndpoints.Exchange exchange) throws IOException, InterruptedException {
        exchange.request().disconnectSignal().reserve(FileDownload.CHUNK_BYTES);
        var workspace = exchange.variable("ws");
        boolean isEditor =
                access.allows(exchange.requiredPrincipal(), Action.EDIT_WORKSPACE, workspace);
        var file = downloads.open(workspace, exchange.variable("path"), isEditor);
        @Nullable Answer answer = null;
        try {
            answer = read(exchange.request().head(), file);
            return answer;
        } finally {
            boolean willBeSent = answer != null && answer.content() instanceof Content.Sized;
            if (!willBeSent) {
                file.close();
            }
        }
    }

    private static Answer read(RequestHead head, FileDownload file) throws IOException {
        var range = ByteRange.of(head.header("Range"), file.length());
        var all = new FileDownload.Slice(0, file.length());
        file.examine(range instanceof ByteRange.Part(var slice) ? slice : all);
        var expected = Precondition.ofPresent(head.header("If-Match"));
        if (expected instanceof Precondition.Unchanged(var hashes)
                && !hashes.contains(file.etag().replace("\"", ""))) {
            throw new FailureException(Failure.PRECONDITION_FAILED, Map.of("etag", file.etag()));
        }
        if (EntityTags.match(head.header("If-None-Match"), file.etag())) {
            return served(304, new Content.Bytes("", new byte[0]), file);
        }
        var ifRange = head.header("If-Range");
        if (ifRange != null && !ifRange.strip().equals(file.etag())) {
            range = new ByteRange.Whole();
        }
        return switch (range) {
            case ByteRange.Whole() -> {
                file.sendWhole();
                yield served(200, sized(file, file.length()), file);
            }
            case ByteRange.Part(var slice) ->
                    served(206, sized(file, slice.length()), file)
                            .with("Content-Range", ByteRange.of(slice, file.length()));
            case ByteRange.Unsatisfiable() -> {
                var failure =
                        new FailureException(Failure.INVALID_PARAMS, Map.of("header", "Range"));
                yield Answer.json(416, FailureBody.of(failure).toJson())
                        .with("Content-Range", "bytes */" + file.length());
            }
        };
    }

    private static Answer served(int status, Content content, FileDownload file) {
        return new Answer(status, INERT, content)
                .with("ETag", file.etag())
                .with("Accept-Ranges", "bytes");
    }

    private static Content sized(FileDownload file, long length) {
        return new Content.Sized(
                "application/octet-stream",
                length,
                new HttpHandler.Writer() {
                    @Override
                    public void writeTo(OutputStream out) throws IOException {
                        file.writeTo(out);
                    }

                    @Override
                    public void close() throws IOException {
                        file.close();
                    }
                });
    }

    /// 201 for a new file, else 204, with the new ETag if the file has exactly the bytes that were
    /// sent. A body of type `text/plain` is text, and the file keeps its line ends, byte order mark
    /// and encoding; any other body is bytes.
    Answer write(HttpEndpoints.Exchange exchange) throws IOException, InterruptedException {
        var head = exchange.request().head();
        if (head.header("Content-Range") != null) {
            // RFC 9110, section 14.4: a part must not be mistaken for the whole.
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("header", "Content-Range"));
        }
        var precondition = Precondition.of(head.header("If-Match"), head.header("If-None-Match"));
        var bytes = fileBytes(exchange.request());
        var by = exchange.requiredPrincipal().credential().value();
        var workspace = exchange.variable("ws");
        var path = exchange.variable("path");
        exchange.request().disconnectSignal().reserve(downloads.wholeBytes(workspace, path));
        var written =
                isText(head.header("Content-Type"))
                        ? files.writeText(workspace, path, text(bytes), precondition, by)
                        : files.write(workspace, path, bytes, precondition, by);
        var answer = Answer.empty(written.isCreated() ? 201 : 204);
        // RFC 9110, section 9.3.4: with the ETag of a text that it has never seen, the client would
        // overwrite what others wrote.
        return written.hash().equals(files.hashed(bytes).hash())
                ? answer.with("ETag", written.etag())
                : answer;
    }

    private static byte[] fileBytes(HttpHandler.Request request) throws IOException {
        try {
            return request.bodyBytes(WorkspaceFiles.FILE_BYTES);
        } catch (FailureException refused) {
            throw refused.failure() == Failure.MESSAGE_TOO_LARGE
                    ? new FailureException(Failure.FILE_TOO_LARGE, refused.tags(), refused)
                    : refused;
        }
    }

    private static boolean isText(@Nullable String mediaType) {
        return mediaType != null && mediaType.toLowerCase(Locale.ROOT).startsWith("text/plain");
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notUtf8) {
            throw new FailureException(
                    Failure.FILE_NOT_TEXT, Map.of("reason", "not-utf-8"), notUtf8);
        }
    }

    private static FileList.Entry entry(FileTree.Entry entry) {
        var kind =
                switch (entry.kind()) {
                    case FILE -> FileList.Kind.FILE;
                    case FOLDER -> FileList.Kind.FOLDER;
                    case LINK, OTHER -> FileList.Kind.OTHER;
                };
        return new FileList.Entry(entry.path(), kind, entry.bytes(), entry.isIgnored());
    }
}

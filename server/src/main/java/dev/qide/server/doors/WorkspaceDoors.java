package dev.qide.server.doors;

import dev.qide.server.files.Condition;
import dev.qide.server.files.FileContent;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.language.LanguageHost;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.server.socket.HttpDoor.Content;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.FileList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The REST doors of the files of workspaces.
public final class WorkspaceDoors {
    /// A file is served as bytes and nothing else: a page of a workspace must not run as ours.
    private static final Map<String, String> INERT =
            Map.of(
                    "Cache-Control", "no-cache",
                    "Content-Security-Policy", "default-src 'none'; sandbox",
                    "Content-Disposition", "attachment");

    private final WorkspaceFiles files;
    private final LanguageHost languages;

    public WorkspaceDoors(WorkspaceFiles files, LanguageHost languages) {
        this.files = files;
        this.languages = languages;
    }

    Answer files(HttpDoors.Visit visit) {
        var workspace = visit.variable("ws");
        var tree = files.list(workspace);
        var entries = tree.entries().stream().map(WorkspaceDoors::entry).toList();
        return Answer.json(200, WireJson.write(new FileList(entries, tree.isCut())));
    }

    /// A read-only document outside the workspace, by the URI that a language server's answer had.
    Answer external(HttpDoors.Visit visit) {
        var uri = visit.request().head().parameter("uri");
        if (uri == null) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("parameter", "uri"));
        }
        var text = languages.external(visit.variable("ws"), uri);
        return new Answer(
                200,
                INERT,
                new Content.Bytes(
                        "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8)));
    }

    /// 200, or 304 when `If-None-Match` names the present version.
    Answer read(HttpDoors.Visit visit) {
        var content = files.read(visit.variable("ws"), visit.variable("path"));
        boolean isKnown = isNamed(visit.request().head().header("If-None-Match"), content);
        var body =
                isKnown
                        ? new Content.Bytes("", new byte[0])
                        : new Content.Bytes("application/octet-stream", content.bytes());
        return new Answer(isKnown ? 304 : 200, INERT, body).with("ETag", content.etag());
    }

    /// 204 with the new ETag. A body of type `text/plain` is text, and the file keeps its line
    /// ends, byte order mark and encoding; any other body is bytes, stored as they are.
    Answer write(HttpDoors.Visit visit) throws IOException {
        var head = visit.request().head();
        var condition = Condition.of(head.header("If-Match"), head.header("If-None-Match"));
        var bytes = visit.request().bodyBytes(WorkspaceFiles.FILE_BYTES);
        var by = visit.someone().credential().value();
        var workspace = visit.variable("ws");
        var path = visit.variable("path");
        var written =
                isText(head.header("Content-Type"))
                        ? files.writeText(workspace, path, text(bytes), condition, by)
                        : files.write(workspace, path, bytes, condition, by);
        return Answer.empty(204).with("ETag", written.etag());
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

    private static boolean isNamed(@Nullable String ifNoneMatch, FileContent content) {
        return ifNoneMatch != null
                && Arrays.stream(ifNoneMatch.split(",", -1))
                        .map(String::strip)
                        .anyMatch(tag ->
                                tag.equals("*")
                                        || tag.equals(content.etag())
                                        || tag.equals("W/" + content.etag()));
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

package dev.qide.server.api.page;

import dev.qide.server.api.http.ByteRange;
import dev.qide.server.api.http.EntityTags;
import dev.qide.server.api.page.PackagedFiles.Representation;
import dev.qide.server.files.FileDownload.Slice;
import dev.qide.server.telemetry.ErrorReports;
import dev.qide.server.transport.ContentCoding;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The files of the browser IDE, from the class path under `dev/qide/web`, in the best coding for
/// each client. Thread-safe.
public final class WebClient {
    private static final String ROOT = "/dev/qide/web/";

    private static final Map<String, String> MEDIA_TYPES =
            Map.ofEntries(
                    Map.entry("html", "text/html; charset=utf-8"),
                    Map.entry("js", "text/javascript; charset=utf-8"),
                    Map.entry("css", "text/css; charset=utf-8"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("png", "image/png"),
                    Map.entry("ico", "image/x-icon"),
                    Map.entry("ttf", "font/ttf"),
                    Map.entry("woff2", "font/woff2"),
                    Map.entry("wasm", "application/wasm"),
                    Map.entry("json", "application/json"),
                    Map.entry("webmanifest", "application/manifest+json"),
                    Map.entry("woff", "font/woff"),
                    Map.entry("tmLanguage", "application/xml"),
                    Map.entry("code-snippets", "application/json"));

    private static final String PAGE = "index.html";

    private final PackagedFiles files = new PackagedFiles(ROOT);
    private final String policy;

    /// The page with the destination of its reports; null when it is as it was built, or missing.
    private final @Nullable Map<ContentCoding, Representation> page;

    /// @param reports where the page reports its errors; null for nowhere
    public WebClient(ErrorReports.@Nullable Settings reports) {
        var destination = new PageReports(reports);
        policy = contentSecurityPolicy(destination.source());
        page = reports == null ? null : files.changed(PAGE, destination::in);
    }

    /// Allows the page to load only from this server, and to report its errors to one more. The
    /// editor needs inline styles, and its grammars a regular expression engine in WebAssembly.
    ///
    /// @param reports a source after a space; empty for none
    private static String contentSecurityPolicy(String reports) {
        return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
                + " img-src 'self' data:; connect-src 'self'"
                + reports
                + "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    }

    /// Whether a page or asset exists at this path.
    ///
    /// @param path without a leading slash; empty for the page
    public boolean has(String path) {
        return find(path) != null;
    }

    /// The page or asset at this path in the best coding for the client, 206 with the one requested
    /// range, or 304; null when it does not exist. Ranges refer to the file without a coding.
    ///
    /// @param path without a leading slash; empty for the page
    public @Nullable Answer answer(String path, RequestHead head) {
        var found = find(path);
        if (found == null) {
            return null;
        }
        var name = name(path);
        var codings = found.keySet();
        var coding =
                head.header("Range") == null
                        ? ContentCoding.best(head, codings)
                        : whole(head, codings);
        var answer =
                coding == null
                        ? refused()
                        : answer(name, head, coding, Objects.requireNonNull(found.get(coding)));
        return codings.size() > 1 ? answer.with("Vary", "Accept-Encoding") : answer;
    }

    /// The identity if the client accepts it, since the client requested a range.
    private static @Nullable ContentCoding whole(RequestHead head, Set<ContentCoding> codings) {
        var identity = ContentCoding.best(head, Set.of(ContentCoding.IDENTITY));
        return identity == null ? ContentCoding.best(head, codings) : identity;
    }

    private @Nullable Map<ContentCoding, Representation> find(String path) {
        var name = name(path);
        boolean isIllegal = name.contains("..") || name.contains("//") || name.startsWith("/");
        if (isIllegal || mediaType(name) == null) {
            return null;
        }
        return page != null && name.equals(PAGE) ? page : files.find(name);
    }

    private static String name(String path) {
        return path.isEmpty() ? PAGE : path;
    }

    private static @Nullable String mediaType(String name) {
        return MEDIA_TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    }

    private Answer answer(
            String name, RequestHead head, ContentCoding coding, Representation file) {
        if (EntityTags.match(head.header("If-None-Match"), file.etag())) {
            return headed(name, Answer.empty(304)).with("ETag", file.etag());
        }
        var type = Objects.requireNonNull(mediaType(name));
        if (coding != ContentCoding.IDENTITY) {
            return headed(name, sized(200, type, file, new Slice(0, file.length())))
                    .with("ETag", file.etag())
                    .with("Content-Encoding", coding.token());
        }
        var ifRange = head.header("If-Range");
        boolean isOther = ifRange != null && !ifRange.strip().equals(file.etag());
        var answer =
                switch (ByteRange.of(isOther ? null : head.header("Range"), file.length())) {
                    case ByteRange.Whole() -> sized(200, type, file, new Slice(0, file.length()));
                    case ByteRange.Part(var slice) ->
                            sized(206, type, file, slice)
                                    .with("Content-Range", ByteRange.of(slice, file.length()));
                    case ByteRange.Unsatisfiable() ->
                            refused(416, "Range").with("Content-Range", "bytes */" + file.length());
                };
        return headed(name, answer).with("ETag", file.etag()).with("Accept-Ranges", "bytes");
    }

    private static Answer sized(int status, String mediaType, Representation file, Slice slice) {
        return new Answer(
                status,
                Map.of(),
                new Content.Sized(
                        mediaType,
                        slice.length(),
                        out -> file.write(slice.from(), slice.length(), out)));
    }

    /// RFC 9110, section 15.5.7: the client refuses every coding, including the identity.
    private static Answer refused() {
        return refused(406, "Accept-Encoding");
    }

    private static Answer refused(int status, String header) {
        var failure = new FailureException(Failure.INVALID_PARAMS, Map.of("header", header));
        return Answer.json(status, FailureBody.of(failure).toJson());
    }

    private Answer headed(String name, Answer answer) {
        // The bundler puts a hash of the content into the names below assets/.
        var cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
        return answer.with("Cache-Control", cache)
                .with("Content-Security-Policy", policy)
                .with("Cross-Origin-Opener-Policy", "same-origin")
                .with("X-Frame-Options", "DENY");
    }
}

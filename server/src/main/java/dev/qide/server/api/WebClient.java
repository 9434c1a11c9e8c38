package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The files of the browser IDE, from the class path under `dev/qide/web`. Thread-safe.
final class WebClient {
    private static final String ROOT = "/dev/qide/web/";

    /// Allows the page to load only from this server; the editor needs inline styles.
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
                    + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    private static final Map<String, String> MEDIA_TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "svg", "image/svg+xml",
                    "png", "image/png",
                    "ico", "image/x-icon",
                    "ttf", "font/ttf",
                    "woff2", "font/woff2",
                    "json", "application/json",
                    "webmanifest", "application/manifest+json");

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /// The page or asset at this path, or null if there is none.
    ///
    /// @param path without a leading slash; empty for the page
    @Nullable Answer answer(String path) {
        var name = path.isEmpty() ? "index.html" : path;
        var known = answers.get(name);
        if (known != null) {
            return known;
        }
        var extension = name.substring(name.lastIndexOf('.') + 1);
        var mediaType = MEDIA_TYPES.get(extension);
        if (mediaType == null
                || name.contains("..")
                || name.contains("//")
                || name.startsWith("/")) {
            return null;
        }
        var bytes = read(name);
        if (bytes == null) {
            return null;
        }
        // Only names of packaged files get here, so their number bounds the map.
        var answer = answer(name, mediaType, bytes);
        answers.put(name, answer);
        return answer;
    }

    private static byte @Nullable [] read(String name) {
        try (var stream = WebClient.class.getResourceAsStream(ROOT + name)) {
            return stream == null ? null : stream.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Answer answer(String name, String mediaType, byte[] bytes) {
        // The bundler includes a hash of the content in the names below assets/.
        var cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
        return new Answer(
                200,
                Map.of(
                        "Cache-Control",
                        cache,
                        "Content-Security-Policy",
                        CONTENT_SECURITY_POLICY,
                        "Cross-Origin-Opener-Policy",
                        "same-origin",
                        "X-Frame-Options",
                        "DENY"),
                new Content.Resident(mediaType, bytes));
    }
}

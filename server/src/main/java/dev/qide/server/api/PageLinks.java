package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.RequestHead;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Links for people: `/w/{workspace}/{path}` redirects to the page with that file open, and an
/// unknown address shows an error page. All references are relative, so they work below any path
/// prefix that a proxy strips.
final class PageLinks {
    private static final int LINE_DIGITS = 9;

    private PageLinks() {}

    /// 302 to the page with `workspace`, and with `file` and `line` if the address has them. A
    /// browser keeps the fragment, such as `#L12`. The redirect does not reveal whether the
    /// workspace and the file exist: the page requests them with a credential.
    static Answer redirect(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var query = new StringBuilder("?workspace=").append(encoded(exchange.variable("ws")));
        var path = exchange.variable("path");
        if (!path.isEmpty()) {
            query.append("&file=").append(encoded(path));
        }
        var line = head.parameter("line");
        if (line != null && line.matches("[0-9]{1," + LINE_DIGITS + "}")) {
            query.append("&line=").append(line);
        }
        return Answer.empty(302).with("Location", home(head) + query);
    }

    /// 404 as a page for a browser that opens an address; null for other clients.
    static @Nullable Answer notFound(RequestHead head) {
        var accept = head.header("Accept");
        boolean isBrowser = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
        if (!isBrowser || head.path().startsWith("/api/")) {
            return null;
        }
        var text =
                """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                <meta name="color-scheme" content="light dark">
                <title>Not found: Q-IDE</title>
                </head>
                <body>
                <h1>Not found</h1>
                <p>There is no page at this address. Check it, or <a href="%s">open Q-IDE</a>.</p>
                </body>
                </html>
                """
                        .formatted(home(head));
        return new Answer(
                404,
                Map.of(
                        "Cache-Control", "no-store",
                        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
                new Content.Bytes(
                        "text/html; charset=utf-8", text.getBytes(StandardCharsets.UTF_8)));
    }

    /// The address of the page, relative to the requested one.
    private static String home(RequestHead head) {
        long slashes = head.rawPath().chars().filter(one -> one == '/').count();
        return slashes <= 1 ? "./" : "../".repeat((int) slashes - 1);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

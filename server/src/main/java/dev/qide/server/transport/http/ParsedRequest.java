package dev.qide.server.transport.http;

import dev.qide.server.telemetry.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A request's head after the checks of the grammar.
///
/// @param method as it was sent
/// @param path percent-encoded, beginning with `/`; `*` for the server itself
/// @param query without `?`, empty when there is none
/// @param isHttp10 whether the client speaks HTTP/1.0, which knows no chunks and no upgrade
/// @param headers names in lower case; `host` is that of an absolute target, if it has one
/// @param framing how long the content is
public record ParsedRequest(
        String method,
        String path,
        String query,
        boolean isHttp10,
        Map<String, List<String>> headers,
        Framing framing) {
    /// The way in which the end of the content is determined.
    sealed interface Framing {
        /// There is no content.
        record None() implements Framing {}

        /// @param bytes above 0
        record Length(long bytes) implements Framing {}

        record Chunked() implements Framing {}
    }

    boolean hasContent() {
        return !(framing instanceof Framing.None);
    }

    /// The items of a header that is a list, in lower case.
    List<String> items(String name) {
        var items = new ArrayList<String>();
        for (var value : headers.getOrDefault(name, List.of())) {
            for (var item : value.split(",", -1)) {
                var stripped = RequestSyntax.strip(item);
                if (!stripped.isEmpty()) {
                    items.add(stripped.toLowerCase(Locale.ROOT));
                }
            }
        }
        return items;
    }

    /// The trace that the request continues, or a new one.
    public Trace trace() {
        var values = headers.getOrDefault("traceparent", List.of());
        return Trace.continuing(values.size() == 1 ? values.getFirst().strip() : null);
    }

    /// Whether the client wants no further request on this connection.
    boolean isLast() {
        return isHttp10 || items("connection").contains("close");
    }

    /// Whether it is a handshake of WebSocket. HTTP/1.0 has no upgrades, and what follows content
    /// could be mistaken for frames.
    boolean isWebSocketHandshake() {
        return !isHttp10 && !hasContent() && items("upgrade").contains("websocket");
    }

    /// Whether the client waits for `100 Continue` before it sends the content.
    boolean expectsContinue() {
        return !isHttp10 && items("expect").contains("100-continue");
    }
}

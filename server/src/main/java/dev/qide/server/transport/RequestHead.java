package dev.qide.server.transport;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client said when it asked for something: an HTTP request line with its headers, or a
/// WebSocket handshake.
///
/// @param method upper case, for instance `GET`
/// @param path decoded path, beginning with `/`; never contains `..` segments or NUL
/// @param rawPath the path as it was sent, percent-encoded
/// @param query raw query string without `?`, empty when there is none
/// @param headers names in lower case, each value as it was sent
/// @param remoteAddress the client's address, without port: the direct peer's, or the one that a
///   trusted proxy names
/// @param isSecure whether the connection is TLS, or was up to a trusted proxy
public record RequestHead(
        String method,
        String path,
        String rawPath,
        String query,
        Map<String, List<String>> headers,
        String remoteAddress,
        boolean isSecure) {
    public RequestHead {
        headers = Map.copyOf(headers);
    }

    /// The header's values joined with `, `, or null when it was not sent.
    public @Nullable String header(String name) {
        var values = headers.get(name.toLowerCase(Locale.ROOT));
        return values == null || values.isEmpty() ? null : String.join(", ", values);
    }

    /// The items of a header that is a comma-separated list, trimmed, in order; empty when it was
    /// not sent. Clients write `a, b` and `a,b`.
    public List<String> items(String name) {
        var value = header(name);
        return value == null
                ? List.of()
                : Arrays.stream(value.split(",", -1))
                        .map(String::strip)
                        .filter(item -> !item.isEmpty())
                        .toList();
    }

    /// The first value of a query parameter, decoded, or null when it was not sent.
    public @Nullable String parameter(String name) {
        for (var pair : query.split("&", -1)) {
            var equals = pair.indexOf('=');
            var key = equals < 0 ? pair : pair.substring(0, equals);
            if (PercentEncoding.decode(key.replace('+', ' ')).equals(name)) {
                return equals < 0
                        ? ""
                        : PercentEncoding.decode(pair.substring(equals + 1).replace('+', ' '));
            }
        }
        return null;
    }
}

package dev.qide.server.transport;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The request line and the headers of an HTTP request or a WebSocket handshake.
///
/// @param method upper case, for example `GET`
/// @param path the decoded path, starting with `/`; never contains `..` segments or NUL
/// @param rawPath the path as sent, percent-encoded
/// @param query the raw query string without `?`; empty if there is none
/// @param headers names in lower case, values as sent
/// @param remoteAddress the client's address without port: the direct peer's, or the one that a
///   trusted proxy names
/// @param isSecure whether the client's connection uses TLS, to this server or to a trusted proxy
/// @param isForwarded whether another server of the same database has forwarded the request; the
///   address and `isSecure` are those of its client then
public record RequestHead(
        String method,
        String path,
        String rawPath,
        String query,
        Map<String, List<String>> headers,
        String remoteAddress,
        boolean isSecure,
        boolean isForwarded) {
    public RequestHead {
        headers = Map.copyOf(headers);
    }

    /// A request that comes from its client, or from a proxy.
    public RequestHead(
            String method,
            String path,
            String rawPath,
            String query,
            Map<String, List<String>> headers,
            String remoteAddress,
            boolean isSecure) {
        this(method, path, rawPath, query, headers, remoteAddress, isSecure, false);
    }

    /// The header's values joined with `, `, or null if it is absent.
    public @Nullable String header(String name) {
        var values = headers.get(name.toLowerCase(Locale.ROOT));
        return values == null || values.isEmpty() ? null : String.join(", ", values);
    }

    /// The trimmed items of a header that is a comma-separated list, in order; empty if it is
    /// absent.
    public List<String> items(String name) {
        var value = header(name);
        return value == null
                ? List.of()
                : Arrays.stream(value.split(",", -1))
                        .map(String::strip)
                        .filter(item -> !item.isEmpty())
                        .toList();
    }

    /// The first value of a query parameter, decoded, or null if it is absent.
    public @Nullable String parameter(String name) {
        var values = parameters(name);
        return values.isEmpty() ? null : values.getFirst();
    }

    /// All values of a query parameter, decoded, in order.
    public List<String> parameters(String name) {
        var values = new ArrayList<String>();
        for (var pair : query.split("&", -1)) {
            var equals = pair.indexOf('=');
            var key = equals < 0 ? pair : pair.substring(0, equals);
            if (PercentEncoding.decode(key.replace('+', ' ')).equals(name)) {
                values.add(
                        equals < 0
                                ? ""
                                : PercentEncoding.decode(
                                        pair.substring(equals + 1).replace('+', ' ')));
            }
        }
        return values;
    }
}

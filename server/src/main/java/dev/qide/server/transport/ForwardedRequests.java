package dev.qide.server.transport;

import org.jspecify.annotations.Nullable;

/// Recognises requests that another server of the same database has forwarded, by a signature in a
/// header. Thread-safe.
@FunctionalInterface
public interface ForwardedRequests {
    /// The header, in lower case. A request with a wrong one is refused: it does not come from a
    /// client.
    String HEADER = "qide-forwarded";

    /// The client of the other server.
    ///
    /// @param signed the value of the header
    /// @param target as [#target]
    /// @return null when the signature is wrong or too old
    TrustedProxies.@Nullable Client client(String signed, String target);

    /// Recognises none.
    static ForwardedRequests none() {
        return (_, _) -> null;
    }

    /// The signed part of a request besides its client: `GET /path?query`.
    ///
    /// @param path as sent
    /// @param query as sent, without `?`
    static String target(String method, String path, String query) {
        return method + " " + path + (query.isEmpty() ? "" : "?" + query);
    }
}

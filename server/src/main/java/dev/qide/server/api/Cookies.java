package dev.qide.server.api;

import org.jspecify.annotations.Nullable;

/// The login cookie.
final class Cookies {
    static final String NAME = "qide_session";

    private Cookies() {}

    /// The login cookie's value in a `Cookie` header, or null.
    static @Nullable String read(@Nullable String header) {
        if (header == null) {
            return null;
        }
        for (var pair : header.split(";", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).strip().equals(NAME)) {
                return pair.substring(equals + 1).strip();
            }
        }
        return null;
    }

    /// The value of a `Set-Cookie` header.
    static String set(String secret, long maxAgeSeconds, boolean isSecure) {
        return NAME
                + "="
                + secret
                + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                + maxAgeSeconds
                + (isSecure ? "; Secure" : "");
    }
}

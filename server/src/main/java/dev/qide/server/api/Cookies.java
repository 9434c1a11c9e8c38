package dev.qide.server.api;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The login cookie.
final class Cookies {
    static final String NAME = "qide_session";

    /// The browser returns from another site, the provider, so this cookie must be `Lax`.
    private static final String PENDING = "qide_login";

    private static final int FOLDER_CHARACTERS = 256;
    private static final Pattern FOLDER = Pattern.compile("/(?:[A-Za-z0-9._~%@+-]+/)*");

    private Cookies() {}

    /// The login cookie's value in a `Cookie` header, or null.
    static @Nullable String read(@Nullable String header) {
        return read(header, NAME);
    }

    /// The value of the cookie for a login that has begun; null for none.
    static @Nullable String readPending(@Nullable String header) {
        return read(header, PENDING);
    }

    private static @Nullable String read(@Nullable String header, String name) {
        if (header == null) {
            return null;
        }
        for (var pair : header.split(";", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                return pair.substring(equals + 1).strip();
            }
        }
        return null;
    }

    /// The `Path` of the cookie: the folder of the page as the browser sees it, so that servers
    /// below different prefixes of one host name do not share it.
    ///
    /// @param folder the page's header `X-Qide-Path`; null for `/`
    /// @throws FailureException `INVALID_PARAMS` when it is not a folder
    static String path(@Nullable String folder) {
        if (folder == null) {
            return "/";
        }
        if (folder.length() > FOLDER_CHARACTERS || !FOLDER.matcher(folder).matches()) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("header", "X-Qide-Path"));
        }
        return folder;
    }

    /// The `Set-Cookie` header for a login that has begun.
    static String setPending(String value, String path, long maxAgeSeconds, boolean isSecure) {
        return PENDING
                + "="
                + value
                + "; Path="
                + path
                + "; HttpOnly; SameSite=Lax; Max-Age="
                + maxAgeSeconds
                + (isSecure ? "; Secure" : "");
    }

    /// The `Set-Cookie` header for a login.
    static String set(String secret, String path, long maxAgeSeconds, boolean isSecure) {
        return NAME
                + "="
                + secret
                + "; Path="
                + path
                + "; HttpOnly; SameSite=Strict; Max-Age="
                + maxAgeSeconds
                + (isSecure ? "; Secure" : "");
    }
}

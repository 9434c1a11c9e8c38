package dev.qide.server.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The origins whose pages may use the login cookie: this server's own and those on the operator's
/// list.
///
/// A page of another origin can make a browser send the cookie with a WebSocket handshake; the
/// `Origin` header, which no page can forge, reveals it. Clients other than browsers send neither
/// the header nor the cookie by themselves.
final class Origins {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private static final Pattern LOOPBACK_ADDRESS = Pattern.compile("127(\\.\\d{1,3}){3}");

    private final String host;
    private final Set<String> allowed;
    private final Set<String> allowedHosts;

    /// @param host the address on which the server listens
    /// @param allowed further origins, for instance `https://ide.example.org`
    Origins(String host, Set<String> allowed) {
        this.host = host.toLowerCase(Locale.ROOT);
        this.allowed = Set.copyOf(allowed);
        allowedHosts =
                allowed.stream().map(Origins::hostOfOrigin).collect(Collectors.toUnmodifiableSet());
    }

    /// Whether an origin is on the list.
    boolean isListed(@Nullable String origin) {
        return origin != null && allowed.contains(origin);
    }

    boolean isListEmpty() {
        return allowed.isEmpty();
    }

    /// Whether a page of this origin may use the login cookie.
    ///
    /// @param origin the request's `Origin` header, or null
    /// @param hostHeader the request's `Host` header
    boolean admit(@Nullable String origin, @Nullable String hostHeader) {
        if (origin == null) {
            return true;
        }
        if (allowed.contains(origin)) {
            return true;
        }
        try {
            var page = new URI(origin);
            var name = page.getHost() == null ? "" : page.getHost().toLowerCase(Locale.ROOT);
            boolean isOurName = LOOPBACK.contains(name) || name.equals(host);
            // The Host header alone proves nothing: with DNS rebinding it equals the foreign page's
            // host. Hence the closed list of names.
            return isOurName
                    && page.getRawAuthority() != null
                    && page.getRawAuthority().equalsIgnoreCase(hostHeader);
        } catch (URISyntaxException _) {
            return false;
        }
    }

    /// Whether a `Host` header names this server: by a loopback name or address, the address on
    /// which it listens, or a host on the list. A page whose name was rebound to this machine sends
    /// its own name.
    boolean isOwnHost(@Nullable String hostHeader) {
        if (hostHeader == null) {
            return false;
        }
        var name = withoutPort(hostHeader);
        return LOOPBACK.contains(name)
                || LOOPBACK_ADDRESS.matcher(name).matches()
                || name.equals(host)
                || name.equals("[" + host + "]")
                || allowedHosts.contains(name);
    }

    private static String withoutPort(String authority) {
        return authority.strip().toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    }

    private static String hostOfOrigin(String origin) {
        return withoutPort(origin.substring(origin.indexOf("://") + 1).replaceFirst("^//", ""));
    }
}

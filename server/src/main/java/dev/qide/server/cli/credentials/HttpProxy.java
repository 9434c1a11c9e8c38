package dev.qide.server.cli.credentials;

import dev.qide.server.secrets.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The HTTP proxy through which a command reaches a server, from the environment variables that
/// curl, git and Go read: `https_proxy` or `http_proxy` by the server's scheme, then `all_proxy`,
/// each also in capitals; `no_proxy` names servers that are reached directly ([NoProxy]).
/// Immutable.
///
/// @param variable the name of the environment variable that names the proxy
/// @param host a name, or an IP address without brackets
/// @param authorization the value of `Proxy-Authorization`; null without a name and password
public record HttpProxy(String variable, String host, int port, @Nullable Secret authorization) {
    /// The port of an address without one, as in Go.
    private static final int DEFAULT_PORT = 80;

    /// The proxy for a server; null if it is reached directly, as this machine always is.
    ///
    /// @param variables of the environment
    /// @param server `http`, `https`, `ws` or `wss`
    /// @throws IllegalArgumentException with a sentence when a variable names no HTTP proxy
    public static @Nullable HttpProxy of(Map<String, String> variables, URI server) {
        boolean isSecure = server.getScheme().equals("https") || server.getScheme().equals("wss");
        for (var name : names((isSecure ? "https" : "http") + "_proxy", "all_proxy")) {
            var value = variables.getOrDefault(name, "").strip();
            if (!value.isEmpty()) {
                return NoProxy.of(variables).includes(server) ? null : parse(name, value);
            }
        }
        return null;
    }

    /// Both spellings of each name; lower case counts first.
    static List<String> names(String... lowerCase) {
        var names = new ArrayList<String>();
        for (var name : lowerCase) {
            names.add(name);
            names.add(name.toUpperCase(Locale.ROOT));
        }
        return names;
    }

    private static HttpProxy parse(String variable, String value) {
        try {
            var proxy = new URI(value.contains("://") ? value : "http://" + value);
            if (!"http".equalsIgnoreCase(proxy.getScheme()) || proxy.getHost() == null) {
                throw unusable(variable, null);
            }
            var host = proxy.getHost().replaceAll("[\\[\\]]", "");
            int port = proxy.getPort() < 0 ? DEFAULT_PORT : proxy.getPort();
            return new HttpProxy(variable, host, port, basic(proxy.getUserInfo()));
        } catch (URISyntaxException malformed) {
            throw unusable(variable, malformed);
        }
    }

    /// Without the value, which may contain a password.
    private static IllegalArgumentException unusable(
            String variable, @Nullable URISyntaxException cause) {
        return new IllegalArgumentException(
                "%s must be the address of an HTTP proxy, such as http://proxy.example:3128 or http://NAME:PASSWORD@proxy.example:3128 with special characters percent-encoded. Correct it, or add the server to no_proxy."
                        .formatted(variable),
                cause == null ? null : new IllegalArgumentException(cause.getReason()));
    }

    private static @Nullable Secret basic(@Nullable String credentials) {
        if (credentials == null || credentials.isEmpty()) {
            return null;
        }
        var text = credentials.contains(":") ? credentials : credentials + ":";
        return Secret.of(
                "Basic "
                        + Base64.getEncoder()
                                .encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Its host and port, as in a URL.
    String authority() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /// Its address, without name and password.
    @Override
    public String toString() {
        return "http://" + authority();
    }
}

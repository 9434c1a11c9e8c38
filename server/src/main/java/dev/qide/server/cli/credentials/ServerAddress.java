package dev.qide.server.cli.credentials;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The address of a server: scheme, host, port and path prefix in one form, however a person writes
/// them. Immutable.
///
/// @param uri `http` or `https`; without the scheme's own port and without a slash at its end
public record ServerAddress(URI uri) {
    private static final String TOKEN = "token=";
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    /// Reads an address, or a link of a server, of which only the address counts. An address
    /// without a scheme is `https`, except that of this machine: a token must not cross a network
    /// in clear text unless the person says so.
    ///
    /// @throws IllegalArgumentException with a sentence
    public static ServerAddress of(String text) {
        var given = text.strip();
        try {
            var server = new URI(given.contains("://") ? given : "https://" + given);
            var host = server.getHost();
            if (host == null || server.getUserInfo() != null) {
                throw new URISyntaxException(text, "no host");
            }
            host = host.toLowerCase(Locale.ROOT);
            boolean isSecure = given.contains("://") ? isSecure(server) : !isLocal(host);
            int ownPort = isSecure ? HTTPS_PORT : HTTP_PORT;
            return new ServerAddress(
                    new URI(
                            isSecure ? "https" : "http",
                            null,
                            host,
                            server.getPort() == ownPort ? -1 : server.getPort(),
                            prefix(server.getPath()),
                            null,
                            null));
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException(
                    "--url must be the address of a server, such as http://localhost:8080, not "
                            + withoutFragment(text),
                    wrong);
        }
    }

    /// The token in a link such as `http://localhost:8080/#token=…`; null for any other text.
    public static @Nullable String tokenOf(String link) {
        int hash = link.indexOf('#');
        if (hash < 0) {
            return null;
        }
        for (var part : link.substring(hash + 1).split("&", -1)) {
            if (part.startsWith(TOKEN) && part.length() > TOKEN.length()) {
                return part.substring(TOKEN.length());
            }
        }
        return null;
    }

    private static boolean isSecure(URI server) throws URISyntaxException {
        return switch (server.getScheme().toLowerCase(Locale.ROOT)) {
            case "http", "ws" -> false;
            case "https", "wss" -> true;
            default -> throw new URISyntaxException(server.toString(), "not http or https");
        };
    }

    /// The prefix of a path; of a link to a file, `/prefix/w/demo/main.py`, only `/prefix`.
    private static String prefix(@Nullable String path) {
        var prefix = path == null ? "" : path;
        int link = prefix.indexOf("/w/");
        int end = link < 0 ? prefix.length() : link;
        while (end > 0 && prefix.charAt(end - 1) == '/') {
            end--;
        }
        return prefix.substring(0, end);
    }

    private static String withoutFragment(String text) {
        int hash = text.indexOf('#');
        return hash < 0 ? text : text.substring(0, hash);
    }

    /// Whether the server is on this machine, by its loopback address.
    public boolean isLocal() {
        return isLocal(uri.getHost());
    }

    /// `127.example.org` is not.
    private static boolean isLocal(String host) {
        return host.equals("localhost")
                || host.equals("[::1]")
                || (host.startsWith("127.") && host.chars().allMatch(ServerAddress::isOfNumber));
    }

    private static boolean isOfNumber(int letter) {
        return letter == '.' || (letter >= '0' && letter <= '9');
    }

    /// The address of a path below it.
    ///
    /// @param path with a slash at its beginning, encoded
    public URI at(String path) {
        return URI.create(uri + path);
    }

    /// The address of a WebSocket.
    ///
    /// @param path not encoded
    public URI webSocket(String path) {
        try {
            var scheme = uri.getScheme().equals("https") ? "wss" : "ws";
            return new URI(
                    scheme, null, uri.getHost(), uri.getPort(), uri.getPath() + path, null, null);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException("Not the name of a workspace: " + path, wrong);
        }
    }

    @Override
    public String toString() {
        return uri.toString();
    }
}

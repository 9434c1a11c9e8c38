package dev.qide.server.nodes;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/// The URL at which other nodes reach a node: scheme, host and port only.
///
/// @param host without the brackets of an IPv6 address
public record NodeUrl(boolean isSecure, String host, int port) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int MAX_PORT = 65_535;

    /// Parses `http://10.0.0.5:8080` or `https://node1.example`.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    public static NodeUrl parse(String text) {
        var uri = uri(text);
        var scheme = uri == null ? null : uri.getScheme();
        boolean isSecure = "https".equalsIgnoreCase(scheme);
        if (uri == null
                || !(isSecure || "http".equalsIgnoreCase(scheme))
                || uri.getHost() == null
                || uri.getPort() == 0
                || uri.getPort() > MAX_PORT
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))) {
            throw new IllegalArgumentException(
                    "QIDE_NODE_URL must be a URL without a path, such as http://10.0.0.5:8080: the"
                            + " address at which the other servers of the database reach this one.");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : isSecure ? HTTPS_PORT : HTTP_PORT;
        return new NodeUrl(isSecure, uri.getHost().replaceAll("[\\[\\]]", ""), port);
    }

    /// `http://HOST:PORT`.
    @Override
    public String toString() {
        var name = host.contains(":") ? "[" + host + "]" : host;
        return (isSecure ? "https" : "http") + "://" + name + ":" + port;
    }

    /// Whether only this machine reaches a server that listens on a host.
    public static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    private static @Nullable URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException _) {
            return null;
        }
    }
}

package dev.qide.server.cli.relay;

import dev.qide.server.cli.credentials.HttpProxy;
import dev.qide.server.cli.credentials.ProxyException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// TCP connections to servers, direct or through an HTTP proxy with `CONNECT` (RFC 9110, 9.3.6), as
/// RFC 6455, section 4.1, demands for WebSockets.
final class Tunnel {
    private static final int LOWEST_SUCCESS = 200;
    private static final int LOWEST_REDIRECT = 300;

    private Tunnel() {}

    /// Connects to the server of a WebSocket.
    ///
    /// @param within for each step: TCP, and the proxy's answer
    /// @return a connection on which a read waits as long
    /// @throws ProxyException when the proxy cannot be reached, or does not connect
    static Socket connect(URI endpoint, @Nullable HttpProxy proxy, Duration within)
            throws IOException {
        var host = OpeningHandshake.host(endpoint);
        int port = OpeningHandshake.port(endpoint);
        if (proxy == null) {
            return connected(host, port, within);
        }
        Socket socket = null;
        try {
            socket = connected(proxy.host(), proxy.port(), within);
            request(socket, proxy, authority(host, port), within);
            return socket;
        } catch (IOException failure) {
            if (socket != null) {
                socket.close();
            }
            throw failure instanceof ProxyException
                    ? failure
                    : ProxyException.unreachable(proxy, failure);
        }
    }

    private static Socket connected(String host, int port, Duration within) throws IOException {
        int millis = (int) within.toMillis();
        IOException last = null;
        for (var address : InetAddress.getAllByName(host)) {
            var socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(address, port), millis);
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(millis);
                return socket;
            } catch (IOException failure) {
                socket.close();
                last = failure;
            }
        }
        throw last == null ? new IOException("no address of " + host) : last;
    }

    private static void request(Socket socket, HttpProxy proxy, String server, Duration within)
            throws IOException {
        var authorization = proxy.authorization();
        var head =
                "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: qide-lsp\r\n%s\r\n"
                        .formatted(
                                server,
                                server,
                                authorization == null
                                        ? ""
                                        : "Proxy-Authorization: "
                                                + authorization.reveal()
                                                + "\r\n");
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        // Unbuffered: what follows the head belongs to the server.
        int status = ResponseHead.read(socket.getInputStream(), within).status();
        if (status < LOWEST_SUCCESS || status >= LOWEST_REDIRECT) {
            throw ProxyException.refused(proxy, server, status);
        }
    }

    private static String authority(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}

package dev.qide.server.api;

import dev.qide.server.identity.Identity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An HTTP client that sends raw bytes, one request per connection, so that no client library hides
/// what the server sends. Thread-safe.
///
/// @param from the client's loopback address
record ApiClient(URI server, String from) {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String COOKIE = "Cookie: qide_session=";

    /// @param head the status line and the headers
    /// @param body bytes, one char each
    record Answer(String head, String body) {
        int status() {
            return Integer.parseInt(head.split(" ", 3)[1]);
        }

        /// A header's value, or null.
        @Nullable String header(String name) {
            var prefix = name.toLowerCase(Locale.ROOT) + ":";
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .findFirst()
                    .orElse(null);
        }

        byte[] bytes() {
            return body.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /// Sends a request without a body.
    Answer send(String method, String path, String... headers) throws IOException {
        return send(method, path, new byte[0], headers);
    }

    /// Sends a request; with a login cookie also its CSRF token, as a page does, unless a header of
    /// that name is given.
    Answer send(String method, String path, byte[] body, String... headers) throws IOException {
        var lines = new ArrayList<>(List.of(method + " " + path + " HTTP/1.1"));
        lines.add("Host: " + server.getAuthority());
        lines.add("Connection: close");
        if (body.length > 0) {
            lines.add("Content-Length: " + body.length);
        }
        lines.addAll(List.of(headers));
        var cookie =
                lines.stream().filter(line -> line.startsWith(COOKIE)).findFirst().orElse(null);
        if (cookie != null && lines.stream().noneMatch(line -> line.startsWith("X-Qide-Csrf:"))) {
            var secret = cookie.substring(COOKIE.length());
            lines.add("X-Qide-Csrf: " + Identity.csrfToken(secret));
        }
        return exchange(bytes(lines, body));
    }

    /// Sends a WebSocket handshake; returns when it is answered.
    Answer handshake(String path, String... headers) throws IOException {
        return handshake(path, new byte[0], headers);
    }

    /// Sends a WebSocket handshake, and more bytes in the same write.
    Answer handshake(String path, byte[] behind, String... headers) throws IOException {
        var lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1"));
        lines.add("Host: " + server.getAuthority());
        lines.add("Connection: Upgrade");
        lines.add("Upgrade: websocket");
        lines.add("Sec-WebSocket-Version: 13");
        lines.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        lines.addAll(List.of(headers));
        return exchange(bytes(lines, behind));
    }

    /// Sends bytes and reads one response.
    Answer exchange(byte[] request) throws IOException {
        try (var socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            boolean isHead = request[0] == 'H';
            return read(socket.getInputStream(), isHead);
        }
    }

    private static Answer read(InputStream in, boolean isHead) throws IOException {
        var head = new ByteArrayOutputStream();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                head.write(next);
                if (next == '\n' && text(head).endsWith("\r\n\r\n")) {
                    var answer = new Answer(text(head), "");
                    var length = answer.header("Content-Length");
                    boolean isBare = isHead || length == null;
                    var body = isBare ? new byte[0] : in.readNBytes(Integer.parseInt(length));
                    return new Answer(answer.head(), new String(body, StandardCharsets.ISO_8859_1));
                }
            }
        } catch (SocketException reset) {
            // The bytes before the reset count.
        }
        return new Answer("HTTP/1.1 0 none", text(head));
    }

    private static byte[] bytes(List<String> lines, byte[] body) {
        var head = String.join("\r\n", lines) + "\r\n\r\n";
        var all = new ByteArrayOutputStream();
        all.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        all.writeBytes(body);
        return all.toByteArray();
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}

package dev.qide.server.api;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// One connection of HTTP of bare bytes, on which many requests may be sent. Owned by one thread.
final class RawHttp implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    /// @param head the status line and the headers
    record Response(String head, String content) {
        String status() {
            return head.split(" ", 3)[1];
        }

        boolean has(String headerLine) {
            return head.lines().anyMatch(line -> line.equalsIgnoreCase(headerLine));
        }

        boolean hasHeader(String name) {
            var prefix = name.toLowerCase(Locale.ROOT) + ":";
            return head.lines().anyMatch(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix));
        }

        private String header(String name) {
            var prefix = name.toLowerCase(Locale.ROOT) + ":";
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .findFirst()
                    .orElse("");
        }
    }

    RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(String bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        } catch (SocketException refused) {
            // Refused before it was read to its end; the answer counts.
        }
    }

    /// @param isHead whether it answers HEAD and so has no content
    Response receive(boolean isHead) throws IOException {
        var head = head();
        var bare = new Response(head, "");
        int status = Integer.parseInt(bare.status());
        if (isHead || status < 200 || status == 204 || status == 304) {
            return bare;
        }
        var length = bare.header("Content-Length");
        byte[] content;
        if (bare.header("Transfer-Encoding").equals("chunked")) {
            return new Response(head, chunks());
        } else if (length.isEmpty()) {
            content = in.readAllBytes();
        } else {
            content = in.readNBytes(Integer.parseInt(length));
        }
        return new Response(head, new String(content, StandardCharsets.ISO_8859_1));
    }

    /// Whether the server has ended the connection; what still comes is dropped.
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    private String head() throws IOException {
        var text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            text.append((char) next());
        }
        return text.toString();
    }

    private String chunks() throws IOException {
        var content = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(line(), 16);
            content.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
            line();
            if (size == 0) {
                return content.toString();
            }
        }
    }

    private String line() throws IOException {
        var text = new StringBuilder();
        while (text.indexOf("\r\n") < 0) {
            text.append((char) next());
        }
        return text.substring(0, text.length() - 2);
    }

    private int next() throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException("the server ended the connection");
        }
        return next;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

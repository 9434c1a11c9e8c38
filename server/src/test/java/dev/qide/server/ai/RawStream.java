package dev.qide.server.ai;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// One call of `/v1/chat/completions` over a connection of its own, as cheap as possible for the
/// machine that measures. Owned by one thread.
final class RawStream implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader input;
    private final long askedAt;

    /// Sends the request.
    ///
    /// @param headers of the target, its credentials for instance
    RawStream(URI target, Map<String, String> headers, boolean isStreamed) throws IOException {
        var body =
                "{\"model\":\"m\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                        .formatted(isStreamed);
        var head =
                new StringBuilder(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Length: " + body.length() + "\r\n\r\n");
        askedAt = System.nanoTime();
        socket = new Socket(InetAddress.getLoopbackAddress(), target.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
        input =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /// Reads up to the first token.
    ///
    /// @return nanoseconds since the request
    long firstToken() throws IOException {
        if (!readToken()) {
            throw new IOException("the stream ended without a token");
        }
        return System.nanoTime() - askedAt;
    }

    /// Reads up to the end.
    ///
    /// @return the tokens that came
    int rest() throws IOException {
        int tokens = 0;
        while (readToken()) {
            tokens++;
        }
        return tokens;
    }

    /// @return false at the end of the stream
    private boolean readToken() throws IOException {
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            if (line.startsWith("data: [DONE]")) {
                return false;
            }
            if (line.startsWith("HTTP/1.1 ") && !line.startsWith("HTTP/1.1 200")) {
                throw new IOException(line);
            }
            if (line.startsWith("data: ") && line.contains("tok")) {
                return true;
            }
        }
        throw new IOException("the stream ended without [DONE]");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

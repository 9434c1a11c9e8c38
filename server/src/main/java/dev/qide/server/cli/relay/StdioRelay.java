package dev.qide.server.cli.relay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Relays messages between a stream in LSP's base protocol and a WebSocket with one message in each
/// text frame.
///
/// [#run] blocks the calling thread until the editor closes its end or sends `exit`; any other end
/// of the connection is a failure. It buffers one message per direction, and answers that wait for
/// the files to which they lead ([ExternalFiles]): a slow reader blocks its writer.
public final class StdioRelay {
    /// The longest message, in octets or characters.
    private static final int MESSAGE_OCTETS = 64 << 20;

    private static final int HEADER_LINE_OCTETS = 4_096;
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration SEND_WITHIN = Duration.ofMinutes(2);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);
    private static final String LENGTH = "content-length:";

    private final URI endpoint;
    private final String token;
    private final InputStream in;
    private final PrintStream out;
    private final ExternalFiles files;
    private final ReentrantLock sending = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable String closeReason;
    private volatile boolean isLeaving;
    private volatile @Nullable WebSocket socket;

    /// @param in what the editor writes
    /// @param out what the editor reads
    /// @param copies folder for documents outside the workspace
    /// @throws IOException when the folder cannot be made
    public StdioRelay(URI endpoint, String token, InputStream in, PrintStream out, Path copies)
            throws IOException {
        this.endpoint = endpoint;
        this.token = token;
        this.in = new BufferedInputStream(in, 1 << 16);
        this.out = out;
        this.files = new ExternalFiles(copies, this::send, this::write);
    }

    /// @throws IllegalArgumentException with a sentence when the server cannot be reached, refuses,
    ///   or ends the connection
    public void run() throws InterruptedException {
        var open = connected();
        socket = open;
        var _ = Thread.ofPlatform().daemon().name("stdin").start(() -> relayInput(open));
        closed.await();
        open.abort();
        if (!isLeaving) {
            throw new IllegalArgumentException(
                    "The connection to %s ended: %s".formatted(endpoint, closeReason));
        }
    }

    private WebSocket connected() throws InterruptedException {
        try {
            return HttpClient.newBuilder()
                    .connectTimeout(CONNECT_WITHIN)
                    .build()
                    .newWebSocketBuilder()
                    .connectTimeout(CONNECT_WITHIN)
                    .header("Authorization", "Bearer " + token)
                    .buildAsync(endpoint, new Receiver())
                    .get(2 * CONNECT_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw new IllegalArgumentException(refusal(failure.getCause()), failure);
        } catch (TimeoutException late) {
            throw new IllegalArgumentException(
                    "No server answers at %s: is it running? See --url.".formatted(endpoint), late);
        }
    }

    private String refusal(@Nullable Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            return switch (refused.getResponse().statusCode()) {
                case 401 -> "The server at %s rejected the token.".formatted(endpoint);
                case 404 -> "Unknown workspace or language: %s".formatted(endpoint);
                default ->
                        "The server at %s answers %d."
                                .formatted(endpoint, refused.getResponse().statusCode());
            };
        }
        return "No server answers at %s: is it running? See --url.".formatted(endpoint);
    }

    /// The editor's messages, until it closes its end.
    private void relayInput(WebSocket open) {
        try {
            for (var message = next(); message != null; message = next()) {
                send(files.fromEditor(message));
            }
            isLeaving = true;
            open.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(CLOSE_WITHIN.toSeconds(), TimeUnit.SECONDS)
                    .join();
        } catch (IOException malformed) {
            ended("the editor sent no LSP message: " + malformed.getMessage());
            return;
        } catch (CompletionException _) {
            // The receiver gets the reason.
        }
        if (isLeaving) {
            awaitClose();
        }
    }

    /// Sends a message to the server and waits until it is on its way.
    ///
    /// @throws CompletionException when the connection has ended
    private void send(String message) {
        sending.lock();
        try {
            var open = socket;
            if (open != null) {
                open.sendText(message, true)
                        .orTimeout(SEND_WITHIN.toSeconds(), TimeUnit.SECONDS)
                        .join();
            }
        } finally {
            sending.unlock();
        }
    }

    /// Writes a message to the editor.
    private void write(String text) {
        var body = text.getBytes(StandardCharsets.UTF_8);
        var head = "Content-Length: " + body.length + "\r\n\r\n";
        writing.lock();
        try {
            out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(body);
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /// Waits briefly, so that messages that the server still sends reach the editor.
    private void awaitClose() {
        try {
            var _ = closed.await(CLOSE_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        closed.countDown();
    }

    private @Nullable String next() throws IOException {
        int length = -1;
        while (true) {
            var line = headerLine();
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                break;
            }
            if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
                length = length(line.substring(LENGTH.length()).strip());
            }
        }
        if (length < 0) {
            throw new IOException("a header without Content-Length");
        }
        var body = in.readNBytes(length);
        return body.length < length ? null : new String(body, StandardCharsets.UTF_8);
    }

    private static int length(String digits) throws IOException {
        try {
            int length = Integer.parseInt(digits);
            if (length >= 0 && length <= MESSAGE_OCTETS) {
                return length;
            }
        } catch (NumberFormatException _) {
            // Refused like a length over the limit.
        }
        throw new IOException("a Content-Length that is no number up to " + MESSAGE_OCTETS);
    }

    /// A line without its end; null at the end of the stream.
    private @Nullable String headerLine() throws IOException {
        var line = new StringBuilder();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            if (octet == '\n') {
                int end = line.length();
                return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
            }
            line.append((char) octet);
            if (line.length() > HEADER_LINE_OCTETS) {
                throw new IOException("a header line that is too long");
            }
        }
        return null;
    }

    private void ended(String reason) {
        closeReason = reason;
        closed.countDown();
    }

    /// Receives the server's messages. Called by one thread at a time.
    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence part, boolean isLast) {
            if (message.length() + part.length() > MESSAGE_OCTETS) {
                ended("a message is too long");
                socket.abort();
                return null;
            }
            message.append(part);
            if (isLast) {
                var text = message.toString();
                message.setLength(0);
                files.fromServer(text);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            isLeaving |= code == WebSocket.NORMAL_CLOSURE;
            ended(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            ended(String.valueOf(failure.getMessage()));
        }
    }
}

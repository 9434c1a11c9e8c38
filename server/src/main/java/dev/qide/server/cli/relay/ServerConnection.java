package dev.qide.server.cli.relay;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One WebSocket to a server, with one message in each text frame. Thread-safe; one sender at a
/// time.
final class ServerConnection {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    private static final Duration SEND_WITHIN = Duration.ofMinutes(2);

    /// A connection is lost when the server does not answer a ping before the next one.
    private static final Duration PING_EVERY = Duration.ofSeconds(30);

    private final URI endpoint;
    private final Consumer<String> received;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String closeReason = "";
    private volatile boolean isNormal;
    private volatile boolean isAlive = true;
    private @Nullable WebSocket socket;

    /// The server cannot be reached, or cannot serve now.
    static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1;

        private UnreachableException(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    private ServerConnection(URI endpoint, Consumer<String> received) {
        this.endpoint = endpoint;
        this.received = received;
    }

    /// @param received gets the server's messages, by one thread at a time; may block
    /// @throws UnreachableException with a sentence, when another attempt may succeed
    /// @throws IllegalArgumentException with a sentence, when the server refuses
    static ServerConnection open(
            HttpClient http, URI endpoint, String token, Consumer<String> received)
            throws UnreachableException, InterruptedException {
        var connection = new ServerConnection(endpoint, received);
        connection.connect(http, token);
        return connection;
    }

    private void connect(HttpClient http, String token)
            throws UnreachableException, InterruptedException {
        try {
            socket =
                    http.newWebSocketBuilder()
                            .connectTimeout(CONNECT_WITHIN)
                            .header("Authorization", "Bearer " + token)
                            .buildAsync(endpoint, new Receiver())
                            .get(2 * CONNECT_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof WebSocketHandshakeException refused) {
                throw refused(refused.getResponse().statusCode(), failure);
            }
            throw unreachable(failure);
        } catch (TimeoutException late) {
            throw unreachable(late);
        }
    }

    /// A busy server may admit the next attempt.
    ///
    /// @throws IllegalArgumentException when the server would refuse that as well
    private UnreachableException refused(int status, ExecutionException failure) {
        var sentence =
                switch (status) {
                    case 401 -> "The server at %s rejected the token.".formatted(endpoint);
                    case 404 -> "Unknown workspace or language: %s".formatted(endpoint);
                    default -> "The server at %s answers %d.".formatted(endpoint, status);
                };
        if (status < SERVER_ERROR && status != TOO_MANY_REQUESTS) {
            throw new IllegalArgumentException(sentence, failure);
        }
        return new UnreachableException(sentence, failure);
    }

    private UnreachableException unreachable(Throwable failure) {
        return new UnreachableException(
                "No server answers at %s: is it running? See --url.".formatted(endpoint), failure);
    }

    /// Sends a message and waits until it is on its way.
    ///
    /// @throws CompletionException when the connection has ended
    void send(String message) {
        var open = socket;
        if (open != null) {
            open.sendText(message, true)
                    .orTimeout(SEND_WITHIN.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
    }

    /// Waits until the connection ends, or the server no longer answers.
    void awaitEnd() throws InterruptedException {
        while (!closed.await(PING_EVERY.toSeconds(), TimeUnit.SECONDS)) {
            var open = socket;
            if (open == null || !isAlive) {
                abort("the server does not answer");
            } else {
                isAlive = false;
                var _ = open.sendPing(ByteBuffer.allocate(0));
            }
        }
    }

    /// Waits until the connection ends, for a limited time.
    void awaitEnd(Duration atMost) throws InterruptedException {
        var _ = closed.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Says goodbye, after everything that was sent.
    void close(Duration atMost) {
        var open = socket;
        try {
            if (open != null) {
                open.sendClose(WebSocket.NORMAL_CLOSURE, "")
                        .orTimeout(atMost.toSeconds(), TimeUnit.SECONDS)
                        .join();
            }
        } catch (CompletionException _) {
            // It has ended already.
        }
    }

    void abort(String reason) {
        ended(reason);
        var open = socket;
        if (open != null) {
            open.abort();
        }
    }

    /// Whether the server has ended it because the editor has left.
    boolean isNormal() {
        return isNormal;
    }

    String closeReason() {
        return closeReason;
    }

    private void ended(String reason) {
        if (closed.getCount() > 0) {
            closeReason = reason;
        }
        closed.countDown();
    }

    /// Called by one thread at a time.
    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket open, CharSequence part, boolean isLast) {
            isAlive = true;
            if (message.length() + part.length() > EditorStream.MESSAGE_OCTETS) {
                ended("a message is too long");
                open.abort();
                return null;
            }
            message.append(part);
            if (isLast) {
                var text = message.toString();
                message.setLength(0);
                if (closed.getCount() > 0) {
                    received.accept(text);
                }
            }
            open.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket open, ByteBuffer payload) {
            isAlive = true;
            open.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket open, int code, String reason) {
            isNormal = code == WebSocket.NORMAL_CLOSURE;
            ended(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket open, Throwable failure) {
            ended(String.valueOf(failure.getMessage()));
        }
    }
}

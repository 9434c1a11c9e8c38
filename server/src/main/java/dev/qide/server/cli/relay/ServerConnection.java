package dev.qide.server.cli.relay;

import dev.qide.server.cli.credentials.ConnectFailure;
import dev.qide.server.cli.credentials.ProxyException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// One WebSocket to a server, with one message in each text frame. It ends by itself when the
/// server no longer answers. Thread-safe; one sender at a time.
final class ServerConnection {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    /// A connection is lost when the server does not answer a ping before the next one.
    private static final Duration PING_EVERY = Duration.ofSeconds(30);

    private final WebSocketClient socket;
    private final Consumer<String> received;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile String closeReason = "";
    private volatile boolean isNormal;
    private volatile boolean isAlive = true;

    /// The server cannot be reached, or cannot serve now.
    static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1;

        private UnreachableException(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    private ServerConnection(WebSocketClient socket, Consumer<String> received) {
        this.socket = socket;
        this.received = received;
    }

    /// @param received gets the server's messages, by one thread at a time; may block
    /// @throws UnreachableException with a sentence, when another attempt may succeed
    /// @throws IllegalArgumentException with a sentence, when the server refuses
    static ServerConnection open(Endpoint endpoint, Consumer<String> received)
            throws UnreachableException {
        var connection = new ServerConnection(connect(endpoint), received);
        var _ = Thread.ofPlatform().daemon().name("server").start(connection::receive);
        var _ = Thread.ofPlatform().daemon().name("ping").start(connection::watch);
        return connection;
    }

    private static WebSocketClient connect(Endpoint endpoint) throws UnreachableException {
        try {
            return WebSocketClient.connect(endpoint, EditorStream.MESSAGE_OCTETS, CONNECT_WITHIN);
        } catch (HandshakeRefusedException refused) {
            throw refused(endpoint, refused);
        } catch (ProxyException failure) {
            var sentence = ConnectFailure.reason(failure);
            if (failure.isAuthenticationRequired()) {
                throw new IllegalArgumentException(sentence, failure);
            }
            throw new UnreachableException(sentence, failure);
        } catch (IOException failure) {
            throw new UnreachableException(
                    ConnectFailure.sentence(endpoint.uri(), failure), failure);
        }
    }

    /// A busy server may admit the next attempt.
    ///
    /// @throws IllegalArgumentException when the server would refuse that as well
    private static UnreachableException refused(
            Endpoint endpoint, HandshakeRefusedException refusal) {
        var sentence =
                switch (refusal.status()) {
                    case UNAUTHORIZED -> endpoint.tokenRejected();
                    case FORBIDDEN ->
                            "Your token does not allow %s: use one with the scope read or edit, or ask the owner for access."
                                    .formatted(endpoint.uri());
                    case NOT_FOUND -> "Unknown workspace or language: " + endpoint.uri();
                    default ->
                            "The server at %s answers %d: is it this version of Q-IDE? See --url."
                                    .formatted(endpoint.uri(), refusal.status());
                };
        if (refusal.status() < SERVER_ERROR && refusal.status() != TOO_MANY_REQUESTS) {
            throw new IllegalArgumentException(sentence, refusal);
        }
        return new UnreachableException(sentence, refusal);
    }

    private void receive() {
        try {
            var closing = socket.read(new Incoming());
            isNormal = closing.code() == WebSocketClient.NORMAL;
            ended(closing.code() + " " + closing.reason());
        } catch (IOException failure) {
            ended(ConnectFailure.reason(failure));
        } finally {
            ended("the message could not be handled");
            socket.close();
        }
    }

    /// Sends a message and waits until it is on its way.
    ///
    /// @throws CompletionException when the connection has ended
    void send(String message) {
        try {
            socket.send(message);
        } catch (IOException failure) {
            throw new CompletionException(failure);
        }
    }

    /// Pings the server, and ends the connection if it does not answer: also while a message is
    /// being sent that the server does not read.
    private void watch() {
        try {
            while (!hasEnded(PING_EVERY)) {
                if (isAlive) {
                    isAlive = false;
                    ping();
                } else {
                    abort("the server does not answer");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void ping() {
        try {
            socket.ping();
        } catch (IOException failure) {
            abort(ConnectFailure.reason(failure));
        }
    }

    /// Completes when the connection has ended, or the server no longer answers.
    CompletableFuture<Boolean> end() {
        return ended;
    }

    /// Waits until it has ended.
    void awaitEnd() throws InterruptedException {
        try {
            var _ = ended.get();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("it ends without an exception", impossible);
        }
    }

    /// Waits until the connection ends, for a limited time.
    boolean hasEnded(Duration within) throws InterruptedException {
        try {
            return ended.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
    }

    /// Sends a close frame, after everything that was sent.
    void close() {
        try {
            socket.sendClose();
        } catch (IOException _) {
            // It has ended already.
        }
    }

    void abort(String reason) {
        ended(reason);
        socket.close();
    }

    /// Whether the server has ended it because the editor has left.
    boolean isNormal() {
        return isNormal;
    }

    String closeReason() {
        return closeReason;
    }

    private synchronized void ended(String reason) {
        if (!ended.isDone()) {
            closeReason = reason;
            var _ = ended.complete(true);
        }
    }

    private final class Incoming implements WebSocketClient.Receiver {
        @Override
        public void text(String message) {
            isAlive = true;
            if (!ended.isDone()) {
                received.accept(message);
            }
        }

        @Override
        public void pong() {
            isAlive = true;
        }

        /// While a long message is on its way, this side sends no ping of its own.
        @Override
        public void pinged() {
            isAlive = true;
        }
    }
}

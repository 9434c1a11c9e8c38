package dev.qide.server.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A proxy of PostgreSQL that can cut a connection after a commit and before its answer: the client
/// then does not know whether its statement was committed. Thread-safe.
final class LostAnswers implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final DatabaseAddress real;
    private final ServerSocket listener;
    private final AtomicReference<@Nullable Loss> next = new AtomicReference<>();

    /// @param statement a part of the statement whose answer is lost
    /// @param meanwhile runs after the commit and before the client notices the loss
    private record Loss(String statement, Runnable meanwhile) {}

    LostAnswers(DatabaseAddress real) throws IOException {
        this.real = real;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    DatabaseAddress address() {
        return new DatabaseAddress(
                real.url().replaceFirst(":[0-9]+/", ":" + listener.getLocalPort() + "/"),
                real.user(),
                real.password());
    }

    /// Loses the answer to the next statement that contains this text.
    void loseAnswerTo(String statement, Runnable meanwhile) {
        next.set(new Loss(statement, meanwhile));
    }

    boolean isLost() {
        return next.get() == null;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var client = listener.accept();
                Thread.ofVirtual().start(() -> relay(client));
            } catch (IOException _) {
                // Closed.
            }
        }
    }

    private void relay(Socket client) {
        var lost = new AtomicReference<@Nullable Loss>();
        int port = Integer.parseInt(real.url().replaceFirst(".*:([0-9]+)/.*", "$1"));
        try (client;
                var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            var answers = Thread.ofVirtual().start(() -> relayAnswers(server, client, lost));
            var buffer = new byte[BUFFER_BYTES];
            var in = client.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                var loss = next.get();
                var text = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
                if (loss != null && text.contains(loss.statement)) {
                    lost.set(loss);
                }
                server.getOutputStream().write(buffer, 0, count);
            }
            server.shutdownOutput();
            answers.join();
        } catch (IOException _) {
            // One side is gone.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// PostgreSQL sends a short answer to an auto-committed statement in one piece, after its
    /// commit.
    private void relayAnswers(Socket server, Socket client, AtomicReference<@Nullable Loss> lost) {
        var buffer = new byte[BUFFER_BYTES];
        try (server;
                client) {
            var in = server.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                var loss = lost.get();
                if (loss != null) {
                    loss.meanwhile.run();
                    next.set(null);
                    return;
                }
                client.getOutputStream().write(buffer, 0, count);
            }
        } catch (IOException _) {
            // One side is gone.
        }
    }
}

package dev.qide.server.transport;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import dev.qide.server.transport.http.HttpConnections;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections on one port, a bounded number at a time, and serves each on a separate
/// virtual thread. Thread-safe.
///
/// The web server's own listener stops, with every connection, at the first accept that fails, as
/// accepts do when the process has no file descriptor left. This one pauses and continues: it
/// serves the connections in the kernel's backlog when descriptors are available again.
final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG_CONNECTIONS = 1_024;
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration STOP_GRACE = Duration.ofMillis(500);

    private final ServerSocketChannel server;
    private final int port;
    private final int total;
    private final Semaphore capacity;
    private final AcceptedChannels channels;
    private final HttpConnections host;
    private final TransportMetrics metrics;
    private final AtomicLong accepted = new AtomicLong();
    private final BackgroundTask acceptor;
    private volatile boolean isClosed;
    private boolean isFailing;

    /// Binds the address and starts accepting.
    ///
    /// @throws UncheckedIOException when the address cannot be bound
    Listener(
            InetSocketAddress address,
            int total,
            AcceptedChannels channels,
            HttpConnections host,
            TransportMetrics metrics) {
        this.total = total;
        this.channels = channels;
        this.host = host;
        this.metrics = metrics;
        capacity = new Semaphore(total);
        try {
            server = bound(address);
            port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        } catch (IOException refused) {
            throw new UncheckedIOException(
                    new BindException(
                            "The server cannot listen on %s: the port is in use, or the address is not one of this machine. Choose another one with --host or --port."
                                    .formatted(address)));
        }
        acceptor =
                new BackgroundTask(
                                Thread.ofPlatform().name("listener-" + port).daemon(), this::accept)
                        .begin();
    }

    int port() {
        return port;
    }

    /// Whether connections are accepted.
    Health.State state() {
        return acceptor.state();
    }

    /// Stops listening; connections get a short time to finish their responses, then are aborted.
    @Override
    public void close() {
        isClosed = true;
        closeQuietly(server);
        acceptor.close();
        host.finish(false);
        try {
            if (!capacity.tryAcquire(total, STOP_GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                host.finish(true);
                channels.abortAll();
                var _ = capacity.tryAcquire(total, STOP_GRACE.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException _) {
            channels.abortAll();
            Thread.currentThread().interrupt();
        }
    }

    private static ServerSocketChannel bound(InetSocketAddress address) throws IOException {
        var channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return channel.bind(address, BACKLOG_CONNECTIONS);
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
    }

    private void accept() throws InterruptedException {
        while (!isClosed) {
            capacity.acquire();
            acceptOne();
        }
    }

    private void acceptOne() throws InterruptedException {
        boolean isServed = false;
        SocketChannel channel = null;
        try {
            channel = server.accept();
            noteSuccess();
            var connection = channels.admit(channel);
            if (connection != null) {
                start(connection);
                isServed = true;
            }
        } catch (IOException | RuntimeException | OutOfMemoryError failure) {
            if (channel != null) {
                AcceptedChannel.abort(channel);
            }
            noteFailure(failure);
        } finally {
            if (!isServed) {
                capacity.release();
            }
        }
    }

    private void start(AcceptedChannel connection) {
        boolean isStarted = false;
        try {
            Thread.ofVirtual()
                    .name("connection-" + accepted.incrementAndGet())
                    .start(() -> serve(connection));
            isStarted = true;
        } finally {
            if (!isStarted) {
                channels.remove(connection);
            }
        }
    }

    private void serve(AcceptedChannel connection) {
        try {
            host.serve(connection);
        } finally {
            connection.close();
            channels.remove(connection);
            capacity.release();
        }
    }

    private void noteSuccess() {
        if (isFailing) {
            isFailing = false;
            LOG.atInfo()
                    .addKeyValue("event.action", "transport.accepting_again")
                    .log("connections are accepted again");
        }
    }

    private void noteFailure(Throwable failure) throws InterruptedException {
        if (isClosed) {
            return;
        }
        metrics.acceptFailed();
        if (!isFailing) {
            isFailing = true;
            LOG.atError()
                    .addKeyValue("event.action", "transport.accept_failed")
                    .setCause(failure)
                    .log("cannot accept connections; trying again");
        }
        Thread.sleep(PAUSE);
    }

    private static void closeQuietly(ServerSocketChannel server) {
        try {
            server.close();
        } catch (IOException _) {
            // The channel is closed anyway.
        }
    }
}

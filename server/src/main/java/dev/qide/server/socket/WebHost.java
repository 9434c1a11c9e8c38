package dev.qide.server.socket;

import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.Owner;
import dev.qide.server.watch.Metrics;
import io.helidon.http.DirectHandler;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Hosts HTTP/1.1 and WebSocket on one port: requests go to the one [HttpDoor], handshakes to the
/// [SocketDoor] of their path. Serves from construction on. Thread-safe.
///
/// Everything of Helidon and Tyrus stays in this room; what the two get wrong is guarded here, each
/// guard beside the code that needs it.
public final class WebHost implements AutoCloseable {
    private static final Duration INSPECT_EVERY = Duration.ofMillis(250);
    private static final Duration DRAIN_POLL = Duration.ofMillis(10);
    private static final Duration STOP_GRACE = Duration.ofMillis(500);
    private static final int HEADERS_BYTES = 32 << 10;
    private static final int REQUEST_LINE_BYTES = 16 << 10;

    private final OpenSockets sockets;
    private final EngineUpgrade upgrade;
    private final WebServer server;
    private final Owner inspector;
    private final Alarms.Alarm inspection;

    /// Who answers.
    public record Doors(HttpDoor http, SocketDoor.Directory sockets) {}

    /// Binds and serves.
    ///
    /// @param address where to listen; port 0 takes a free one
    /// @throws IllegalArgumentException when the host is unknown
    /// @throws UncheckedIOException when the address cannot be bound
    public WebHost(
            InetSocketAddress address,
            SocketLimits limits,
            Doors doors,
            Alarms alarms,
            Metrics metrics) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("unknown host: " + address.getHostString());
        }
        var counts = new SocketMetrics(metrics);
        var channels = new AcceptedChannels(limits.connections(), counts);
        counts.watchConnections(channels::count);
        sockets = new OpenSockets(limits, counts);
        var container = EngineContainer.started(limits.receiving().messageBytes());
        upgrade =
                new EngineUpgrade(
                        container.getWebSocketEngine(), doors.sockets(), channels, sockets);
        var requests =
                new HttpRequests(
                        doors.http(),
                        channels,
                        counts,
                        limits.connections().entityWait(),
                        limits.sending().totalBytes());
        server = start(address, limits.connections(), channels, requests);
        if (!server.isRunning()) {
            // The web server says so in its log alone.
            throw new UncheckedIOException(
                    new BindException(
                            "The address %s is in use or cannot be listened on: choose another with --host or --port."
                                    .formatted(address)));
        }
        inspector = new Owner("socket-inspector", 1);
        var inspect =
                inspector.signal(() -> {
                    long now = System.nanoTime();
                    channels.reap(now);
                    sockets.inspect(now);
                });
        inspection = alarms.every(INSPECT_EVERY, inspect::raise);
    }

    /// The port that is listened on.
    public int port() {
        return server.port();
    }

    /// Stops in good order: handshakes are answered 503, every socket is closed with 1001 and has
    /// the grace to answer, the rest is aborted, then the listener stops.
    public void drain(Duration grace) throws InterruptedException {
        upgrade.drain();
        long end = System.nanoTime() + grace.toNanos();
        do {
            // Again and again: a socket may have been admitted just before.
            sockets.closeAll(1001, "the server is stopping");
            Thread.sleep(DRAIN_POLL);
        } while (!sockets.isEmpty() && System.nanoTime() - end < 0);
        close();
    }

    /// Stops at once: open connections are aborted.
    @Override
    public void close() {
        upgrade.drain();
        sockets.abortAll();
        server.stop();
        inspection.cancel();
        inspector.close();
    }

    private WebServer start(
            InetSocketAddress address,
            SocketLimits.Connections limits,
            AcceptedChannels channels,
            HttpRequests requests) {
        var http =
                Http1Config.builder()
                        .maxHeadersSize(HEADERS_BYTES)
                        .maxPrologueLength(REQUEST_LINE_BYTES)
                        .addReceiveListener(new HeadWatch(channels, limits.headWait()))
                        .build();
        var selector =
                Http1ConnectionSelector.builder()
                        .config(http)
                        .addUpgrader(upgrade)
                        .putUpgrader("WebSocket", upgrade)
                        .putUpgrader("Websocket", upgrade)
                        .build();
        return WebServer.builder()
                .address(address.getAddress())
                .port(address.getPort())
                .shutdownHook(false)
                .shutdownGracePeriod(STOP_GRACE)
                .maxTcpConnections(limits.total())
                .connectionOptions(channels)
                .directHandlers(failurePages())
                .addConnectionSelector(selector)
                .routing(HttpRouting.builder().any(requests))
                .build()
                .start();
    }

    private static DirectHandlers failurePages() {
        var pages = DirectHandlers.builder();
        for (var event : DirectHandler.EventType.values()) {
            pages.addHandler(event, new FailurePage());
        }
        return pages.build();
    }

    /// The head of a request has to arrive in time.
    private record HeadWatch(AcceptedChannels channels, Duration headWait)
            implements Http1ConnectionListener {
        @Override
        public void prologue(ConnectionContext context, HttpPrologue prologue) {
            var channel = channels.of(context.remotePeer().address());
            if (channel != null) {
                channel.expectWithin(headWait);
            }
        }

        @Override
        public void headers(ConnectionContext context, io.helidon.http.Headers headers) {
            var channel = channels.of(context.remotePeer().address());
            if (channel != null) {
                channel.expectNothing();
            }
        }
    }
}

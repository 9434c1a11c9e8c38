package dev.qide.server.socket;

import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.Owner;
import dev.qide.server.watch.Health;
import dev.qide.server.watch.Metrics;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hosts HTTP/1.1 and WebSocket on one port, with or without TLS: requests go to the one
/// [HttpDoor], handshakes to the [SocketDoor] of their path. Serves from construction on.
/// Thread-safe.
///
/// Everything of Helidon and Tyrus stays in this room; what the two get wrong is guarded here, each
/// guard beside the code that needs it.
public final class WebHost implements AutoCloseable {
    private static final Duration INSPECT_EVERY = Duration.ofMillis(250);
    private static final Duration DRAIN_POLL = Duration.ofMillis(10);

    private final OpenSockets sockets;
    private final EngineUpgrade upgrade;
    private final HttpHost http;
    private final Listener listener;
    private final List<Owner> watchers = new ArrayList<>();
    private final List<Alarms.Alarm> rounds = new ArrayList<>();

    /// Who answers.
    public record Doors(HttpDoor http, SocketDoor.Directory sockets) {}

    /// Where and how to listen.
    ///
    /// @param address port 0 takes a free one
    /// @param tls null for plain HTTP
    public record Place(InetSocketAddress address, @Nullable TlsFiles tls, TrustedProxies proxies) {
        /// Plain HTTP, no proxy.
        public static Place plain(InetSocketAddress address) {
            return new Place(address, null, TrustedProxies.none());
        }
    }

    /// Binds and serves.
    ///
    /// @throws IllegalArgumentException when the host is unknown, or the TLS files hold no pair
    /// @throws UncheckedIOException when the address cannot be bound
    public WebHost(Place place, SocketLimits limits, Doors doors, Alarms alarms, Metrics metrics) {
        if (place.address().isUnresolved()) {
            throw new IllegalArgumentException("unknown host: " + place.address().getHostString());
        }
        var tls = place.tls() == null ? null : new ServerTls(place.tls());
        var counts = new SocketMetrics(metrics);
        var connections = limits.connections();
        var channels = new AcceptedChannels(connections, place.proxies(), counts);
        counts.watchConnections(channels::count);
        sockets = new OpenSockets(limits, counts);
        var engine =
                EngineContainer.started(limits.receiving().messageBytes()).getWebSocketEngine();
        var heads = new Heads(place.proxies());
        upgrade = new EngineUpgrade(engine, doors.sockets(), heads, channels, sockets);
        var requests =
                new HttpRequests(
                        doors.http(), heads, counts, channels, limits.sending().totalBytes());
        http = new HttpHost(upgrade, requests, counts, tls, connections.headWait());
        listener = listen(place.address(), connections.total(), channels, counts);
        everyNowAndThen(
                "socket-inspector",
                INSPECT_EVERY,
                alarms,
                () -> {
                    long now = System.nanoTime();
                    channels.reap(now);
                    sockets.inspect(now);
                });
        if (tls != null) {
            counts.watchCertificate(() -> tls.timeLeft().toSeconds());
            everyNowAndThen("tls-files", tls.files().lookEvery(), alarms, tls::look);
        }
    }

    private Listener listen(
            InetSocketAddress address, int total, AcceptedChannels channels, SocketMetrics counts) {
        try {
            return new Listener(address, total, channels, http, counts);
        } catch (UncheckedIOException taken) {
            http.close();
            throw taken;
        }
    }

    private void everyNowAndThen(String name, Duration period, Alarms alarms, Runnable task) {
        var owner = new Owner(name, 1);
        watchers.add(owner);
        rounds.add(alarms.every(period, owner.signal(task)::raise));
    }

    /// The port that is listened on.
    public int port() {
        return listener.port();
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

    /// Stops at once: open connections are aborted. Whether connections are accepted.
    public Health.State state() {
        return listener.state();
    }

    @Override
    public void close() {
        upgrade.drain();
        sockets.abortAll();
        listener.close();
        rounds.forEach(Alarms.Alarm::cancel);
        watchers.forEach(Owner::close);
        http.close();
    }
}

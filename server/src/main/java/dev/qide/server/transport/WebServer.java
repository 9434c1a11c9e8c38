package dev.qide.server.transport;

import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.http.HttpHost;
import dev.qide.server.transport.http.HttpRequests;
import dev.qide.server.transport.http.RequestHeadParser;
import dev.qide.server.transport.tls.ServerTls;
import dev.qide.server.transport.websocket.EngineContainer;
import dev.qide.server.transport.websocket.EngineUpgrade;
import dev.qide.server.transport.websocket.OpenSockets;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hosts HTTP/1.1 and WebSocket on one port, with or without TLS: requests go to the one
/// [HttpHandler], handshakes to the [WebSocketHandler] of their path. Serves from construction on.
/// Thread-safe.
///
/// Everything of Helidon and Tyrus stays in this room; what the two get wrong is guarded here, each
/// guard beside the code that needs it.
public final class WebServer implements AutoCloseable {
    private static final Duration INSPECT_EVERY = Duration.ofMillis(250);
    private static final Duration DRAIN_POLL = Duration.ofMillis(10);

    private final OpenSockets sockets;
    private final EngineUpgrade upgrade;
    private final HttpHost http;
    private final Listener listener;
    private final List<Actor> watchers = new ArrayList<>();
    private final List<Scheduler.Timer> rounds = new ArrayList<>();

    /// Who answers.
    public record Handlers(HttpHandler http, WebSocketHandler.Routes sockets) {}

    /// Where and how to listen.
    ///
    /// @param address port 0 takes a free one
    /// @param tls null for plain HTTP
    public record Binding(
            InetSocketAddress address, @Nullable TlsFiles tls, TrustedProxies proxies) {
        /// Plain HTTP, no proxy.
        public static Binding plain(InetSocketAddress address) {
            return new Binding(address, null, TrustedProxies.none());
        }
    }

    /// Binds and serves.
    ///
    /// @throws IllegalArgumentException when the host is unknown, or the TLS files hold no pair
    /// @throws UncheckedIOException when the address cannot be bound
    public WebServer(
            Binding binding,
            TransportLimits limits,
            Handlers api,
            Scheduler scheduler,
            Metrics metrics) {
        if (binding.address().isUnresolved()) {
            throw new IllegalArgumentException(
                    "unknown host: " + binding.address().getHostString());
        }
        var tls = binding.tls() == null ? null : new ServerTls(binding.tls());
        var counts = new TransportMetrics(metrics);
        var connections = limits.connections();
        var channels = new AcceptedChannels(connections, binding.proxies(), counts);
        counts.watchConnections(channels::count);
        sockets = new OpenSockets(limits, counts);
        var engine =
                EngineContainer.started(limits.receiving().messageBytes()).getWebSocketEngine();
        var requestHeadParser = new RequestHeadParser(binding.proxies());
        upgrade = new EngineUpgrade(engine, api.sockets(), requestHeadParser, channels, sockets);
        var requests =
                new HttpRequests(
                        api.http(),
                        requestHeadParser,
                        counts,
                        channels,
                        limits.sending().totalBytes());
        http = new HttpHost(upgrade, requests, counts, tls, connections);
        listener = new Listener(binding.address(), connections.total(), channels, http, counts);
        everyNowAndThen(
                "socket-inspector",
                INSPECT_EVERY,
                scheduler,
                () -> {
                    long now = System.nanoTime();
                    channels.reap(now);
                    sockets.inspect(now);
                });
        if (tls != null) {
            counts.watchCertificate(() -> tls.timeLeft().toSeconds());
            everyNowAndThen("tls-files", tls.files().lookEvery(), scheduler, tls::look);
        }
    }

    private void everyNowAndThen(String name, Duration period, Scheduler scheduler, Runnable task) {
        var actor = new Actor(name, 1);
        watchers.add(actor);
        rounds.add(scheduler.every(period, actor.signal(task)::raise));
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

    /// Whether connections are accepted.
    public Health.State state() {
        return listener.state();
    }

    /// Stops at once: open connections are aborted.
    @Override
    public void close() {
        upgrade.drain();
        sockets.abortAll();
        listener.close();
        rounds.forEach(Scheduler.Timer::cancel);
        watchers.forEach(Actor::close);
    }
}

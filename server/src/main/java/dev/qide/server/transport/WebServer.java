package dev.qide.server.transport;

import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.http.HttpConnections;
import dev.qide.server.transport.http.HttpRequests;
import dev.qide.server.transport.http.RequestHeadParser;
import dev.qide.server.transport.tls.ServerTls;
import dev.qide.server.transport.websocket.OpenSockets;
import dev.qide.server.transport.websocket.TyrusContainer;
import dev.qide.server.transport.websocket.WebSocketUpgrade;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Serves HTTP/1.1 and WebSocket on one port, with or without TLS: requests go to the
/// [HttpHandler], handshakes to the [WebSocketHandler] of their path. Serves from construction on.
/// Thread-safe.
///
/// Only this package uses Tyrus. Where it is unsafe, the code that uses it guards against that.
public final class WebServer implements AutoCloseable {
    private static final Duration INSPECT_EVERY = Duration.ofMillis(250);
    private static final Duration DRAIN_POLL = Duration.ofMillis(10);

    private final OpenSockets sockets;
    private final WebSocketUpgrade upgrade;
    private final HttpConnections http;
    private final Listener listener;
    private final List<Actor> watchers = new ArrayList<>();
    private final List<Scheduler.Timer> timers = new ArrayList<>();

    /// The handlers of requests and handshakes.
    public record Handlers(HttpHandler http, WebSocketHandler.Routes sockets) {}

    /// The address, TLS files and proxies of a server.
    ///
    /// @param address port 0 picks a free port
    /// @param tls null for plain HTTP
    /// @param forwarded recognises requests that other servers forward
    public record Binding(
            InetSocketAddress address,
            @Nullable TlsFiles tls,
            TrustedProxies proxies,
            ForwardedRequests forwarded) {
        /// Without other servers.
        public Binding(InetSocketAddress address, @Nullable TlsFiles tls, TrustedProxies proxies) {
            this(address, tls, proxies, ForwardedRequests.none());
        }

        /// Plain HTTP without a proxy.
        public static Binding plain(InetSocketAddress address) {
            return new Binding(address, null, TrustedProxies.none());
        }
    }

    /// Binds the address and starts serving.
    ///
    /// @throws IllegalArgumentException when the host is unknown, or the TLS files have no matching
    ///   pair
    /// @throws UncheckedIOException when the address cannot be bound
    public WebServer(
            Binding binding,
            TransportLimits limits,
            Handlers handlers,
            Scheduler scheduler,
            Metrics metrics) {
        if (binding.address().isUnresolved()) {
            throw new IllegalArgumentException(
                    "Cannot resolve the host %s: choose another one with --host."
                            .formatted(binding.address().getHostString()));
        }
        var tls = binding.tls() == null ? null : new ServerTls(binding.tls());
        var counts = new TransportMetrics(metrics);
        var connections = limits.connections();
        var channels = new AcceptedChannels(connections, binding.proxies(), counts);
        counts.watchConnections(channels::count);
        sockets = new OpenSockets(limits, counts);
        var engine = TyrusContainer.started(limits.receiving().messageBytes()).getWebSocketEngine();
        var requestHeadParser = new RequestHeadParser(binding.proxies(), binding.forwarded());
        upgrade =
                new WebSocketUpgrade(
                        engine, handlers.sockets(), requestHeadParser, channels, sockets);
        var requests =
                new HttpRequests(
                        handlers.http(),
                        requestHeadParser,
                        counts,
                        channels,
                        limits.sending().totalBytes());
        http = new HttpConnections(upgrade, requests, counts, tls, connections);
        listener = new Listener(binding.address(), connections.total(), channels, http, counts);
        repeat(
                "socket-inspector",
                INSPECT_EVERY,
                scheduler,
                () -> {
                    long now = System.nanoTime();
                    channels.reap(now);
                    sockets.inspect(now);
                });
        counts.watchCertificate(
                tls == null
                        ? () -> Double.POSITIVE_INFINITY
                        : () -> (double) tls.timeLeft().toSeconds());
        if (tls != null) {
            repeat("tls-files", tls.files().checkInterval(), scheduler, tls::reloadIfChanged);
        }
    }

    private void repeat(String name, Duration period, Scheduler scheduler, Runnable task) {
        var actor = new Actor(name, 1);
        watchers.add(actor);
        timers.add(scheduler.every(period, actor.signal(task)::raise));
    }

    /// The port that the server listens on.
    public int port() {
        return listener.port();
    }

    /// Stops gracefully: answers handshakes with 503, closes every socket with 1001, waits for the
    /// peers' close frames for at most `grace`, aborts the rest, and stops the listener.
    public void drain(Duration grace) throws InterruptedException {
        upgrade.drain();
        long end = System.nanoTime() + grace.toNanos();
        do {
            // Repeated, since a socket may have been admitted just before the drain.
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
        timers.forEach(Scheduler.Timer::cancel);
        watchers.forEach(Actor::close);
    }
}

package dev.qide.server.oct;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.identity.Identity;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.telemetry.Metrics;
import java.security.SecureRandom;
import java.time.Duration;

/// The relay for Open Collaboration Tools: its rooms, connections and logins, and their timer.
/// Thread-safe.
public final class OpenCollaboration implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Rooms rooms;
    private final EngineIoServer connections;
    private final PendingLogins logins;
    private final Scheduler.Timer timer;

    public OpenCollaboration(
            Identity identity,
            RateLimits rates,
            SecureRandom random,
            Scheduler scheduler,
            Metrics registry) {
        var metrics = new OctMetrics(registry);
        var memory = new PollingMemory();
        registry.gauge(
                "qide_oct_waiting_bytes",
                "Size of the messages queued for editors without a WebSocket.",
                memory::used);
        rooms = new Rooms(identity, random, metrics, registry, memory);
        connections = new EngineIoServer(rooms, rates, random, metrics, memory);
        logins = new PendingLogins(random, metrics);
        identity.addListener(rooms);
        timer = scheduler.every(INTERVAL, this::inspect);
    }

    public Rooms rooms() {
        return rooms;
    }

    public EngineIoServer connections() {
        return connections;
    }

    public PendingLogins logins() {
        return logins;
    }

    /// Ends all rooms, connections and waits.
    @Override
    public void close() {
        timer.cancel();
        rooms.close();
        connections.close();
        logins.close();
    }

    private void inspect() {
        long now = System.nanoTime();
        rooms.expire(now);
        connections.inspect(now);
        logins.expire(now);
    }
}

package dev.qide.server;

import dev.qide.server.cli.Version;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.limits.SharedTokenBuckets;
import dev.qide.server.store.Database;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The metrics of the whole server, which no package owns.
final class ServerMetrics {
    private static final double DEGRADED = 0.5;

    private ServerMetrics() {}

    static void register(Metrics metrics, Health health, Database database, CpuPool cpu) {
        metrics.observeProcess();
        database.observe(metrics);
        cpu.observe(metrics);
        var version = Version.read();
        metrics.gauge(
                "qide_telemetry_build",
                "The running version; always 1.",
                List.of("version"),
                () -> Map.of(List.of(version), 1.0));
        metrics.gauge(
                "qide_telemetry_component_state",
                "What /ready reports of each component: 1 up, 0.5 degraded, 0 down.",
                List.of("component"),
                () -> states(health));
    }

    /// The limits, whose refusals are counted.
    ///
    /// @param shared where servers count together; null when this one counts alone
    static RateLimits counted(Limits limits, Metrics metrics, @Nullable SharedTokenBuckets shared) {
        var refusals =
                metrics.counter("qide_limits_refusals_total", "Refusals, by limit.", "limit");
        return new RateLimits(limits, limit -> refusals.increment(limit.wireName()), shared);
    }

    private static Map<List<String>, Double> states(Health health) {
        var states = new LinkedHashMap<List<String>, Double>();
        health.states()
                .forEach((component, state) ->
                        states.put(
                                List.of(component),
                                switch (state) {
                                    case Health.State.Up _ -> 1.0;
                                    case Health.State.Degraded _ -> DEGRADED;
                                    case Health.State.Down _ -> 0.0;
                                }));
        return states;
    }
}

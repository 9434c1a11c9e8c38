package dev.qide.server;

import dev.qide.server.cli.ServerConfig;
import dev.qide.server.limits.SharedCounts;
import dev.qide.server.redis.RedisCounts;
import dev.qide.server.redis.RedisMetrics;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import org.jspecify.annotations.Nullable;

/// Wires Redis, if it is set.
final class RedisComponents {
    private RedisComponents() {}

    /// Begins to connect.
    ///
    /// @return null when this server counts alone
    static @Nullable SharedCounts start(
            ServerConfig config, Metrics metrics, Health health, StartedParts started) {
        var redisMetrics = new RedisMetrics(metrics);
        var address = config.nodes().redis();
        if (address == null) {
            return null;
        }
        var counts = started.keep("redis", new RedisCounts(address, redisMetrics)).begin();
        health.register("redis", counts::state);
        return counts;
    }
}

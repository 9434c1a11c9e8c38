package dev.qide.server;

import dev.qide.server.cli.ServerConfig;
import dev.qide.server.limits.SharedTokenBuckets;
import dev.qide.server.redis.RedisMetrics;
import dev.qide.server.redis.RedisTokenBuckets;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import org.jspecify.annotations.Nullable;

/// Wires Redis, if it is set.
final class RedisComponents {
    private RedisComponents() {}

    /// Begins to connect.
    ///
    /// @return null when this server buckets alone
    static @Nullable SharedTokenBuckets start(
            ServerConfig config, Metrics metrics, Health health, StartedComponents started) {
        var redisMetrics = new RedisMetrics(metrics);
        var address = config.nodes().redis();
        if (address == null) {
            return null;
        }
        var buckets = started.keep("redis", new RedisTokenBuckets(address, redisMetrics)).begin();
        health.register("redis", buckets::state);
        return buckets;
    }
}

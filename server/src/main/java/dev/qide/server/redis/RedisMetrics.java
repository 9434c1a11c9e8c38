package dev.qide.server.redis;

import dev.qide.server.telemetry.Metrics;

/// The metrics of Redis; all zero without the setting. Thread-safe.
public final class RedisMetrics {
    private static final String ANSWERED = "answered";
    private static final String FAILED = "failed";

    private final Metrics.LabelledCounter reports;
    private final Metrics.Counter losses;
    private final Metrics.Counter attempts;
    private volatile boolean isConnected;

    public RedisMetrics(Metrics metrics) {
        reports =
                metrics.counter(
                        "qide_redis_reports_total",
                        "Reports of tokens taken from shared rate limits, by result.",
                        "result");
        losses =
                metrics.counter(
                        "qide_redis_losses_total",
                        "How often Redis stopped answering and the server began to count alone.");
        attempts =
                metrics.counter(
                        "qide_redis_connection_attempts_total", "Attempts to connect to Redis.");
        metrics.gauge(
                "qide_redis_connected",
                "Whether rate limits are counted with other servers in Redis: 1 or 0.",
                () -> isConnected ? 1.0 : 0.0);
    }

    void answered() {
        reports.increment(ANSWERED);
    }

    void failed() {
        reports.increment(FAILED);
    }

    void connecting() {
        attempts.increment();
    }

    void connected() {
        isConnected = true;
    }

    void lost() {
        isConnected = false;
        losses.increment();
    }
}

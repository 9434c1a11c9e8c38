package dev.qide.server.redis;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.limits.SharedTokenBuckets;
import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts rates together with other servers in Redis.
///
/// No caller ever waits for Redis. When a command fails or takes longer than half a second, nothing
/// is sent any more, until a probe, twice a second, finds that Redis runs the script. The server
/// starts without Redis, and connects when it is there. Thread-safe.
public final class RedisTokenBuckets implements SharedTokenBuckets, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisTokenBuckets.class);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(500);

    /// Longer than the connection's own limit, whose timer is coarse.
    private static final Duration PROBE_LIMIT = RedisConnection.ANSWER_LIMIT.multipliedBy(2);

    /// Probes without an answer after which the connection is replaced: its other end may be gone.
    private static final int SILENT_PROBES = 5;

    private static final Rate PROBE = new Rate("probe", 1, Duration.ofSeconds(1));

    private final RedisAddress address;
    private final KeyNames names;
    private final RedisMetrics metrics;
    private final BackgroundTask probing;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable RedisConnection connection;
    private volatile boolean isAnswering;
    private volatile @Nullable RedisFailure lastFailure;

    public RedisTokenBuckets(RedisAddress address, RedisMetrics metrics) {
        this.address = address;
        this.metrics = metrics;
        names = new KeyNames(address.password());
        probing = new BackgroundTask(Thread.ofVirtual().name("redis"), this::probeRepeatedly);
    }

    /// Begins to connect; returns at once. Called once.
    public RedisTokenBuckets begin() {
        var _ = probing.begin();
        return this;
    }

    /// Up also before the first attempt to connect has ended.
    public Health.State state() {
        if (probing.state() instanceof Health.State.Down) {
            return new Health.State.Degraded(
                    "The thread that connects to Redis failed and restarts shortly. See the log for the cause.");
        }
        var now = lastFailure;
        return now == null
                ? new Health.State.Up()
                : new Health.State.Degraded(now.sentence(address));
    }

    @Override
    public boolean areReachable() {
        return isAnswering;
    }

    @Override
    public void report(Report report, Reply reply) {
        var open = connection;
        if (open == null) {
            reply.failed();
            return;
        }
        open.run(
                TokenScript.TEXT,
                names.of(report.rate().name(), report.key()),
                TokenScript.arguments(report),
                (left, failure) -> {
                    if (failure == null) {
                        reply.answered(left);
                        metrics.answered();
                    } else {
                        metrics.failed();
                        noteFailure(failure);
                        reply.failed();
                    }
                });
    }

    @Override
    public void close() {
        closing.countDown();
        probing.finish();
        try {
            // The thread ends by itself within a probe or an attempt to connect.
            if (!probing.join(RedisConnector.CONNECT_LIMIT.plus(PROBE_LIMIT))) {
                probing.close();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void probeRepeatedly() throws InterruptedException {
        try (var connector = new RedisConnector(address)) {
            int silent = 0;
            do {
                var failure = probe(connector);
                silent = failure == RedisFailure.SILENT ? silent + 1 : 0;
                if (failure == null) {
                    noteConnected();
                } else {
                    noteFailure(failure);
                }
                if (failure == RedisFailure.UNREACHABLE || silent >= SILENT_PROBES) {
                    silent = 0;
                    drop();
                }
            } while (!closing.await(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } finally {
            isAnswering = false;
            drop();
        }
    }

    /// Runs the script as a report would; null when Redis answers.
    private @Nullable RedisFailure probe(RedisConnector connector) throws InterruptedException {
        var open = connection;
        try {
            if (open == null) {
                metrics.connecting();
                open = connector.connect();
                connection = open;
            }
            return answer(open, names);
        } catch (RedisConnection.FailedException failed) {
            return failed.failure();
        }
    }

    /// Runs the script once; null when Redis answers.
    static @Nullable RedisFailure answer(RedisConnection open, KeyNames names)
            throws InterruptedException {
        var answer = new CompletableFuture<@Nullable RedisFailure>();
        open.run(
                TokenScript.TEXT,
                names.of(PROBE.name(), ""),
                TokenScript.arguments(new Report(PROBE, "", 0, PROBE.capacity(), false)),
                (_, failure) -> answer.complete(failure));
        try {
            return answer.get(PROBE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return RedisFailure.SILENT;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void drop() {
        var open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }

    private synchronized void noteConnected() {
        if (!isAnswering) {
            lastFailure = null;
            isAnswering = true;
            metrics.connected();
            LOG.atInfo()
                    .addKeyValue("event.action", "redis.connected")
                    .log("rate limits are counted with other servers");
        }
    }

    /// Logs the first failure only.
    private synchronized void noteFailure(RedisFailure failure) {
        boolean isFirst = lastFailure == null;
        lastFailure = failure;
        isAnswering = false;
        if (isFirst && closing.getCount() > 0) {
            metrics.lost();
            LOG.atWarn()
                    .addKeyValue("event.action", "redis.lost")
                    .addKeyValue("reason", failure.wireName())
                    .log("rate limits are counted by this server alone");
        }
    }
}

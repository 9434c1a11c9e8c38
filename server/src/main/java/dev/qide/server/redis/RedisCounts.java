package dev.qide.server.redis;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.limits.SharedCounts;
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
/// is sent any more, until a look, twice a second, finds that Redis runs the script. The server
/// starts without Redis, and connects when it is there. Thread-safe.
public final class RedisCounts implements SharedCounts, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisCounts.class);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(500);

    /// Longer than the link's own limit, whose timer is coarse.
    private static final Duration LOOK_LIMIT = RedisLink.ANSWER_LIMIT.multipliedBy(2);

    /// Looks without an answer after which the connection is replaced: its other end may be gone.
    private static final int SILENT_LOOKS = 5;

    private static final Rate LOOK = new Rate("look", 1, Duration.ofSeconds(1));

    private final RedisAddress address;
    private final KeyNames names;
    private final RedisMetrics metrics;
    private final BackgroundTask looking;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable RedisLink link;
    private volatile boolean isAnswering;
    private volatile @Nullable RedisLoss loss;

    public RedisCounts(RedisAddress address, RedisMetrics metrics) {
        this.address = address;
        this.metrics = metrics;
        names = new KeyNames(address.password());
        looking = new BackgroundTask(Thread.ofVirtual().name("redis"), this::lookRepeatedly);
    }

    /// Begins to connect; returns at once. Called once.
    public RedisCounts begin() {
        var _ = looking.begin();
        return this;
    }

    /// Up also before the first attempt to connect has ended.
    public Health.State state() {
        if (looking.state() instanceof Health.State.Down) {
            return new Health.State.Degraded(
                    "The thread that connects to Redis failed and restarts shortly. See the log for the cause.");
        }
        var now = loss;
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
        var open = link;
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
                        lose(failure);
                        reply.failed();
                    }
                });
    }

    @Override
    public void close() {
        closing.countDown();
        looking.finish();
        try {
            // The thread ends by itself within a look or an attempt to connect.
            if (!looking.join(RedisConnector.CONNECT_LIMIT.plus(LOOK_LIMIT))) {
                looking.close();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookRepeatedly() throws InterruptedException {
        try (var connector = new RedisConnector(address)) {
            int silent = 0;
            do {
                var failure = look(connector);
                silent = failure == RedisLoss.SILENT ? silent + 1 : 0;
                if (failure == null) {
                    found();
                } else {
                    lose(failure);
                }
                if (failure == RedisLoss.UNREACHABLE || silent >= SILENT_LOOKS) {
                    silent = 0;
                    drop();
                }
            } while (!closing.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } finally {
            isAnswering = false;
            drop();
        }
    }

    /// Runs the script as a report would; null when Redis answers.
    private @Nullable RedisLoss look(RedisConnector connector) throws InterruptedException {
        var open = link;
        try {
            if (open == null) {
                metrics.connecting();
                open = connector.connect();
                link = open;
            }
            return answer(open, names);
        } catch (RedisLink.RedisLostException lost) {
            return lost.loss();
        }
    }

    /// Runs the script once; null when Redis answers.
    static @Nullable RedisLoss answer(RedisLink open, KeyNames names) throws InterruptedException {
        var answer = new CompletableFuture<@Nullable RedisLoss>();
        open.run(
                TokenScript.TEXT,
                names.of(LOOK.name(), ""),
                TokenScript.arguments(new Report(LOOK, "", 0, LOOK.capacity(), false)),
                (_, failure) -> answer.complete(failure));
        try {
            return answer.get(LOOK_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return RedisLoss.SILENT;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void drop() {
        var open = link;
        link = null;
        if (open != null) {
            open.close();
        }
    }

    private synchronized void found() {
        if (!isAnswering) {
            loss = null;
            isAnswering = true;
            metrics.connected();
            LOG.atInfo()
                    .addKeyValue("event.action", "redis.connected")
                    .log("rate limits are counted with other servers");
        }
    }

    /// Logs the first failure only.
    private synchronized void lose(RedisLoss failure) {
        boolean isFirst = loss == null;
        loss = failure;
        isAnswering = false;
        if (isFirst && closing.getCount() > 0) {
            metrics.lost();
            LOG.atWarn()
                    .addKeyValue("event.action", "redis.lost")
                    .addKeyValue("reason", failure.word())
                    .log("rate limits are counted by this server alone");
        }
    }
}

package dev.qide.server.redis;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FreePort;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.LogCapture;
import dev.qide.server.telemetry.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Servers that count together in a real Redis; each is represented by its rates.
class RedisTokenBucketsTest {
    private static final String ANN = "ann@example.org";
    private static final int LIMIT = 10;

    /// So long that nothing is refilled while a test runs, however busy the machine is.
    private static final Duration PERIOD = Duration.ofHours(10);

    private static final String ANSWERS = "qide_redis_reports_total{result=\"answered\",}";

    /// More than a decision takes, whatever Redis does.
    private static final Duration DECISION = Duration.ofMillis(100);

    private static final int DECISIONS = 2_000;
    private static final int KEY_BYTES = 160;

    private final List<RedisTokenBuckets> opened = new ArrayList<>();
    @TempDir Path folder;
    private TestRedis redis;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.start(folder);
    }

    @AfterEach
    void end() {
        opened.forEach(RedisTokenBuckets::close);
        redis.close();
    }

    @Test
    void what_one_server_admits_is_missing_on_the_other() throws Exception {
        var first = connected();
        var second = connected();
        assertThat(takeAll(first.writes())).isEqualTo(LIMIT);
        awaitReports(first, LIMIT);

        // A server learns of the others when it reports itself.
        int admitted = admittedUntilRefused(second);

        assertThat(admitted).isEqualTo(1);
        assertThat(second.writes().waitFor(ANN)).isBetween(Duration.ofMinutes(50), PERIOD);
        assertThat(second.writes().tryAcquire("bob@example.org")).isTrue();
    }

    /// 300 a second are allowed; three servers that count alone would admit 900.
    @Test
    void three_servers_admit_the_rate_of_one() throws Exception {
        var nodes = List.of(connected(), connected(), connected());
        var limiters =
                nodes.stream()
                        .map(node -> node.rates().limiter("burst", 300, Duration.ofSeconds(1)))
                        .toList();
        long begun = System.nanoTime();
        long end = begun + Duration.ofSeconds(4).toNanos();
        int admitted = 0;
        int attempts = 0;
        while (System.nanoTime() - end < 0) {
            for (var limiter : limiters) {
                admitted += limiter.tryAcquire(ANN) ? 1 : 0;
                attempts++;
            }
            LockSupport.parkNanos(200_000);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;

        System.out.printf(
                "three servers admitted %d of %d in %.2f s%n", admitted, attempts, seconds);
        // The burst, the rate, and at most a whole burst of each further server as a debt.
        assertThat((double) admitted)
                .isBetween(Math.min(attempts, 300 * seconds) * 0.5, 300 * (1 + seconds + 2));
    }

    @Test
    void a_killed_redis_delays_nothing_and_is_used_again_when_it_is_back() throws Exception {
        var node = connected();
        try (var log = new LogCapture()) {
            redis.kill();
            takeWithoutWaiting(node);
            await(() -> node.counts().state() instanceof Health.State.Degraded);
            assertThat(takeAll(node.writes())).isEqualTo(LIMIT);
            assertThat(node.counts().state().toString())
                    .contains("127.0.0.1")
                    .contains("each server counts its rate limits alone");
            redis.begin();
            await(node.counts()::areReachable);

            var lost = log.lines().stream().filter(line -> line.contains("redis.lost"));
            assertThat(lost).hasSize(1);
            log.awaits("redis.connected");
        }
        assertThat(node.counts().state()).isEqualTo(new Health.State.Up());
        assertThat(node.metrics().expose())
                .contains("qide_redis_losses_total 1.0", "qide_redis_connected 1.0");
    }

    /// What was admitted during the loss is not forgotten, and not charged twice.
    @Test
    void servers_that_counted_alone_agree_on_the_smaller_number() throws Exception {
        var first = connected();
        var second = connected();
        redis.kill();
        await(() -> !first.counts().areReachable() && !second.counts().areReachable());
        for (int i = 0; i < 6; i++) {
            assertThat(first.writes().tryAcquire(ANN)).isTrue();
        }
        redis.begin();
        await(() -> first.counts().areReachable() && second.counts().areReachable());
        assertThat(first.writes().tryAcquire(ANN)).isTrue();
        awaitReports(first, 1);

        int admitted = admittedUntilRefused(second);

        assertThat(admitted).isBetween(3, 5);
    }

    @Test
    void a_redis_that_hangs_delays_nothing() throws Exception {
        var node = connected();
        redis.stop();
        try {
            takeWithoutWaiting(node);
            await(() -> !node.counts().areReachable());
            takeWithoutWaiting(node);
            assertThat(node.counts().state().toString()).contains("does not answer");
        } finally {
            redis.resume();
        }
        await(node.counts()::areReachable);
    }

    /// The connection is replaced, which cannot succeed either.
    @Test
    void a_redis_that_hangs_for_long_is_used_again() throws Exception {
        var node = connected();
        redis.stop();
        try {
            await(() -> value(node, "qide_redis_connection_attempts_total") >= 3);
            assertThat(node.counts().areReachable()).isFalse();
            assertThat(takeAll(node.writes())).isEqualTo(LIMIT);
        } finally {
            redis.resume();
        }
        await(node.counts()::areReachable);
    }

    @Test
    void a_flushed_redis_begins_with_what_a_server_has_left() throws Exception {
        var first = connected();
        var second = connected();
        assertThat(takeAll(first.writes())).isEqualTo(LIMIT);
        awaitReports(first, LIMIT);
        int _ = admittedUntilRefused(second);
        assertThat(redis.ask("FLUSHALL")).containsExactly("+OK");
        assertThat(redis.ask("SCRIPT FLUSH")).containsExactly("+OK");

        assertThat(first.writes().tryAcquire(ANN)).isFalse();
        assertThat(second.writes().tryAcquire(ANN)).isFalse();
        assertThat(first.counts().areReachable()).isTrue();
    }

    @Test
    void a_wrong_password_is_said_and_the_server_counts_alone() throws Exception {
        try (var locked = TestRedis.start(folder, "right")) {
            var wrong = node(locked.addressWith("wrong"));
            await(() -> wrong.counts().state() instanceof Health.State.Degraded);
            assertThat(wrong.counts().state().toString())
                    .contains("refuses the login")
                    .doesNotContain("wrong");
            assertThat(takeAll(wrong.writes())).isEqualTo(LIMIT);
            assertThat(RedisCheck.of(locked.addressWith("wrong")).sentence())
                    .contains("QIDE_REDIS_URL");

            var right = node(locked.address());
            await(right.counts()::areReachable);
            assertThat(RedisCheck.of(locked.address()).isUsable()).isTrue();
        }
    }

    /// A user without the right to run scripts, a full memory and a replica refuse only commands.
    @Test
    void a_redis_that_refuses_the_script_is_not_used_until_it_accepts_it() throws Exception {
        var node = connected();
        assertThat(redis.ask("CONFIG SET maxmemory 1")).containsExactly("+OK");
        await(() -> !node.counts().areReachable());
        assertThat(node.counts().state().toString()).contains("memory limit");
        assertThat(takeAll(node.writes())).isEqualTo(LIMIT);

        assertThat(redis.ask("CONFIG SET maxmemory 0")).containsExactly("+OK");
        await(node.counts()::areReachable);
    }

    @Test
    void a_redis_that_is_not_there_yet_is_found_later() throws Exception {
        redis.kill();
        var node = node(redis.address());
        await(() -> node.counts().state() instanceof Health.State.Degraded);
        assertThat(node.counts().state().toString()).contains("cannot be reached");
        var nowhere = RedisAddress.parse("redis://127.0.0.1:" + FreePort.next());
        assertThat(RedisCheck.of(nowhere).isUsable()).isFalse();

        redis.begin();
        await(node.counts()::areReachable);
    }

    @Test
    void keys_name_nobody_and_end() throws Exception {
        var node = connected();
        assertThat(node.writes().tryAcquire(ANN)).isTrue();
        awaitReports(node, 1);

        var keys = redis.ask("KEYS *");

        assertThat(keys).hasSize(2).allMatch(key -> key.matches("qide:limits:[\\w-]{22}"));
        for (var key : keys) {
            long millis = Long.parseLong(redis.ask("PTTL " + key).getFirst().substring(1));
            assertThat(millis).isBetween(1L, 2 * PERIOD.toMillis());
            long bytes = Long.parseLong(redis.ask("MEMORY USAGE " + key).getFirst().substring(1));
            System.out.println("a key takes " + bytes + " bytes");
            assertThat(bytes).isLessThan(KEY_BYTES);
        }
    }

    /// Far below a limit nothing is sent.
    @Test
    void few_requests_cause_no_report() throws Exception {
        var node = connected();
        var reads = node.rates().limiter(Limit.READS);
        for (int i = 0; i < 100; i++) {
            assertThat(reads.tryAcquire(ANN)).isTrue();
        }
        assertThat(node.metrics().expose()).doesNotContain("qide_redis_reports_total{");
    }

    /// A server's rates, and what it says of them.
    private record Node(
            RedisTokenBuckets counts, RateLimits rates, RateLimiter writes, Metrics metrics) {}

    private Node connected() {
        var node = node(redis.address());
        await(node.counts()::areReachable);
        return node;
    }

    private Node node(RedisAddress address) {
        var metrics = new Metrics();
        var counts = new RedisTokenBuckets(address, new RedisMetrics(metrics)).begin();
        opened.add(counts);
        var rates = new RateLimits(Limits.parse(""), _ -> {}, counts);
        return new Node(counts, rates, rates.limiter("test-writes", LIMIT, PERIOD), metrics);
    }

    private static int takeAll(RateLimiter limiter) {
        int admitted = 0;
        while (limiter.tryAcquire(ANN)) {
            admitted++;
        }
        return admitted;
    }

    /// Takes one after the other, each after the answer to the report of the last.
    private static int admittedUntilRefused(Node node) {
        int admitted = 0;
        double answers = value(node, ANSWERS);
        while (node.writes().tryAcquire(ANN)) {
            admitted++;
            double before = answers;
            await(() -> value(node, ANSWERS) > before);
            answers = value(node, ANSWERS);
        }
        return admitted;
    }

    /// Waits until Redis knows of tokens that a server took; reports may join several.
    private void awaitReports(Node node, int taken) {
        await(() -> value(node, ANSWERS) > 0);
        await(() -> {
            try {
                var values = new ArrayList<Double>();
                for (var key : redis.ask("KEYS *")) {
                    values.add(
                            Double.valueOf(redis.ask("GET " + key).getFirst().split(" ", -1)[0]));
                }
                return values.stream().anyMatch(left -> left != 1 && left < LIMIT - taken + 0.9);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    /// The value of a metric; 0 when it is not there.
    private static double value(Node node, String name) {
        return node.metrics()
                .expose()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /// Takes tokens of many keys, and asserts that the thread does not wait. A busy machine may
    /// interrupt it, so its times are only printed, but for the 99th percentile.
    private static void takeWithoutWaiting(Node node) {
        var limiter = node.rates().limiter("fast", 50, Duration.ofSeconds(1));
        var _ = limiter.tryAcquire("first");
        var nanos = new long[DECISIONS];
        long waits = waits();
        for (int i = 0; i < DECISIONS; i++) {
            long begun = System.nanoTime();
            var _ = limiter.tryAcquire("key-" + i);
            nanos[i] = System.nanoTime() - begun;
        }
        waits = waits() - waits;
        Arrays.sort(nanos);
        long usual = nanos[DECISIONS * 99 / 100];
        System.out.printf(
                "%d decisions: p99 %.3f ms, slowest %.3f ms, %d waits%n",
                DECISIONS, usual / 1e6, nanos[DECISIONS - 1] / 1e6, waits);
        // One that waits for Redis does so at each report. Locks of the client may be taken.
        assertThat(waits).isLessThan(DECISIONS / 100);
        assertThat(Duration.ofNanos(usual)).isLessThan(DECISION);
    }

    /// How often this thread has waited for a condition, a time or another thread.
    private static long waits() {
        return ManagementFactory.getThreadMXBean()
                .getThreadInfo(Thread.currentThread().threadId())
                .getWaitedCount();
    }
}

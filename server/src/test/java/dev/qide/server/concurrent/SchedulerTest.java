package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One-time and periodic timers.
class SchedulerTest {
    private final Scheduler scheduler = new Scheduler();

    @AfterEach
    void stop() {
        scheduler.close();
    }

    @Test
    void a_timer_runs_once_and_not_early() throws Exception {
        var rung = new CountDownLatch(1);
        long began = System.nanoTime();
        scheduler.after(Duration.ofMillis(50), rung::countDown);
        assertThat(rung.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(50_000_000);
    }

    @Test
    void a_cancelled_timer_does_not_run() throws Exception {
        var runs = new AtomicInteger();
        // The thread of the timers is held until the timer is cancelled, however long that takes.
        var held = new CountDownLatch(1);
        scheduler.after(Duration.ZERO, () -> await(held));
        var timer = scheduler.after(Duration.ofMillis(20), runs::incrementAndGet);
        timer.cancel();
        timer.cancel();
        held.countDown();
        passTime(Duration.ofMillis(40));
        assertThat(runs).hasValue(0);
    }

    @Test
    void rough_timers_run_unless_cancelled_and_not_early() throws Exception {
        var rung = new CountDownLatch(2);
        var cancelledRuns = new AtomicInteger();
        long began = System.nanoTime();
        var held = new CountDownLatch(1);
        scheduler.after(Duration.ZERO, () -> await(held));
        scheduler.roughlyAfter(Duration.ofMillis(5), cancelledRuns::incrementAndGet).cancel();
        held.countDown();
        scheduler.roughlyAfter(
                Duration.ofMillis(50),
                () -> {
                    rung.countDown();
                    throw new IllegalStateException("thrown by a test's timer task");
                });
        scheduler.roughlyAfter(
                Duration.ofMillis(10),
                () -> scheduler.roughlyAfter(Duration.ofMillis(40), rung::countDown));
        assertThat(rung.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(50_000_000);
        assertThat(cancelledRuns).hasValue(0);
    }

    @Test
    void a_periodic_timer_continues_after_an_exception() throws Exception {
        var runs = new CountDownLatch(5);
        var timer =
                scheduler.every(
                        Duration.ofMillis(5),
                        () -> {
                            runs.countDown();
                            throw new IllegalStateException("thrown by a test's timer task");
                        });
        assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
        timer.cancel();
    }

    @Test
    void a_periodic_timer_continues_after_an_error() throws Exception {
        var runs = new CountDownLatch(3);
        scheduler.every(
                Duration.ofMillis(5),
                () -> {
                    runs.countDown();
                    throw new AssertionError("thrown by a test's timer task");
                });
        assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
    }

    /// A timer is due between two readings of the clock; where those of two timers do not overlap,
    /// their order is certain, however long this thread was held up.
    @Test
    void timers_fire_in_the_order_of_their_times() throws Exception {
        var order = Collections.synchronizedList(new ArrayList<Integer>());
        var fired = new CountDownLatch(3);
        var delays = new int[] {60, 20, 40};
        var earliest = new long[delays.length];
        var latest = new long[delays.length];
        for (int i = 0; i < delays.length; i++) {
            int timer = i;
            var delay = Duration.ofMillis(delays[i]);
            earliest[i] = System.nanoTime() + delay.toNanos();
            scheduler.after(
                    delay,
                    () -> {
                        order.add(timer);
                        fired.countDown();
                    });
            latest[i] = System.nanoTime() + delay.toNanos();
        }
        assertThat(fired.await(10, TimeUnit.SECONDS)).isTrue();
        for (int one = 0; one < delays.length; one++) {
            for (int other = 0; other < delays.length; other++) {
                if (latest[one] - earliest[other] < 0) {
                    assertThat(order.indexOf(one)).isLessThan(order.indexOf(other));
                }
            }
        }
    }

    @Test
    void a_task_that_blocks_the_others_is_seen_in_the_health() throws Exception {
        var release = new CountDownLatch(1);
        var blocked = new Scheduler(Duration.ofMillis(20));
        try {
            assertThat(blocked.state()).isInstanceOf(Health.State.Up.class);
            blocked.after(Duration.ZERO, () -> await(release));
            awaitState(blocked, Health.State.Down.class);
            release.countDown();
            awaitState(blocked, Health.State.Up.class);
        } finally {
            blocked.close();
        }

        assertThat(blocked.state()).isInstanceOf(Health.State.Down.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitState(Scheduler scheduler, Class<? extends Health.State> state) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!state.isInstance(scheduler.state())) {
            assertThat(System.nanoTime() - end).as("in time").isNegative();
            Thread.onSpinWait();
        }
    }

    /// A later timer of the same scheduler shows that the time has passed.
    private void passTime(Duration time) throws InterruptedException {
        var passed = new CountDownLatch(1);
        scheduler.after(time, passed::countDown);
        assertThat(passed.await(10, TimeUnit.SECONDS)).isTrue();
    }
}

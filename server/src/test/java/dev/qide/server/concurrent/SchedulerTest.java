package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The one scheduler.
class SchedulerTest {
    private final Scheduler scheduler = new Scheduler();

    @AfterEach
    void stop() {
        scheduler.close();
    }

    @Test
    void an_alarm_rings_once_and_not_before_its_time() throws Exception {
        var rung = new CountDownLatch(1);
        long began = System.nanoTime();
        scheduler.after(Duration.ofMillis(50), rung::countDown);
        assertThat(rung.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(50_000_000);
    }

    @Test
    void a_cancelled_alarm_does_not_ring() throws Exception {
        var rings = new AtomicInteger();
        var timer = scheduler.after(Duration.ofMillis(20), rings::incrementAndGet);
        timer.cancel();
        timer.cancel();
        passTime(Duration.ofMillis(40));
        assertThat(rings).hasValue(0);
    }

    @Test
    void a_periodic_alarm_rings_on_although_it_throws() throws Exception {
        var rings = new CountDownLatch(5);
        var timer =
                scheduler.every(
                        Duration.ofMillis(5),
                        () -> {
                            rings.countDown();
                            throw new IllegalStateException("thrown by a test's alarm");
                        });
        assertThat(rings.await(10, TimeUnit.SECONDS)).isTrue();
        timer.cancel();
    }

    @Test
    void an_error_in_a_ring_does_not_silence_a_periodic_alarm() throws Exception {
        var rings = new CountDownLatch(3);
        scheduler.every(
                Duration.ofMillis(5),
                () -> {
                    rings.countDown();
                    throw new AssertionError("thrown by a test's alarm");
                });
        assertThat(rings.await(10, TimeUnit.SECONDS)).isTrue();
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

    /// Another alarm of the same scheduler tells that the time has passed.
    private void passTime(Duration time) throws InterruptedException {
        var passed = new CountDownLatch(1);
        scheduler.after(time, passed::countDown);
        assertThat(passed.await(10, TimeUnit.SECONDS)).isTrue();
    }
}

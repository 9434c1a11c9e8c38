package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// The bounded pool for CPU work.
class CpuPoolTest {
    @Test
    void work_runs_on_a_platform_thread_and_returns_its_result() throws Exception {
        try (var pool = new CpuPool(1)) {
            var thread = pool.call(Thread::currentThread);
            assertThat(thread.isVirtual()).isFalse();
            assertThat(thread.getName()).startsWith("cpu-");
        }
    }

    @Test
    void concurrency_is_bounded_by_the_number_of_threads() throws Exception {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        try (var pool = new CpuPool(2)) {
            var callers = new ArrayList<Thread>();
            for (int i = 0; i < 50; i++) {
                callers.add(Thread.ofVirtual().start(() -> work(pool, running, most)));
            }
            for (var caller : callers) {
                caller.join();
            }
        }
        assertThat(most.get()).isBetween(1, 2);
        assertThat(running).hasValue(0);
    }

    private static void work(CpuPool pool, AtomicInteger running, AtomicInteger most) {
        try {
            var _ =
                    pool.call(() -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        LockSupport.parkNanos(200_000);
                        return running.decrementAndGet();
                    });
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void exceptions_of_the_work_reach_the_caller() {
        try (var pool = new CpuPool(1)) {
            assertThatThrownBy(() ->
                            pool.call(() -> {
                                throw new IllegalStateException("of the work");
                            }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("of the work");
        }
    }

    @Test
    void work_beyond_the_bound_is_refused() throws Exception {
        var held = new CountDownLatch(1);
        var callers = new ArrayList<Thread>();
        var refused = new AtomicInteger();
        try (var pool = new CpuPool(1)) {
            for (int i = 0; i < 1_030; i++) {
                callers.add(Thread.ofVirtual().start(() -> hold(pool, held, refused)));
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (refused.get() < 5 && System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            held.countDown();
            for (var caller : callers) {
                caller.join();
            }
        }
        assertThat(refused).hasValue(5);
    }

    private static void hold(CpuPool pool, CountDownLatch held, AtomicInteger refused) {
        try {
            var _ = pool.call(() -> held.await(10, TimeUnit.SECONDS));
        } catch (RejectedExecutionException _) {
            refused.incrementAndGet();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void closing_the_pool_rejects_work_that_has_not_started() throws Exception {
        var running = new CountDownLatch(1);
        var refused = new AtomicInteger();
        var pool = new CpuPool(1);
        var first =
                Thread.ofVirtual()
                        .start(() -> callUntilInterrupted(pool, running, new CountDownLatch(1)));
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        var second = Thread.ofVirtual().start(() -> hold(pool, new CountDownLatch(1), refused));
        while (second.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        pool.close();
        second.join();
        first.join();
        assertThat(refused).hasValue(1);
    }

    @Test
    void an_interrupted_caller_cancels_its_work() throws Exception {
        var running = new CountDownLatch(1);
        var stopped = new CountDownLatch(1);
        try (var pool = new CpuPool(1)) {
            var caller =
                    Thread.ofVirtual().start(() -> callUntilInterrupted(pool, running, stopped));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            caller.interrupt();
            assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(pool.call(() -> "free again")).isEqualTo("free again");
        }
    }

    private static void callUntilInterrupted(
            CpuPool pool, CountDownLatch running, CountDownLatch stopped) {
        try {
            var _ =
                    pool.call(() -> {
                        running.countDown();
                        try {
                            return new CountDownLatch(1).await(10, TimeUnit.SECONDS);
                        } catch (InterruptedException stop) {
                            stopped.countDown();
                            throw stop;
                        }
                    });
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

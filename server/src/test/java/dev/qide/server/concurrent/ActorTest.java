package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Order, bounds, signals and closing of an actor.
class ActorTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    @Test
    void tasks_run_one_after_another_in_queue_order() throws Exception {
        var ran = new ArrayList<Integer>();
        try (var actor = new Actor("test", 10)) {
            for (int i = 0; i < 1_000; i++) {
                int number = i;
                assertThat(actor.put(() -> ran.add(number), LONG)).isTrue();
            }
            settle(actor);
        }
        assertThat(ran).isEqualTo(IntStream.range(0, 1_000).boxed().toList());
    }

    @Test
    void tasks_of_many_threads_run_on_the_actors_thread() throws Exception {
        var count = new int[1];
        try (var actor = new Actor("test", 16)) {
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < 8; i++) {
                threads.add(Thread.ofVirtual().start(() -> putMany(actor, () -> count[0]++)));
            }
            for (var thread : threads) {
                thread.join();
            }
            settle(actor);
        }
        assertThat(count[0]).isEqualTo(8_000);
    }

    private static void putMany(Actor actor, Runnable task) {
        try {
            for (int i = 0; i < 1_000; i++) {
                assertThat(actor.put(task, LONG)).isTrue();
            }
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void a_full_inbox_refuses_tasks_until_it_drains() throws Exception {
        var held = new CountDownLatch(1);
        try (var actor = new Actor("test", 2)) {
            hold(actor, held);
            assertThat(actor.offer(() -> {})).isTrue();
            assertThat(actor.offer(() -> {})).isTrue();
            assertThat(actor.offer(() -> {})).isFalse();
            assertThat(actor.put(() -> {}, Duration.ofMillis(20))).isFalse();
            assertThat(actor.waiting()).isEqualTo(2);
            held.countDown();
            assertThat(actor.put(() -> {}, LONG)).isTrue();
        }
    }

    @Test
    void a_signal_raised_repeatedly_before_its_run_runs_once() throws Exception {
        var held = new CountDownLatch(1);
        var fired = new AtomicInteger();
        try (var actor = new Actor("test", 2)) {
            var signal = actor.signal(fired::incrementAndGet);
            hold(actor, held);
            for (int i = 0; i < 100; i++) {
                signal.raise();
            }
            held.countDown();
            settle(actor);
            assertThat(fired).hasValue(1);
            signal.raise();
            settle(actor);
            assertThat(fired).hasValue(2);
        }
    }

    @Test
    void a_signal_can_be_raised_with_a_full_inbox_and_by_its_own_task() throws Exception {
        var held = new CountDownLatch(1);
        var fired = new AtomicInteger();
        var done = new CountDownLatch(1);
        try (var actor = new Actor("test", 1)) {
            var signals = new ArrayList<Actor.Signal>();
            signals.add(
                    actor.signal(() -> {
                        if (fired.incrementAndGet() < 3) {
                            signals.getFirst().raise();
                        } else {
                            done.countDown();
                        }
                    }));
            hold(actor, held);
            assertThat(actor.offer(() -> {})).isTrue();
            signals.getFirst().raise();
            held.countDown();
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(fired).hasValue(3);
    }

    @Test
    void another_thread_runs_the_task_of_a_signal_while_the_actor_is_idle() throws Exception {
        var threads = new ArrayList<Thread>();
        var other = new ArrayList<Runnable>();
        try (var actor = new Actor("test", 2)) {
            var signal = actor.signal(() -> threads.add(Thread.currentThread()));
            signal.raiseOn(other::add);
            signal.raiseOn(other::add);
            signal.raise();
            assertThat(other).hasSize(1);
            other.getFirst().run();
            assertThat(threads).containsExactly(Thread.currentThread());
            signal.raise();
            settle(actor);
            assertThat(threads).hasSize(2);
        }
    }

    @Test
    void a_signal_for_another_thread_waits_for_the_running_task() throws Exception {
        var held = new CountDownLatch(1);
        var fired = new AtomicInteger();
        try (var actor = new Actor("test", 2)) {
            var signal = actor.signal(fired::incrementAndGet);
            hold(actor, held);
            signal.raiseOn(Runnable::run);
            assertThat(fired).hasValue(0);
            held.countDown();
            settle(actor);
            assertThat(fired).hasValue(1);
        }
    }

    @Test
    void a_signal_that_keeps_raising_itself_does_not_starve_the_inbox() throws Exception {
        var isEnough = new AtomicInteger();
        try (var actor = new Actor("test", 2)) {
            var signals = new ArrayList<Actor.Signal>();
            signals.add(
                    actor.signal(() -> {
                        if (isEnough.get() == 0) {
                            signals.getFirst().raise();
                        }
                    }));
            signals.getFirst().raise();
            settle(actor);
            isEnough.set(1);
        }
    }

    @Test
    void a_caller_waiting_for_a_full_inbox_sees_the_close() throws Exception {
        var held = new CountDownLatch(1);
        var refused = new CountDownLatch(1);
        var actor = new Actor("test", 1);
        hold(actor, held);
        assertThat(actor.offer(() -> {})).isTrue();
        var putter =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                if (!actor.put(() -> {}, Duration.ofDays(1))) {
                                    refused.countDown();
                                }
                            } catch (InterruptedException stop) {
                                throw new AssertionError(stop);
                            }
                        });
        while (putter.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        var closer = Thread.ofVirtual().start(actor::close);
        // The closing thread waits for the running task: the actor is closed from here on.
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        held.countDown();
        assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
        closer.join();
    }

    @Test
    void an_exception_in_a_task_or_signal_does_not_end_the_actor() throws Exception {
        var ran = Collections.synchronizedList(new ArrayList<String>());
        try (var actor = new Actor("test", 10)) {
            var signal =
                    actor.signal(() -> {
                        throw new IllegalStateException("thrown by a test's signal");
                    });
            actor.offer(() -> {
                throw new AssertionError("thrown by a test's task");
            });
            signal.raise();
            actor.offer(() -> ran.add("next"));
            settle(actor);
        }
        assertThat(ran).isEqualTo(List.of("next"));
    }

    @Test
    void a_closed_actor_refuses_tasks_and_ends_after_the_running_one() throws Exception {
        var actor = new Actor("test", 10);
        var started = new CountDownLatch(1);
        var isFinished = new AtomicInteger();
        actor.offer(() -> {
            started.countDown();
            Thread.onSpinWait();
            isFinished.set(1);
        });
        assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
        actor.close();
        assertThat(isFinished).hasValue(1);
        assertThat(actor.offer(() -> {})).isFalse();
        assertThat(actor.put(() -> {}, Duration.ofMillis(1))).isFalse();
        actor.signal(() -> isFinished.set(2)).raise();
        actor.close();
        assertThat(isFinished).hasValue(1);
    }

    @Test
    void an_idle_actor_runs_a_task_on_the_calling_thread() throws Exception {
        var ran = new ArrayList<String>();
        try (var actor = new Actor("test", 10)) {
            var here = Thread.currentThread();
            boolean isTaken =
                    actor.run(
                            () -> {
                                assertThat(actor.isCurrentThread()).isTrue();
                                actor.offer(() -> ran.add("queued meanwhile"));
                                // One task at a time: this one waits for the outer task to end.
                                runOn(actor, () -> ran.add("run meanwhile"));
                                ran.add(Thread.currentThread() == here ? "here" : "elsewhere");
                            },
                            LONG);
            assertThat(isTaken).isTrue();
            assertThat(actor.isCurrentThread()).isFalse();
            settle(actor);
        }
        assertThat(ran).containsExactly("here", "queued meanwhile", "run meanwhile");
    }

    @Test
    void a_busy_actor_queues_a_task_in_order() throws Exception {
        var held = new CountDownLatch(1);
        var ran = new ArrayList<String>();
        try (var actor = new Actor("test", 10)) {
            hold(actor, held);
            assertThat(actor.offer(() -> ran.add("first"))).isTrue();
            runOn(actor, () -> ran.add("second"));
            assertThat(actor.waiting()).isEqualTo(2);
            held.countDown();
            settle(actor);
        }
        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void run_and_queued_tasks_never_overlap_and_keep_the_senders_order() throws Exception {
        var ran = new ArrayList<int[]>();
        try (var actor = new Actor("test", 16)) {
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < 4; i++) {
                int sender = i;
                threads.add(Thread.ofPlatform().start(() -> runMany(actor, sender, ran)));
            }
            for (var thread : threads) {
                thread.join();
            }
            settle(actor);
        }
        assertThat(ran).hasSize(8_000);
        for (int i = 0; i < 4; i++) {
            int sender = i;
            assertThat(ran.stream().filter(task -> task[0] == sender).map(task -> task[1]))
                    .isSorted();
        }
    }

    private static void runMany(Actor actor, int sender, List<int[]> ran) {
        for (int i = 0; i < 2_000; i++) {
            var task = new int[] {sender, i};
            if (i % 3 == 0) {
                putOne(actor, task, ran);
            } else {
                runOn(actor, () -> ran.add(task));
            }
        }
    }

    private static void putOne(Actor actor, int[] task, List<int[]> ran) {
        try {
            assertThat(actor.put(() -> ran.add(task), LONG)).isTrue();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    private static void runOn(Actor actor, Runnable task) {
        try {
            assertThat(actor.run(task, LONG)).isTrue();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void closing_waits_for_a_task_on_another_thread() throws Exception {
        var actor = new Actor("test", 10);
        var running = new CountDownLatch(1);
        var held = new CountDownLatch(1);
        var isFinished = new AtomicInteger();
        var caller =
                Thread.ofVirtual()
                        .start(() ->
                                runOn(
                                        actor,
                                        () -> {
                                            running.countDown();
                                            awaitQuietly(held);
                                            isFinished.set(1);
                                        }));
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        var closer = Thread.ofVirtual().start(actor::close);
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        held.countDown();
        closer.join();
        assertThat(isFinished).hasValue(1);
        assertThat(actor.run(() -> isFinished.set(2), LONG)).isFalse();
        assertThat(isFinished).hasValue(1);
        caller.join();
    }

    @Test
    void closing_drops_tasks_that_wait_for_one_on_another_thread() throws Exception {
        var ran = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            var actor = new Actor("test", 10);
            var closer = new Thread(actor::close);
            runOn(
                    actor,
                    () -> {
                        actor.offer(ran::incrementAndGet);
                        closer.start();
                        while (closer.getState() != Thread.State.TIMED_WAITING) {
                            Thread.onSpinWait();
                        }
                    });
            closer.join();
        }
        assertThat(ran).hasValue(0);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void an_actor_may_close_itself() throws Exception {
        var actor = new Actor("test", 10);
        var closed = new CountDownLatch(1);
        actor.offer(() -> {
            assertThat(actor.isCurrentThread()).isTrue();
            actor.close();
            closed.countDown();
        });
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(actor.isCurrentThread()).isFalse();
        assertThat(actor.offer(() -> {})).isFalse();
    }

    private static void hold(Actor actor, CountDownLatch held) throws InterruptedException {
        var running = new CountDownLatch(1);
        actor.offer(() -> {
            running.countDown();
            awaitQuietly(held);
        });
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
    }

    /// Waits until everything queued or raised earlier has run. Signals and the inbox alternate, so
    /// after two later tasks a raised signal has run.
    private static void settle(Actor actor) throws InterruptedException {
        for (int turn = 0; turn < 2; turn++) {
            var settled = new CountDownLatch(1);
            assertThat(actor.put(settled::countDown, LONG)).isTrue();
            assertThat(settled.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}

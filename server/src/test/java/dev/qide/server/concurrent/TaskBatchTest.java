package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Batches of tasks, of which some block.
class TaskBatchTest {
    private static final int TASKS = 200;

    private final Scheduler scheduler = new Scheduler();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final AtomicInteger reports = new AtomicInteger();
    private final List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void stop() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void every_task_runs_once() throws InterruptedException {
        var tasks = new ArrayList<Runnable>();
        var threads = ConcurrentHashMap.<Thread>newKeySet();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            tasks.add(() -> {
                ran.add(number);
                threads.add(Thread.currentThread());
            });
        }
        start(tasks);
        awaitFinished();
        // The other thread may still be at its last task.
        Await.await(() -> ran.size() >= TASKS);
        assertThat(ran).hasSize(TASKS).doesNotHaveDuplicates();
        assertThat(threads).allMatch(Thread::isVirtual).hasSizeLessThan(TASKS);
    }

    @Test
    void tasks_behind_blocked_ones_run_on_another_thread() throws InterruptedException {
        var tasks = new ArrayList<Runnable>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            tasks.add(
                    Set.of(0, 1, 100, TASKS - 1).contains(i)
                            ? () -> block(number)
                            : () -> ran.add(number));
        }
        start(tasks);
        awaitFinished();
        Await.await(() -> ran.size() >= TASKS - 4);
        assertThat(ran).hasSize(TASKS - 4);
        release.countDown();
        Await.await(() -> ran.size() == TASKS);
        assertThat(reports.get()).isOne();
    }

    @Test
    void a_task_that_throws_does_not_stop_the_others() throws InterruptedException {
        start(
                List.of(
                        () -> ran.add(1),
                        () -> {
                            throw new IllegalStateException("thrown by a test's task");
                        },
                        () -> ran.add(3)));
        awaitFinished();
        // A task that is held up counts as blocked: another thread goes on.
        Await.await(() -> ran.size() >= 2);
        assertThat(ran).containsExactlyInAnyOrder(1, 3);
    }

    @Test
    void an_empty_batch_finishes() throws InterruptedException {
        start(List.of());
        awaitFinished();
    }

    @Test
    void the_calling_thread_runs_a_batch() {
        // A test that pauses would be taken for a blocked task.
        scheduler.after(Duration.ZERO, () -> block(0));
        var threads = Collections.synchronizedList(new ArrayList<Thread>());
        Runnable task = () -> threads.add(Thread.currentThread());
        TaskBatch.run("batch", List.of(task, task), scheduler);
        assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
    }

    @Test
    void tasks_behind_one_that_blocks_the_calling_thread_run_on_another_thread() {
        Thread.ofVirtual()
                .start(() ->
                        TaskBatch.run(
                                "batch", List.of(() -> block(1), () -> ran.add(2)), scheduler));
        Await.await(() -> ran.size() == 1);
        assertThat(ran).containsExactly(2);
        release.countDown();
        Await.await(() -> ran.size() == 2);
    }

    private void start(List<Runnable> tasks) {
        TaskBatch.start(
                "batch",
                tasks,
                scheduler,
                () -> {
                    reports.incrementAndGet();
                    finished.countDown();
                });
    }

    private void awaitFinished() throws InterruptedException {
        assertThat(finished.await(20, TimeUnit.SECONDS)).isTrue();
    }

    private void block(int number) {
        try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
            ran.add(number);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Work deferred to the thread that produced it.
class DeferredWorkTest {
    @Test
    void deferred_work_runs_after_its_task_even_if_the_task_throws() {
        var done = new ArrayList<String>();
        var here = Thread.currentThread();
        Runnable task =
                () -> {
                    assertThat(DeferredWork.defer(() -> done.add("deferred first"))).isTrue();
                    assertThat(
                                    DeferredWork.defer(() ->
                                            done.add(
                                                    Thread.currentThread() == here
                                                            ? "deferred"
                                                            : "elsewhere")))
                            .isTrue();
                    done.add("task");
                };
        DeferredWork.run(task);
        assertThat(done).containsExactly("task", "deferred first", "deferred");
        done.clear();
        try {
            DeferredWork.run(() -> {
                task.run();
                throw new IllegalStateException("thrown by a test's task");
            });
        } catch (IllegalStateException thrown) {
            done.add(thrown.getClass().getSimpleName());
        }
        assertThat(done)
                .containsExactly("task", "deferred first", "deferred", "IllegalStateException");
    }

    @Test
    void deferring_is_refused_on_other_threads_and_beyond_the_bound() {
        assertThat(DeferredWork.defer(() -> {})).isFalse();
        var taken = new int[1];
        DeferredWork.run(() -> {
            while (DeferredWork.defer(() -> {})) {
                taken[0]++;
            }
        });
        assertThat(taken[0]).isEqualTo(16);
        assertThat(DeferredWork.defer(() -> {})).isFalse();
    }

    @Test
    void collected_work_is_left_to_another_thread_even_if_the_task_throws() {
        var done = new ArrayList<String>();
        var collected = new ArrayDeque<Runnable>();
        try {
            DeferredWork.collect(
                    collected,
                    2,
                    () -> {
                        assertThat(DeferredWork.defer(() -> done.add("first"))).isTrue();
                        assertThat(DeferredWork.defer(() -> done.add("second"))).isTrue();
                        assertThat(DeferredWork.defer(() -> done.add("third"))).isFalse();
                        throw new IllegalStateException("thrown by a test's task");
                    });
        } catch (IllegalStateException thrown) {
            done.add("thrown");
        }
        assertThat(done).containsExactly("thrown");
        collected.forEach(Runnable::run);
        assertThat(done).containsExactly("thrown", "first", "second");
    }
}

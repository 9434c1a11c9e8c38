package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Work that is left to the thread that made it.
class DeferredWorkTest {
    @Test
    void what_a_task_leaves_is_done_by_its_thread_after_it_also_when_it_throws() {
        var done = new ArrayList<String>();
        var here = Thread.currentThread();
        Runnable task =
                () -> {
                    assertThat(DeferredWork.leave(() -> done.add("left first"))).isTrue();
                    assertThat(
                                    DeferredWork.leave(() ->
                                            done.add(
                                                    Thread.currentThread() == here
                                                            ? "left"
                                                            : "elsewhere")))
                            .isTrue();
                    done.add("task");
                };
        DeferredWork.run(task);
        assertThat(done).containsExactly("task", "left first", "left");
        done.clear();
        try {
            DeferredWork.run(() -> {
                task.run();
                throw new IllegalStateException("thrown by a test's task");
            });
        } catch (IllegalStateException thrown) {
            done.add(thrown.getClass().getSimpleName());
        }
        assertThat(done).containsExactly("task", "left first", "left", "IllegalStateException");
    }

    @Test
    void nothing_is_left_to_a_thread_that_must_not_block_and_no_more_than_it_can_do() {
        assertThat(DeferredWork.leave(() -> {})).isFalse();
        var taken = new int[1];
        DeferredWork.run(() -> {
            while (DeferredWork.leave(() -> {})) {
                taken[0]++;
            }
        });
        assertThat(taken[0]).isEqualTo(16);
        assertThat(DeferredWork.leave(() -> {})).isFalse();
    }
}

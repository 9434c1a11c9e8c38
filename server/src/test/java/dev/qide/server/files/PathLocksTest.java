package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Who waits for whom at the paths of a workspace.
final class PathLocksTest {
    private static final int OTHERS = 1_000;
    private static final Duration SOON = Duration.ofSeconds(8);

    private final PathLocks locks = new PathLocks();

    @Test
    void a_slow_writer_of_one_path_stops_nobody_at_another() throws Exception {
        var isHeld = new CountDownLatch(1);
        var isEnough = new CountDownLatch(1);
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var slow =
                    tasks.submit(() ->
                            locks.exclusively(paths("slow"), () -> holding(isHeld, isEnough)));
            isHeld.await();
            var others =
                    tasks.submit(() -> {
                        int count = 0;
                        for (int i = 0; i < OTHERS; i++) {
                            count += locks.exclusively(paths("other" + i), () -> 1);
                        }
                        return count;
                    });
            try {
                assertThat(others.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(OTHERS);
            } finally {
                isEnough.countDown();
            }
            assertThat(slow.get()).isTrue();
        }
    }

    @Test
    void one_path_has_one_writer_and_all_paths_have_one_too() throws Exception {
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < OTHERS; i++) {
                int now = i;
                var _ =
                        tasks.submit(() ->
                                now % 10 == 0
                                        ? locks.exclusivelyInWorkspace(() -> counted(inside, most))
                                        : locks.exclusively(
                                                now % 2 == 0
                                                        ? paths("a", "b" + now)
                                                        : paths("b" + (now - 1), "a"),
                                                () -> counted(inside, most)));
            }
        }
        assertThat(most).hasValue(1);
        assertThat(inside).hasValue(0);
    }

    private static boolean counted(AtomicInteger inside, AtomicInteger most) {
        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
        Thread.onSpinWait();
        inside.decrementAndGet();
        return true;
    }

    private static boolean holding(CountDownLatch isHeld, CountDownLatch isEnough) {
        isHeld.countDown();
        try {
            return isEnough.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static List<WorkspacePath> paths(String... paths) {
        return List.of(paths).stream().map(WorkspacePath::new).toList();
    }
}

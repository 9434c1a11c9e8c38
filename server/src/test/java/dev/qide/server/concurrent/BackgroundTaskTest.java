package dev.qide.server.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackgroundTaskTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Thread.Builder BUILDER = Thread.ofPlatform().daemon().name("worker");

    @Test
    void failed_work_restarts_and_is_down_meanwhile() throws Exception {
        var runs = new AtomicInteger();
        var wasDown = new AtomicBoolean();
        var isGoingOn = new CountDownLatch(1);
        var task =
                new BackgroundTask(
                        BUILDER,
                        () -> {
                            // Until the test has seen a pause, however late it looks.
                            if (runs.incrementAndGet() < 3 || !wasDown.get()) {
                                throw new AssertionError("a defect");
                            }
                            isGoingOn.countDown();
                            Thread.sleep(PATIENCE);
                        });
        var _ = task.begin();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (isGoingOn.getCount() > 0 && System.nanoTime() < end) {
            if (task.state() instanceof Health.State.Down) {
                wasDown.set(true);
            }
            Thread.onSpinWait();
        }

        assertThat(wasDown).isTrue();
        assertThat(isGoingOn.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        int ran = runs.get();
        assertThat(ran).isGreaterThanOrEqualTo(3);
        assertThat(task.state()).isEqualTo(new Health.State.Up());
        task.close();
        assertThat(task.join(PATIENCE)).isTrue();
        assertThat(runs).hasValue(ran);
    }

    @Test
    void completed_work_does_not_restart() throws Exception {
        var runs = new AtomicInteger();
        try (var task = new BackgroundTask(BUILDER, runs::incrementAndGet)) {
            assertThat(task.begin().join(PATIENCE)).isTrue();
            assertThat(runs).hasValue(1);
            assertThat(task.state()).isEqualTo(new Health.State.Up());
        }
    }

    @Test
    void finished_work_that_fails_does_not_restart() throws Exception {
        var runs = new AtomicInteger();
        var isFinished = new CountDownLatch(1);
        try (var task =
                new BackgroundTask(
                        BUILDER,
                        () -> {
                            runs.incrementAndGet();
                            isFinished.await();
                            throw new IllegalStateException("at the end");
                        })) {
            var _ = task.begin();
            task.finish();
            isFinished.countDown();

            assertThat(task.join(PATIENCE)).isTrue();
            assertThat(runs).hasValue(1);
        }
    }

    @Test
    void the_starter_of_work_receives_its_exception() throws Exception {
        var thrown = new CompletableFuture<Throwable>();
        var defect = new StackOverflowError("deep");
        BackgroundTask.start(
                Thread.ofVirtual(),
                () -> {
                    throw defect;
                },
                thrown::complete);

        assertThat(thrown.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isSameAs(defect);
    }

    /// A process in which a task throws an error of the virtual machine.
    static final class Broken {
        private Broken() {}

        public static void main(String[] arguments) throws InterruptedException {
            FatalErrors.installHandler();
            System.out.println("ready");
            switch (arguments[0]) {
                case "owner" -> {
                    var actor = new Actor("broken", 1);
                    var _ = actor.offer(Broken::fail);
                }
                case "task" -> {
                    var _ = new BackgroundTask(BUILDER, Broken::fail).begin();
                }
                case "thread" -> Thread.ofPlatform().start(Broken::fail);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            Thread.sleep(PATIENCE);
        }

        private static void fail() {
            throw new InternalError("broken");
        }
    }

    @Test
    void a_broken_virtual_machine_ends_the_process() throws Exception {
        for (var where : new String[] {"owner", "task", "thread"}) {
            var process = ChildJvm.start(Broken.class, where).process();
            try {
                assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).as(where).isEqualTo(FatalErrors.EXIT_CODE);
            } finally {
                process.destroyForcibly();
            }
        }
    }
}

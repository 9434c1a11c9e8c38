package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's timer. Timer tasks must be short and must not block: they raise a signal or offer a
/// task.
///
/// Thread-safe.
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private static final Duration TASK_LIMIT = Duration.ofSeconds(10);

    /// How late tasks of [#roughlyAfter] may run.
    static final Duration TICK = Duration.ofMillis(5);

    private final ScheduledThreadPoolExecutor executor =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().name("scheduler").daemon().factory());

    private final ConcurrentLinkedQueue<Waiting> rough = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private final Duration taskLimit;

    /// When the running task began; null while none is running.
    private volatile @Nullable Long taskBegunNanos;

    public Scheduler() {
        this(TASK_LIMIT);
    }

    /// @param taskLimit how long a task may run before the scheduler is down
    Scheduler(Duration taskLimit) {
        this.taskLimit = taskLimit;
        executor.setRemoveOnCancelPolicy(true);
    }

    /// Runs a task once after a delay.
    public Timer after(Duration delay, Runnable task) {
        var future = executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Runs a task once after a delay, up to [#TICK] late. For many short delays, of which most are
    /// cancelled: they wake the timer's thread together, instead of once each.
    public Timer roughlyAfter(Duration delay, Runnable task) {
        var waiting = new Waiting(System.nanoTime() + delay.toNanos(), task);
        rough.add(waiting);
        if (isTicking.compareAndSet(false, true)) {
            var _ = after(TICK, this::tick);
        }
        return waiting;
    }

    private void tick() {
        isTicking.set(false);
        long now = System.nanoTime();
        rough.removeIf(waiting -> {
            boolean isOver = waiting.isCancelled || now - waiting.dueAt >= 0;
            if (isOver && !waiting.isCancelled) {
                GuardedTask.run(waiting.task, LOG, "a timer task failed");
            }
            return isOver;
        });
        if (!rough.isEmpty() && isTicking.compareAndSet(false, true)) {
            var _ = after(TICK, this::tick);
        }
    }

    /// Runs a task periodically, first after one period.
    public Timer every(Duration period, Runnable task) {
        var nanos = period.toNanos();
        var future =
                executor.scheduleAtFixedRate(
                        () -> guarded(task), nanos, nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Down after [#close()] and while a task has blocked the thread for ten seconds: no timeout
    /// and no periodic check of the server runs then. Does not block.
    public Health.State state() {
        if (executor.isShutdown()) {
            return new Health.State.Down(
                    "The server is stopping, and its timers have ended. Start it again.");
        }
        var begun = taskBegunNanos;
        return begun != null && System.nanoTime() - begun > taskLimit.toNanos()
                ? new Health.State.Down(
                        "A timer task has been running for ten seconds, and all other timers wait"
                                + " for it. Restart the server if this lasts.")
                : new Health.State.Up();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    private void guarded(Runnable task) {
        taskBegunNanos = System.nanoTime();
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.timer_failed")
                    .setCause(failure)
                    .log("a timer task failed");
        } finally {
            taskBegunNanos = null;
        }
    }

    private static final class Waiting implements Timer {
        private final long dueAt;
        private final Runnable task;
        private volatile boolean isCancelled;

        private Waiting(long dueAt, Runnable task) {
            this.dueAt = dueAt;
            this.task = task;
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }
    }

    /// A scheduled task; calling [#cancel()] more than once is harmless.
    public interface Timer {
        void cancel();
    }
}

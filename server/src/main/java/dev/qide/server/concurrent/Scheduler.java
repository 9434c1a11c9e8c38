package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's timer. Timer tasks must be short and must not block: they raise a signal or offer a
/// task.
///
/// Thread-safe.
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final ScheduledThreadPoolExecutor executor =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().name("scheduler").daemon().factory());

    public Scheduler() {
        executor.setRemoveOnCancelPolicy(true);
    }

    /// Runs a task once after a delay.
    public Timer after(Duration delay, Runnable task) {
        var future = executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Runs a task periodically, first after one period.
    public Timer every(Duration period, Runnable task) {
        var nanos = period.toNanos();
        var future =
                executor.scheduleAtFixedRate(
                        () -> guarded(task), nanos, nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Up until the scheduler is closed.
    public Health.State state() {
        return executor.isShutdown()
                ? new Health.State.Down(
                        "The server is stopping, and its timers have ended. Start it again.")
                : new Health.State.Up();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.timer_failed")
                    .setCause(failure)
                    .log("a timer task failed");
        }
    }

    /// A scheduled task; calling [#cancel()] more than once is harmless.
    public interface Timer {
        void cancel();
    }
}

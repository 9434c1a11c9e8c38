package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one scheduler of the server: what rings must be short and never block (raise a signal, offer
/// a task).
///
/// Thread-safe.
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final ScheduledThreadPoolExecutor clockwork =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().name("scheduler").daemon().factory());

    public Scheduler() {
        clockwork.setRemoveOnCancelPolicy(true);
    }

    /// Rings once after the delay.
    public Timer after(Duration delay, Runnable ring) {
        var future = clockwork.schedule(() -> guarded(ring), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Rings again and again, first after one period.
    public Timer every(Duration period, Runnable ring) {
        var nanos = period.toNanos();
        var future =
                clockwork.scheduleAtFixedRate(
                        () -> guarded(ring), nanos, nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /// Down once the scheduler is closed: no timer runs any more.
    public Health.State state() {
        return clockwork.isShutdown()
                ? new Health.State.Down("The server is stopping: its timers have ended.")
                : new Health.State.Up();
    }

    @Override
    public void close() {
        clockwork.shutdownNow();
    }

    private static void guarded(Runnable ring) {
        try {
            ring.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.timer_failed")
                    .setCause(failure)
                    .log("an alarm failed");
        }
    }

    /// One set alarm; [#cancel()] more than once is harmless.
    public interface Timer {
        void cancel();
    }
}

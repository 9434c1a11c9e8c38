package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work on its own thread whose failures are never silent.
///
/// [#start] runs work once. An instance runs work that must continue as long as the server does:
/// after a failure it logs the exception and restarts the work after a pause that grows from 100 ms
/// to 5 s; meanwhile [#state()] is down. Thread-safe.
public final class BackgroundTask implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundTask.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /// Work that ran at least this long before it failed restarts after the first pause.
    private static final Duration STEADY = Duration.ofSeconds(30);

    private final Work work;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Health.State state = new Health.State.Up();

    /// Work that may block until its thread is interrupted.
    public interface Work {
        /// Returns when the work is complete and must not restart.
        void run() throws Exception;
    }

    /// Prepares continuous work; [#begin()] starts it.
    ///
    /// @param builder sets the thread's name and kind
    public BackgroundTask(Thread.Builder builder, Work work) {
        this.work = work;
        thread = builder.unstarted(this::runRepeatedly);
    }

    /// Runs work once on its own thread.
    ///
    /// @param failed receives what the work threw, on that thread, after it was logged
    public static void start(Thread.Builder builder, Work work, Consumer<Throwable> failed) {
        var _ =
                builder.start(() -> {
                    try {
                        work.run();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    } catch (Throwable failure) {
                        log(failure);
                        failed.accept(failure);
                    }
                });
    }

    /// Runs work once on its own thread, when no caller needs its outcome.
    public static void start(Thread.Builder builder, Work work) {
        start(builder, work, _ -> {});
    }

    /// Starts the thread; called once.
    public BackgroundTask begin() {
        thread.start();
        return this;
    }

    /// Up while the work runs or after it completed, down while it waits to restart.
    public Health.State state() {
        return state;
    }

    /// Waits for the end of the work; returns at once when the work itself calls it.
    ///
    /// @return whether it has ended
    public boolean join(Duration atMost) throws InterruptedException {
        return Thread.currentThread() == thread || thread.join(atMost);
    }

    /// Prevents restarts and interrupts the work.
    @Override
    public void close() {
        finish();
        thread.interrupt();
    }

    /// Prevents restarts.
    public void finish() {
        closing.countDown();
    }

    private void runRepeatedly() {
        var pause = FIRST_PAUSE;
        while (true) {
            long begun = System.nanoTime();
            try {
                work.run();
                return;
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable failure) {
                log(failure);
            }
            if (System.nanoTime() - begun >= STEADY.toNanos()) {
                pause = FIRST_PAUSE;
            }
            state =
                    new Health.State.Down(
                            "The thread %s failed and restarts shortly. See the log for the cause."
                                    .formatted(thread.getName()));
            if (isClosedWithin(pause)) {
                return;
            }
            state = new Health.State.Up();
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
    }

    private boolean isClosedWithin(Duration pause) {
        try {
            return closing.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static void log(Throwable failure) {
        FatalErrors.exitOn(failure);
        try {
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.thread_failed")
                    .setCause(failure)
                    .log("background work failed");
        } catch (RuntimeException | Error unloggable) {
            // Without free file descriptors even logging classes cannot be loaded; the loop must
            // continue.
            FatalErrors.exitOn(unloggable);
        }
    }
}

package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Health;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work on a thread of its own that no failure ends in silence.
///
/// [#start] runs work once. The instance form runs work that has to go on as long as the server
/// does: what it throws is logged, and the work begins again after a pause that grows from 100 ms
/// to 5 s; meanwhile [#state()] says that the server cannot work. Thread-safe.
public final class BackgroundTask implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundTask.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /// Work that ran for this long before it failed begins again after the first pause.
    private static final Duration STEADY = Duration.ofSeconds(30);

    private final Work work;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Health.State state = new Health.State.Up();

    /// Work that may block until its thread is interrupted.
    public interface Work {
        /// Returns when the work is at its end for good.
        void run() throws Exception;
    }

    /// Prepares work that has to go on; [#begin()] starts it.
    ///
    /// @param builder names the thread and says of which kind it is
    public BackgroundTask(Thread.Builder builder, Work work) {
        this.work = work;
        thread = builder.unstarted(this::runAgainAndAgain);
    }

    /// Runs work once on a thread of its own.
    ///
    /// @param failed told, on that thread, what the work threw, after it was logged
    public static void start(Thread.Builder builder, Work work, Consumer<Throwable> failed) {
        var _ =
                builder.start(() -> {
                    try {
                        work.run();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    } catch (Throwable failure) {
                        logged(failure);
                        failed.accept(failure);
                    }
                });
    }

    /// Runs work once on a thread of its own, where nobody waits for its end.
    public static void start(Thread.Builder builder, Work work) {
        start(builder, work, _ -> {});
    }

    /// Starts the thread; called once.
    public BackgroundTask begin() {
        thread.start();
        return this;
    }

    /// Up while the work runs or has come to its end, down while it waits to begin again.
    public Health.State state() {
        return state;
    }

    /// Waits for the work's end; not when called by the work itself.
    ///
    /// @return whether it has ended
    public boolean join(Duration atMost) throws InterruptedException {
        return Thread.currentThread() == thread || thread.join(atMost);
    }

    /// Has the work not begin again, and interrupts it.
    @Override
    public void close() {
        finish();
        thread.interrupt();
    }

    /// Has the work not begin again when it fails.
    public void finish() {
        closing.countDown();
    }

    private void runAgainAndAgain() {
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
                logged(failure);
            }
            if (System.nanoTime() - begun >= STEADY.toNanos()) {
                pause = FIRST_PAUSE;
            }
            state =
                    new Health.State.Down(
                            "The thread %s failed and is about to go on; the log says why."
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

    private static void logged(Throwable failure) {
        FatalErrors.exitOn(failure);
        try {
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.thread_failed")
                    .setCause(failure)
                    .log("the work of a thread failed");
        } catch (RuntimeException | Error unloggable) {
            // Without descriptors not even the classes of a log line can be loaded. Going on
            // counts.
            FatalErrors.exitOn(unloggable);
        }
    }
}

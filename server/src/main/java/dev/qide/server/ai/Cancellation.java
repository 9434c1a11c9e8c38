package dev.qide.server.ai;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A cancellation signal for one reader's work. Once cancelled, it stays cancelled. Thread-safe.
public final class Cancellation {
    private final CountDownLatch latch = new CountDownLatch(1);
    private final List<Runnable> tasks = new ArrayList<>();

    /// Runs the registered tasks on this thread; later calls have no effect.
    public void cancel() {
        List<Runnable> now;
        synchronized (this) {
            if (isCancelled()) {
                return;
            }
            latch.countDown();
            now = List.copyOf(tasks);
            tasks.clear();
        }
        now.forEach(Runnable::run);
    }

    public boolean isCancelled() {
        return latch.getCount() == 0;
    }

    /// Registers a short task that does not block; runs it at once when already cancelled.
    ///
    /// @return removes the task
    public Runnable onCancel(Runnable task) {
        synchronized (this) {
            if (!isCancelled()) {
                tasks.add(task);
                return () -> remove(task);
            }
        }
        task.run();
        return () -> {};
    }

    /// Waits for a cancellation.
    ///
    /// @return whether it happened in time
    public boolean await(Duration time) throws InterruptedException {
        return latch.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void remove(Runnable task) {
        tasks.remove(task);
    }
}

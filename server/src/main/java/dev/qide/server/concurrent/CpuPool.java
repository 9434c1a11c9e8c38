package dev.qide.server.concurrent;

import dev.qide.server.telemetry.Metrics;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// A bounded pool of platform threads for CPU work above one millisecond: loading, merging,
/// comparing, hashing, searching.
///
/// Such work must not run on virtual threads: two busy ones occupy all carrier threads.
/// Thread-safe.
public final class CpuPool implements AutoCloseable {
    private static final int QUEUE_TASKS = 1024;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    private final ThreadPoolExecutor pool;

    public CpuPool(int threads) {
        pool =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUE_TASKS),
                        Thread.ofPlatform().name("cpu-", 0).daemon().factory());
    }

    /// Registers the gauges of the pool.
    public void observe(Metrics metrics) {
        metrics.gauge(
                "qide_concurrent_cpu_threads",
                "Threads of the CPU pool.",
                () -> (double) pool.getMaximumPoolSize());
        metrics.gauge(
                "qide_concurrent_cpu_busy_threads",
                "Busy threads of the CPU pool.",
                () -> (double) pool.getActiveCount());
        metrics.gauge(
                "qide_concurrent_cpu_queued_tasks",
                "Tasks that wait for a thread of the CPU pool; at most 1,024.",
                () -> (double) pool.getQueue().size());
    }

    /// Runs the work on the pool while the calling virtual thread waits.
    ///
    /// @throws RejectedExecutionException when 1,024 tasks are waiting, or when the pool is closed
    ///   before the work starts
    public <T> T call(Callable<T> work) throws InterruptedException {
        var task = new FutureTask<T>(work);
        pool.execute(task);
        try {
            return task.get();
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(failure.getCause());
            }
        } catch (CancellationException closed) {
            throw new RejectedExecutionException("the pool was closed", closed);
        } catch (InterruptedException stop) {
            task.cancel(true);
            throw stop;
        }
    }

    @Override
    public void close() {
        // Callers of work that never started would wait forever.
        pool.shutdownNow().forEach(task -> ((FutureTask<?>) task).cancel(false));
        try {
            var _ = pool.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

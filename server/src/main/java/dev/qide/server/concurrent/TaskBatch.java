package dev.qide.server.concurrent;

import dev.qide.server.concurrent.Scheduler.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs many short tasks that rarely block, such as one write to each of many sockets, on a few
/// virtual threads, at most one a core, instead of one for each.
///
/// If tasks block, the others do not wait for them: when the batch has not advanced for
/// [#BLOCKED_AFTER], which the scheduler notices up to two ticks late, another thread takes over
/// the remaining tasks. A batch has at most one thread more than it has tasks. Thread-safe.
public final class TaskBatch {
    /// A task that takes longer is assumed to be blocked.
    static final Duration BLOCKED_AFTER = Duration.ofMillis(2);

    /// A smaller share of the tasks is not worth a thread.
    private static final int TASKS_PER_THREAD = 64;

    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    private static final Logger LOG = LoggerFactory.getLogger(TaskBatch.class);

    private final String name;
    private final List<Runnable> tasks;
    private final Scheduler scheduler;
    private final Runnable finished;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicBoolean isFinished = new AtomicBoolean();
    private volatile @Nullable Timer timer;

    private TaskBatch(
            String name, Collection<Runnable> tasks, Scheduler scheduler, Runnable finished) {
        this.name = name;
        this.tasks = List.copyOf(tasks);
        this.scheduler = scheduler;
        this.finished = finished;
    }

    /// Starts the tasks in their order and returns at once.
    ///
    /// @param name the name of the threads
    /// @param finished runs once on one of the threads, when all tasks but blocked ones have ended;
    ///   must not block
    public static void start(
            String name, Collection<Runnable> tasks, Scheduler scheduler, Runnable finished) {
        var batch = new TaskBatch(name, tasks, scheduler, finished);
        for (int i = 0; i < Math.min(THREADS, 1 + tasks.size() / TASKS_PER_THREAD); i++) {
            batch.startThread();
        }
        batch.lookAfter(0);
    }

    /// Runs the tasks on the calling thread, which may block. If it does, another thread takes over
    /// the remaining tasks.
    ///
    /// @param name the name of that thread
    public static void run(String name, Collection<Runnable> tasks, Scheduler scheduler) {
        var batch = new TaskBatch(name, tasks, scheduler, () -> {});
        try {
            batch.lookAfter(0);
        } finally {
            batch.run();
        }
    }

    private void startThread() {
        BackgroundTask.start(Thread.ofVirtual().name(name), this::run);
    }

    private void run() {
        for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
            GuardedTask.run(tasks.get(i), LOG, "a task of a batch failed");
        }
        if (isFinished.compareAndSet(false, true)) {
            var pending = timer;
            if (pending != null) {
                pending.cancel();
            }
            finished.run();
        }
    }

    /// @param seen how many tasks had been taken when this was scheduled
    private void lookAfter(int seen) {
        timer = scheduler.roughlyAfter(BLOCKED_AFTER, () -> look(seen));
    }

    private void look(int seen) {
        if (isFinished.get()) {
            return;
        }
        int taken = next.get();
        if (taken == seen || taken >= tasks.size()) {
            startThread();
        }
        if (taken < tasks.size()) {
            lookAfter(taken);
        }
    }
}

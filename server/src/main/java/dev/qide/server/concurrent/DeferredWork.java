package dev.qide.server.concurrent;

import java.util.ArrayDeque;
import java.util.Queue;

/// Work that a thread runs itself after it has released all actors and locks, instead of starting
/// another thread.
///
/// A thread that may block, such as the reader of one language server's output, runs its tasks
/// through [#run(Runnable)]. A task may [#defer(Runnable)] follow-up work to that thread; it runs
/// after the task, when no actor and no lock is held. On all other threads work cannot be deferred.
public final class DeferredWork {
    private static final int QUEUE_TASKS = 16;
    private static final ScopedValue<Queue<Runnable>> DEFERRED = ScopedValue.newInstance();

    private DeferredWork() {}

    /// Runs a task, then the work it deferred, in order. Deferred work must not throw.
    public static void run(Runnable task) {
        var deferred = new ArrayDeque<Runnable>(2);
        try {
            ScopedValue.where(DEFERRED, deferred).run(task);
        } finally {
            for (var work = deferred.poll(); work != null; work = deferred.poll()) {
                work.run();
            }
        }
    }

    /// Defers work to the calling thread.
    ///
    /// @return false when this thread must not block or its queue is full; the caller then uses
    ///   another thread
    public static boolean defer(Runnable work) {
        return DEFERRED.isBound()
                && DEFERRED.get().size() < QUEUE_TASKS
                && DEFERRED.get().add(work);
    }
}

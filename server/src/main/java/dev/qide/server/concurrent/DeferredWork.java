package dev.qide.server.concurrent;

import java.util.ArrayDeque;
import java.util.Queue;

/// Work that a thread runs itself after it has released all actors and locks, instead of starting
/// another thread.
///
/// A thread that may block, such as the reader of one language server's output, runs its tasks
/// through [#run(Runnable)]. A task may [#defer(Runnable)] follow-up work to that thread; it runs
/// after the task, when no actor and no lock is held. A thread may also [#collect] such work, to
/// run it later or on another thread. Everywhere else work cannot be deferred.
public final class DeferredWork {
    private static final int QUEUE_TASKS = 16;
    private static final ScopedValue<Deferred> DEFERRED = ScopedValue.newInstance();

    private record Deferred(Queue<Runnable> queue, int bound) {}

    private DeferredWork() {}

    /// Runs a task, then the work it deferred, in order. Deferred work must not throw.
    public static void run(Runnable task) {
        var deferred = new ArrayDeque<Runnable>(2);
        try {
            ScopedValue.where(DEFERRED, new Deferred(deferred, QUEUE_TASKS)).run(task);
        } finally {
            for (var work = deferred.poll(); work != null; work = deferred.poll()) {
                work.run();
            }
        }
    }

    /// Runs a task and collects the work that it defers, in order, also if the task throws. The
    /// caller then runs that work itself, if it may block, or hands it to a thread that may.
    ///
    /// @param into receives the work
    /// @param bound how much work is collected at most
    public static void collect(Queue<Runnable> into, int bound, Runnable task) {
        ScopedValue.where(DEFERRED, new Deferred(into, bound)).run(task);
    }

    /// Whether the calling thread runs a task whose work can be deferred.
    public static boolean isPossible() {
        return DEFERRED.isBound();
    }

    /// Defers work to the calling thread, or to the thread for which it is collected.
    ///
    /// @return false when neither is possible or the bound is reached; the caller then uses another
    ///   thread
    public static boolean defer(Runnable work) {
        if (!DEFERRED.isBound()) {
            return false;
        }
        var deferred = DEFERRED.get();
        return deferred.queue().size() < deferred.bound() && deferred.queue().add(work);
    }
}

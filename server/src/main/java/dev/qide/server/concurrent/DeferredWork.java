package dev.qide.server.concurrent;

import java.util.ArrayDeque;
import java.util.Queue;

/// Work that a thread does itself once it has let go of everything, instead of waking another one
/// for it.
///
/// A thread that may block (because it serves one thing alone, as the reader of a language server's
/// output does) runs its tasks through [#run(Runnable)]. What such a task would start a thread for
/// it may [#leave(Runnable)] to this one: that runs after the task, when no owner and no lock is
/// held any more. On all other threads nothing can be left.
public final class DeferredWork {
    private static final int WORKS = 16;
    private static final ScopedValue<Queue<Runnable>> LEFT = ScopedValue.newInstance();

    private DeferredWork() {}

    /// Runs a task, and then the work that was left to it, in the order in which it was left; the
    /// work must not throw.
    public static void run(Runnable task) {
        var left = new ArrayDeque<Runnable>(2);
        try {
            ScopedValue.where(LEFT, left).run(task);
        } finally {
            for (var work = left.poll(); work != null; work = left.poll()) {
                work.run();
            }
        }
    }

    /// Leaves work to the calling thread.
    ///
    /// @return false when this thread must not block or has enough to do; the caller finds another
    ///   thread then
    public static boolean leave(Runnable work) {
        return LEFT.isBound() && LEFT.get().size() < WORKS && LEFT.get().add(work);
    }
}

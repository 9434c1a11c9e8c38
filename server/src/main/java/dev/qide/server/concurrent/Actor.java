package dev.qide.server.concurrent;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One virtual thread and one bounded inbox: the owner of one stateful thing.
///
/// Tasks run one after the other, in the order in which they were put in, and each sees what the
/// one before it did. A task that throws is logged and the next one runs. Whoever may run a task
/// itself ([#run(Runnable, Duration)]) does so while nothing else runs or waits, which saves two
/// changes of thread. Thread-safe.
///
/// Invariant: blocking sends go one way only (socket → session → language → document → log). The
/// other way is a [Signal]: it never blocks and never fills the inbox, because at most one of each
/// is waiting.
public final class Actor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final BlockingQueue<Runnable> inbox;
    private final Queue<Runnable> signals = new ConcurrentLinkedQueue<>();
    private final Semaphore work = new Semaphore(0);
    private final AtomicBoolean closed = new AtomicBoolean();

    /// Held by whoever runs a task.
    private final ReentrantLock turn = new ReentrantLock();

    private final Thread thread;

    /// @param name the thread's name, for instance `doc-<id>`
    /// @param inboxMessages how many tasks may wait
    public Actor(String name, int inboxMessages) {
        inbox = new ArrayBlockingQueue<>(inboxMessages);
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    /// Puts a task in if there is room.
    ///
    /// @return false when the inbox is full or the owner is closed; nothing was put in then
    public boolean offer(Runnable task) {
        if (closed.get() || !inbox.offer(task)) {
            return false;
        }
        work.release();
        return true;
    }

    /// Puts a task in, waiting for room.
    ///
    /// @return false when the owner is closed or no room came within the time
    public boolean put(Runnable task, Duration atMost) throws InterruptedException {
        boolean isIn = !closed.get() && inbox.offer(task, atMost.toNanos(), TimeUnit.NANOSECONDS);
        work.release();
        if (closed.get()) {
            // Nobody takes anything out any more: this makes room for the next one who waits.
            inbox.clear();
            return false;
        }
        return isIn;
    }

    /// Runs a task on the calling thread if nothing else runs or waits, else puts it in. For
    /// callers that may wait as long as the task takes.
    ///
    /// @return false when the owner is closed or no room came within the time
    public boolean run(Runnable task, Duration atMost) throws InterruptedException {
        if (!turn.isHeldByCurrentThread() && turn.tryLock()) {
            try {
                // Tasks are taken out only by who has the turn: an empty inbox means that all of
                // them have ended.
                if (!closed.get() && inbox.isEmpty() && signals.isEmpty()) {
                    runGuarded(task);
                    return true;
                }
            } finally {
                turn.unlock();
            }
        }
        return put(task, atMost);
    }

    /// A signal of this owner: raising it makes `task` run once on the owner's thread; raising it
    /// again before it ran changes nothing.
    public Signal signal(Runnable task) {
        return new Signal(this, task);
    }

    /// Whether the calling thread runs a task of this owner.
    public boolean isCurrentThread() {
        return turn.isHeldByCurrentThread();
    }

    /// How many tasks wait.
    public int waiting() {
        return inbox.size();
    }

    /// Ends the owner after the task that is running; waiting tasks are dropped. Waits at most five
    /// seconds.
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        work.release();
        if (isCurrentThread()) {
            return;
        }
        try {
            boolean isOver = turn.tryLock(CLOSE_WAIT.toNanos(), TimeUnit.NANOSECONDS);
            if (isOver) {
                turn.unlock();
            } else {
                thread.interrupt();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        boolean isSignalNext = true;
        while (true) {
            work.acquireUninterruptibly();
            turn.lock();
            try {
                // Looked at with the turn: it may have been closed while another thread ran a task.
                if (closed.get()) {
                    // Whoever waits for room gets it, and learns that the owner is closed.
                    inbox.clear();
                    return;
                }
                Runnable task = next(isSignalNext);
                isSignalNext = !isSignalNext;
                if (task != null) {
                    runGuarded(task);
                }
            } finally {
                turn.unlock();
            }
        }
    }

    private static void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.task_failed")
                    .setCause(failure)
                    .log("a task of an owner failed");
        }
    }

    /// Signals and the inbox take turns, so that neither keeps the other waiting for ever.
    private @Nullable Runnable next(boolean isSignalFirst) {
        Runnable task = isSignalFirst ? signals.poll() : inbox.poll();
        if (task != null) {
            return task;
        }
        return isSignalFirst ? inbox.poll() : signals.poll();
    }

    /// A level-triggered wake-up of one owner. Thread-safe.
    public static final class Signal {
        private final Actor actor;
        private final Runnable task;
        private final AtomicBoolean raised = new AtomicBoolean();

        private Signal(Actor actor, Runnable task) {
            this.actor = actor;
            this.task = task;
        }

        /// Never blocks.
        public void raise() {
            if (!actor.closed.get() && raised.compareAndSet(false, true)) {
                actor.signals.add(this::fire);
                actor.work.release();
            }
        }

        private void fire() {
            raised.set(false);
            task.run();
        }
    }
}

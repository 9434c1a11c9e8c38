package dev.qide.server.concurrent;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An actor: one virtual thread with a bounded inbox that owns one stateful object.
///
/// Tasks run one after another, in the order in which they were queued, and each sees the effects
/// of the previous one. A task that throws is logged, and the next one runs. A caller that may run
/// a task itself ([#run(Runnable, Duration)]) does so while no other task runs or waits, which
/// saves two thread switches. Thread-safe.
///
/// Invariant: blocking sends go in one direction only (socket → session → language → document →
/// log). The opposite direction uses a [Signal], which never blocks and never fills the inbox,
/// because at most one of each is queued.
public final class Actor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);
    private static final String FAILED = "a task of an actor failed";
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final BlockingQueue<Runnable> inbox;
    private final Queue<Runnable> signals = new ConcurrentLinkedQueue<>();
    private final Semaphore work = new Semaphore(0);
    private final AtomicBoolean closed = new AtomicBoolean();

    /// Held while a task runs.
    private final ReentrantLock running = new ReentrantLock();

    private final Thread thread;

    /// @param name the thread's name, for instance `doc-<id>`
    /// @param inboxMessages the number of tasks that may wait
    public Actor(String name, int inboxMessages) {
        // Most inboxes are empty most of the time: no array of their capacity.
        inbox = new LinkedBlockingQueue<>(inboxMessages);
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    /// Queues a task if the inbox is not full.
    ///
    /// @return false when the inbox is full or the actor is closed; the task is then not queued
    public boolean offer(Runnable task) {
        if (closed.get() || !inbox.offer(task)) {
            return false;
        }
        work.release();
        return true;
    }

    /// Queues a task, waiting while the inbox is full.
    ///
    /// @return false when the actor is closed or the inbox stayed full
    public boolean put(Runnable task, Duration atMost) throws InterruptedException {
        boolean isQueued =
                !closed.get() && inbox.offer(task, atMost.toNanos(), TimeUnit.NANOSECONDS);
        work.release();
        if (closed.get()) {
            // No thread drains the inbox any more: clear it for the next waiting caller.
            inbox.clear();
            return false;
        }
        return isQueued;
    }

    /// Runs a task on the calling thread if no other task runs or waits; otherwise queues it. For
    /// callers that may wait as long as the task takes.
    ///
    /// @return false when the actor is closed or the inbox stayed full
    public boolean run(Runnable task, Duration atMost) throws InterruptedException {
        return runHere(task) || put(task, atMost);
    }

    /// Runs a task on the calling thread if no other task runs or waits.
    private boolean runHere(Runnable task) {
        if (running.isHeldByCurrentThread() || !running.tryLock()) {
            return false;
        }
        try {
            // Tasks leave the inbox only under this lock: an empty inbox means that all have
            // finished.
            if (closed.get() || !inbox.isEmpty() || !signals.isEmpty()) {
                return false;
            }
            GuardedTask.run(task, LOG, FAILED);
            return true;
        } finally {
            running.unlock();
        }
    }

    /// Creates a signal of this actor. Raising it runs `task` once, as a task of this actor;
    /// raising it again before the run has no effect.
    public Signal signal(Runnable task) {
        return new Signal(this, task);
    }

    /// Whether the calling thread runs a task of this actor.
    public boolean isCurrentThread() {
        return running.isHeldByCurrentThread();
    }

    /// The number of waiting tasks.
    public int waiting() {
        return inbox.size();
    }

    /// Ends the actor after the running task; waiting tasks are dropped. Waits at most five
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
            boolean isIdle = running.tryLock(CLOSE_WAIT.toNanos(), TimeUnit.NANOSECONDS);
            if (isIdle) {
                running.unlock();
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
            running.lock();
            try {
                // Checked under the lock: the actor may have been closed while another thread ran a
                // task.
                if (closed.get()) {
                    // A caller that waits to queue a task now succeeds and sees that the actor is
                    // closed.
                    inbox.clear();
                    return;
                }
                Runnable task = next(isSignalNext);
                isSignalNext = !isSignalNext;
                if (task != null) {
                    GuardedTask.run(task, LOG, FAILED);
                }
            } finally {
                running.unlock();
            }
        }
    }

    /// Alternates between signals and the inbox, so that neither starves the other.
    private @Nullable Runnable next(boolean isSignalFirst) {
        Runnable task = isSignalFirst ? signals.poll() : inbox.poll();
        if (task != null) {
            return task;
        }
        return isSignalFirst ? inbox.poll() : signals.poll();
    }

    /// A level-triggered wake-up of one actor. Thread-safe.
    public static final class Signal {
        private final Actor actor;
        private final Runnable task;
        private final AtomicBoolean raised = new AtomicBoolean();

        private Signal(Actor actor, Runnable task) {
            this.actor = actor;
            this.task = task;
        }

        /// Schedules the signal's task. Never blocks.
        public void raise() {
            if (!actor.closed.get() && raised.compareAndSet(false, true)) {
                queue();
            }
        }

        /// Raises the signal on another thread. If the actor is idle by then, that thread runs the
        /// signal's task itself; otherwise the task is queued. Never blocks.
        ///
        /// @param executor starts that thread
        public void raiseOn(Executor executor) {
            if (!actor.closed.get() && raised.compareAndSet(false, true)) {
                executor.execute(() -> {
                    if (!actor.runHere(this::fire)) {
                        queue();
                    }
                });
            }
        }

        private void queue() {
            actor.signals.add(this::fire);
            actor.work.release();
        }

        private void fire() {
            raised.set(false);
            task.run();
        }
    }
}

package dev.qide.server.owner;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One virtual thread and one bounded inbox: the owner of one stateful thing.
///
/// Tasks run one after the other, in the order in which they were put in. A task that throws is
/// logged and the next one runs. Thread-safe.
///
/// Invariant: blocking sends go one way only (socket → session → language → document → log). The
/// other way is a [Signal]: it never blocks and never fills the inbox, because at most one of each
/// is waiting.
public final class Owner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final BlockingQueue<Runnable> inbox;
    private final BlockingQueue<Signal> signals = new java.util.concurrent.LinkedBlockingQueue<>();
    private final java.util.concurrent.Semaphore work = new java.util.concurrent.Semaphore(0);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;

    /// @param name the thread's name, for instance `doc-<id>`
    /// @param inboxMessages how many tasks may wait
    public Owner(String name, int inboxMessages) {
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
        if (closed.get() || !inbox.offer(task, atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        work.release();
        return true;
    }

    /// A signal of this owner: raising it makes `task` run once on the owner's thread; raising it
    /// again before it ran changes nothing.
    public Signal signal(Runnable task) {
        return new Signal(this, task);
    }

    /// Whether the calling thread is this owner's.
    public boolean isCurrentThread() {
        return Thread.currentThread() == thread;
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
            if (!thread.join(CLOSE_WAIT)) {
                thread.interrupt();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            work.acquireUninterruptibly();
            if (closed.get()) {
                return;
            }
            Signal signal = signals.poll();
            Runnable task = signal != null ? signal::fire : inbox.poll();
            if (task == null) {
                continue;
            }
            try {
                task.run();
            } catch (RuntimeException | Error failure) {
                LOG.atError()
                        .addKeyValue("event", "owner.task_failed")
                        .setCause(failure)
                        .log("a task of an owner failed");
            }
        }
    }

    /// A level-triggered wake-up of one owner. Thread-safe.
    public static final class Signal {
        private final Owner owner;
        private final Runnable task;
        private final AtomicBoolean raised = new AtomicBoolean();

        private Signal(Owner owner, Runnable task) {
            this.owner = owner;
            this.task = task;
        }

        /// Never blocks.
        public void raise() {
            if (!owner.closed.get() && raised.compareAndSet(false, true)) {
                owner.signals.add(this);
                owner.work.release();
            }
        }

        private void fire() {
            raised.set(false);
            task.run();
        }
    }
}

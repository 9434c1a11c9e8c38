package dev.qide.server.collab;

import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.DeferredWork;
import dev.qide.server.concurrent.Multicast;
import dev.qide.server.concurrent.Scheduler.Timer;
import dev.qide.server.concurrent.TaskBatch;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.Updates;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Sends committed text, and awareness after it, to the subscriptions of a document.
///
/// Sending a frame to two hundred sockets takes some milliseconds of a core. With many
/// subscriptions, updates committed within a short interval therefore leave in one frame;
/// [BroadcastThrottle] decides when. After an idle period, or with few subscriptions, a frame
/// leaves at once. Acknowledgements do not wait. Few threads write to all sockets ([TaskBatch]).
///
/// Owned by the document's thread.
final class Broadcaster {
    /// With this much unsent text a frame leaves at once.
    private static final long UNSENT_BYTES = 256 << 10;

    /// The maximum number of writes that a thread collects while it handles a batch of rows, and
    /// then performs itself.
    private static final int WRITES_BY_ONE_THREAD = 64;

    private final DocumentContext context;
    private final Collection<Subscription> subscriptions;
    private final AwarenessRelay presence;
    private final BroadcastThrottle throttle = new BroadcastThrottle(System.nanoTime());
    private final Signal pauseOver;
    private final Signal written;
    private final AtomicLong writtenNanos = new AtomicLong();
    private final List<PendingRow> unsentRows = new ArrayList<>();
    private final List<byte[]> unsentUpdates = new ArrayList<>();
    private long unsentBytes;
    private @Nullable StateVector sentVector;
    private boolean isTogether;
    private long timerDueAt;
    private @Nullable Timer timer;

    Broadcaster(
            DocumentContext context,
            Collection<Subscription> subscriptions,
            AwarenessRelay presence,
            Actor actor) {
        this.context = context;
        this.subscriptions = subscriptions;
        this.presence = presence;
        pauseOver = actor.signal(this::pauseIsOver);
        written = actor.signal(this::isWritten);
    }

    AwarenessRelay presence() {
        return presence;
    }

    /// Remembers the state vector that all subscriptions have, before rows are integrated.
    void begin(LiveDocument document) {
        if (sentVector == null) {
            sentVector = document.integrated();
        }
    }

    /// Adds rows that were committed or refused.
    ///
    /// @param integrated the updates integrated as a result
    void settled(List<PendingRow> rows, List<byte[]> integrated) {
        unsentRows.addAll(rows);
        unsentUpdates.addAll(integrated);
        integrated.forEach(update -> unsentBytes += update.length);
    }

    /// Whether many clients have the document open, so that a broadcast takes a while.
    boolean isThrottled() {
        return BroadcastThrottle.isThrottled(subscriptions.size());
    }

    /// Returns a callback that raises a signal of the document; any thread may call it. If the
    /// document is idle, a new thread runs the signal's task ([Signal#raiseOn]) and then writes the
    /// frames that the task sends, which saves a thread switch.
    Runnable raisingOnNewThread(Signal signal) {
        return () -> signal.raiseOn(this::runAndWrite);
    }

    private void runAndWrite(Runnable task) {
        BackgroundTask.start(
                Thread.ofVirtual().name("broadcast"),
                () -> {
                    var writes = new ArrayDeque<Runnable>();
                    try {
                        DeferredWork.collect(writes, WRITES_BY_ONE_THREAD, task);
                    } finally {
                        if (!writes.isEmpty()) {
                            TaskBatch.run("broadcast", writes, context.scheduler());
                        }
                    }
                });
    }

    /// Runs code that sends frames to several sockets; afterwards a few threads write them. With
    /// many clients this writing starts at once, even if the calling thread collects writes of its
    /// own.
    void together(Runnable sending) {
        if (isTogether || (DeferredWork.isPossible() && !isThrottled())) {
            sending.run();
            return;
        }
        var writes = new ArrayDeque<Runnable>();
        isTogether = true;
        try {
            // Each socket defers one write at most.
            DeferredWork.collect(writes, subscriptions.size(), sending);
        } finally {
            isTogether = false;
            if (!writes.isEmpty()) {
                TaskBatch.start("broadcast", writes, context.scheduler(), () -> {});
            }
        }
    }

    /// Sends everything that is waiting, now or when the pause ends.
    void sendIfDue() {
        if (unsentRows.isEmpty() && !presence.hasChanges()) {
            return;
        }
        long now = System.nanoTime();
        long left = unsentBytes >= UNSENT_BYTES ? 0 : throttle.left(subscriptions.size(), now);
        if (left <= 0) {
            send();
        } else {
            sendAt(now + left, left);
        }
    }

    private void sendAt(long dueAt, long left) {
        if (timer != null) {
            if (dueAt - timerDueAt >= 0) {
                return;
            }
            timer.cancel();
        }
        timerDueAt = dueAt;
        timer = context.scheduler().after(Duration.ofNanos(left), pauseOver::raise);
    }

    /// Discards the unsent text of a generation that ended.
    void discardText() {
        unsentRows.forEach(PendingRow::show);
        unsentRows.clear();
        unsentUpdates.clear();
        unsentBytes = 0;
        sentVector = null;
    }

    private void pauseIsOver() {
        timer = null;
        sendIfDue();
    }

    private void isWritten() {
        throttle.written(writtenNanos.get());
        sendIfDue();
    }

    private void send() {
        if (!isThrottled()) {
            together(this::sendAll);
            return;
        }
        long begun = System.nanoTime();
        throttle.begun(begun);
        var writes = new ArrayDeque<Runnable>();
        try {
            DeferredWork.collect(writes, subscriptions.size(), this::sendAll);
        } finally {
            TaskBatch.start("broadcast", writes, context.scheduler(), () -> reportWritten(begun));
        }
    }

    /// Called by a thread that has written.
    private void reportWritten(long begun) {
        writtenNanos.set(System.nanoTime() - begun);
        written.raise();
    }

    private void sendAll() {
        if (sentVector != null) {
            sendText(sentVector);
            discardText();
            subscriptions.forEach(presence::release);
        }
        presence.sendChanges();
    }

    private void sendText(StateVector sentVector) {
        if (unsentUpdates.isEmpty()) {
            return;
        }
        var frame = ServerMessage.update(Updates.merge(unsentUpdates));
        Multicast.run(() -> {
            for (var subscription : subscriptions) {
                if (subscription.isServed()) {
                    subscription.sendBatch(frame, sentVector);
                }
            }
        });
        context.metrics().batches().increment();
    }
}

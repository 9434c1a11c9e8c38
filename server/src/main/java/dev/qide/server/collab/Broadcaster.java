package dev.qide.server.collab;

import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.concurrent.Multicast;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.Updates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Sends committed text, and awareness after it, to the subscriptions of a document.
///
/// Sending a frame to two hundred sockets takes some milliseconds of a core, so updates committed
/// within a short interval leave in one frame. The interval is [#PAUSE_PER_SUBSCRIPTION] times the
/// number of subscriptions, at most 50 ms. After an idle period, or with few subscriptions, a frame
/// leaves at once. Acknowledgements do not wait.
///
/// Owned by the document's thread.
final class Broadcaster {
    /// At about 15 µs a frame, broadcasting takes at most a seventh of a core.
    static final Duration PAUSE_PER_SUBSCRIPTION = Duration.ofNanos(100_000);

    /// Shorter pauses are not worth a timer.
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(2);

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

    /// With this much unsent text a frame leaves at once.
    private static final long UNSENT_BYTES = 256 << 10;

    private final DocumentContext context;
    private final Collection<Subscription> subscriptions;
    private final AwarenessRelay presence;
    private final Signal pauseOver;
    private final List<PendingRow> unsentRows = new ArrayList<>();
    private final List<byte[]> unsentUpdates = new ArrayList<>();
    private long unsentBytes;
    private @Nullable StateVector sentVector;
    private long sentAt;
    private boolean isTimerSet;

    Broadcaster(
            DocumentContext context,
            Collection<Subscription> subscriptions,
            AwarenessRelay presence,
            Actor actor) {
        this.context = context;
        this.subscriptions = subscriptions;
        this.presence = presence;
        pauseOver = actor.signal(this::pauseIsOver);
        sentAt = System.nanoTime() - LONGEST_PAUSE.toNanos();
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

    /// Sends everything that is waiting, now or when the pause ends.
    void sendWhenDue() {
        if (unsentRows.isEmpty() && !presence.hasChanges()) {
            return;
        }
        long left = unsentBytes >= UNSENT_BYTES ? 0 : sentAt + pause() - System.nanoTime();
        if (left <= 0) {
            send();
        } else if (!isTimerSet) {
            isTimerSet = true;
            var _ = context.scheduler().after(Duration.ofNanos(left), pauseOver::raise);
        }
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
        isTimerSet = false;
        sendWhenDue();
    }

    private long pause() {
        long pause =
                Math.min(
                        subscriptions.size() * PAUSE_PER_SUBSCRIPTION.toNanos(),
                        LONGEST_PAUSE.toNanos());
        return pause < SHORTEST_PAUSE.toNanos() ? 0 : pause;
    }

    private void send() {
        if (sentVector != null) {
            sendText(sentVector);
            discardText();
            subscriptions.forEach(presence::release);
        }
        presence.sendChanges();
        sentAt = System.nanoTime();
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

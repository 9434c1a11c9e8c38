package dev.qide.server.collab;

import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.Updates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the subscriptions of a document are told, and when: committed text, and presence behind it.
///
/// A frame to each of two hundred sockets takes some milliseconds of a core, so what many people
/// type within a moment leaves together: a document is told at the earliest
/// [#PAUSE_OF_A_SUBSCRIPTION] times its subscriptions after the last time. Where nobody was told a
/// moment ago, or few have it open, that is at once. Acknowledgements do not wait.
///
/// Owned by the document's thread.
final class Broadcaster {
    /// At about 15 microseconds a frame, telling takes at most a seventh of a core.
    static final Duration PAUSE_OF_A_SUBSCRIPTION = Duration.ofNanos(100_000);

    /// A shorter pause is not worth an alarm.
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(2);

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

    /// So much text is told at once.
    private static final long UNTOLD_BYTES = 256 << 10;

    private final DocumentContext around;
    private final Collection<Subscription> subscriptions;
    private final AwarenessRelay presence;
    private final Signal pauseOver;
    private final List<PendingRow> untold = new ArrayList<>();
    private final List<byte[]> updates = new ArrayList<>();
    private long untoldBytes;
    private @Nullable StateVector before;
    private long toldAt;
    private boolean isTimerSet;

    Broadcaster(
            DocumentContext around,
            Collection<Subscription> subscriptions,
            AwarenessRelay presence,
            Actor actor) {
        this.around = around;
        this.subscriptions = subscriptions;
        this.presence = presence;
        pauseOver = actor.signal(this::pauseIsOver);
        toldAt = System.nanoTime() - LONGEST_PAUSE.toNanos();
    }

    AwarenessRelay presence() {
        return presence;
    }

    /// Rows are about to be integrated: what everybody was told is remembered.
    void begin(LiveDocument document) {
        if (before == null) {
            before = document.integrated();
        }
    }

    /// Rows were committed or refused.
    ///
    /// @param integrated what was integrated thereby
    void settled(List<PendingRow> rows, List<byte[]> integrated) {
        untold.addAll(rows);
        updates.addAll(integrated);
        integrated.forEach(update -> untoldBytes += update.length);
    }

    /// Tells what there is to tell, now or when the pause is over.
    void tellWhenDue() {
        if (untold.isEmpty() && !presence.hasNews()) {
            return;
        }
        long left = untoldBytes >= UNTOLD_BYTES ? 0 : toldAt + pause() - System.nanoTime();
        if (left <= 0) {
            tell();
        } else if (!isTimerSet) {
            isTimerSet = true;
            var _ = around.scheduler().after(Duration.ofNanos(left), pauseOver::raise);
        }
    }

    /// The generation has ended: its text is not told any more.
    void forgetText() {
        untold.forEach(PendingRow::show);
        untold.clear();
        updates.clear();
        untoldBytes = 0;
        before = null;
    }

    private void pauseIsOver() {
        isTimerSet = false;
        tellWhenDue();
    }

    private long pause() {
        long pause =
                Math.min(
                        subscriptions.size() * PAUSE_OF_A_SUBSCRIPTION.toNanos(),
                        LONGEST_PAUSE.toNanos());
        return pause < SHORTEST_PAUSE.toNanos() ? 0 : pause;
    }

    private void tell() {
        if (before != null) {
            tellText(before);
            forgetText();
            subscriptions.forEach(presence::release);
        }
        presence.tellNews();
        toldAt = System.nanoTime();
    }

    private void tellText(StateVector before) {
        if (updates.isEmpty()) {
            return;
        }
        var frame = ServerMessage.update(Updates.merge(updates));
        for (var subscription : subscriptions) {
            if (subscription.isServed()) {
                subscription.tell(frame, before);
            }
        }
        around.metrics().batches().increment();
    }
}

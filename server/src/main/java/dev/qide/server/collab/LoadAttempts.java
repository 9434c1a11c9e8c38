package dev.qide.server.collab;

import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.wire.Failure;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The attempts to load one document, each on a separate virtual thread. Only the latest attempt
/// counts. Owned by the document's thread.
final class LoadAttempts {
    /// A minute, at the tick of a production server.
    private static final int LONGEST_PAUSE_TICKS = 120;

    private final Signal ended;
    private final ConcurrentLinkedQueue<Ended> queue = new ConcurrentLinkedQueue<>();
    private @Nullable DocumentLoader current;
    private boolean waitsForTick;
    private int pauseTicks;
    private int ticksLeft;

    private record Ended(DocumentLoader attempt, DocumentLoader.Outcome outcome) {}

    /// @param ended raised when an attempt ends
    LoadAttempts(Signal ended) {
        this.ended = ended;
    }

    boolean isRunning() {
        return current != null;
    }

    /// Whether no attempt runs and the next one need not wait.
    boolean mayBegin() {
        return current == null && !waitsForTick && ticksLeft == 0;
    }

    /// Delays the next attempt, twice as long as the last one, since the document is damaged.
    void pause() {
        pauseTicks = Math.clamp(2L * pauseTicks, 1, LONGEST_PAUSE_TICKS);
        ticksLeft = pauseTicks;
    }

    /// Counts a tick of a pause.
    ///
    /// @return whether the next attempt waited for it
    boolean tick() {
        ticksLeft = Math.max(0, ticksLeft - 1);
        return stopWaiting();
    }

    /// A client joined: the next attempt need not wait.
    void endPause() {
        pauseTicks = 0;
        ticksLeft = 0;
    }

    /// Delays the next attempt until [#stopWaiting].
    void waitForTick() {
        waitsForTick = true;
    }

    /// Allows another attempt, at the next tick, unless the clients have waited too long.
    ///
    /// @return whether there is another attempt
    boolean retryUnless(boolean isTimeOver) {
        waitsForTick |= !isTimeOver;
        return !isTimeOver;
    }

    /// @return whether the next attempt waited
    boolean stopWaiting() {
        boolean waited = waitsForTick;
        waitsForTick = false;
        return waited;
    }

    void begin(DocumentLoader attempt) {
        current = attempt;
        BackgroundTask.start(
                Thread.ofVirtual().name("doc-opening"),
                () -> end(attempt, attempt.run()),
                _ -> end(attempt, new DocumentLoader.Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE)));
    }

    /// Ignores the result of the running attempt.
    void forget() {
        current = null;
    }

    /// Passes on the outcome of the latest attempt, if it has ended.
    void pollEnded(BiConsumer<DocumentLoader, DocumentLoader.Outcome> consumer) {
        for (var next = queue.poll(); next != null; next = queue.poll()) {
            // Skip an attempt that a later one replaced after the generation ended.
            if (next.attempt() == current) {
                current = null;
                consumer.accept(next.attempt(), next.outcome());
            }
        }
    }

    private void end(DocumentLoader attempt, DocumentLoader.Outcome outcome) {
        queue.add(new Ended(attempt, outcome));
        ended.raise();
    }
}

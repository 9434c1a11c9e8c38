package dev.qide.server.collab;

import dev.qide.server.concurrent.Actor.Signal;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.wire.Failure;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The attempts to load one document, each on a thread of its own; only the latest one counts.
/// Owned by the document's thread.
final class DocumentLoading {
    private final Signal ended;
    private final ConcurrentLinkedQueue<Ended> queue = new ConcurrentLinkedQueue<>();
    private @Nullable DocumentLoader current;

    private record Ended(DocumentLoader attempt, DocumentLoader.Outcome outcome) {}

    /// @param ended raised when an attempt has ended
    DocumentLoading(Signal ended) {
        this.ended = ended;
    }

    boolean isUnderWay() {
        return current != null;
    }

    void begin(DocumentLoader attempt) {
        current = attempt;
        BackgroundTask.start(
                Thread.ofVirtual().name("doc-opening"),
                () -> end(attempt, attempt.run()),
                _ -> end(attempt, new DocumentLoader.Outcome.Failed(Failure.DOCUMENT_UNAVAILABLE)));
    }

    /// The attempt under way does not count any more.
    void forget() {
        current = null;
    }

    /// Hands out how the latest attempt ended, if it has.
    void takeEnded(BiConsumer<DocumentLoader, DocumentLoader.Outcome> take) {
        for (var one = queue.poll(); one != null; one = queue.poll()) {
            // When the generation ended meanwhile, a later attempt has taken its place.
            if (one.attempt() == current) {
                current = null;
                take.accept(one.attempt(), one.outcome());
            }
        }
    }

    private void end(DocumentLoader attempt, DocumentLoader.Outcome outcome) {
        queue.add(new Ended(attempt, outcome));
        ended.raise();
    }
}

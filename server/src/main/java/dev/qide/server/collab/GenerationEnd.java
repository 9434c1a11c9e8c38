package dev.qide.server.collab;

import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.StoredDocument;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A request to end the living generation of a document, and its outcome. Thread-safe.
final class GenerationEnd {
    private final String action;
    private final @Nullable Consumer<StoredDocument> change;
    private final ServerEdit result = new ServerEdit(_ -> ServerEdit.Plan.NOTHING);
    private volatile @Nullable Outcome outcome;

    /// The outcome for the generation in the database.
    sealed interface Outcome {
        /// It has ended.
        record Ended(StoredDocument generation) implements Outcome {}

        /// There was none.
        record NoGeneration() implements Outcome {}

        /// It lives on unchanged.
        record Kept(RuntimeException why) implements Outcome {}

        /// The database does not say whether it has ended.
        record Unknown(RuntimeException why) implements Outcome {}
    }

    /// Ends a generation whose file was deleted.
    static GenerationEnd retiring(DocumentTable documents) {
        return new GenerationEnd("retired", generation -> documents.retire(generation.id()));
    }

    /// Ends a generation whose file was deleted, unless the log has a newer row than this.
    static GenerationEnd retiring(DocumentTable documents, long newestRow) {
        return new GenerationEnd(
                "retired", generation -> documents.retire(generation.id(), newestRow));
    }

    /// Gives a generation another path.
    static GenerationEnd moving(DocumentTable documents, String to) {
        return new GenerationEnd("moved", generation -> documents.move(generation.id(), to));
    }

    /// Ends a generation that the database records as retired.
    static GenerationEnd recorded() {
        return new GenerationEnd("retired", null);
    }

    /// @param action the change for log and metrics
    /// @param change updates the generation's record in the database; null when the record already
    ///   says that the generation has ended
    private GenerationEnd(String action, @Nullable Consumer<StoredDocument> change) {
        this.action = action;
        this.change = change;
    }

    String action() {
        return action;
    }

    @Nullable Consumer<StoredDocument> change() {
        return change;
    }

    /// Whether its caller no longer waits, so that it must not begin.
    boolean isAbandoned() {
        return result.isDone();
    }

    /// The outcome; null until it is known.
    @Nullable Outcome outcome() {
        return outcome;
    }

    void setOutcome(Outcome outcome) {
        this.outcome = outcome;
    }

    /// Answers the caller, after the generation in memory was dropped or kept.
    void answer(Outcome outcome) {
        switch (outcome) {
            case Outcome.Ended(var generation) ->
                    result.done(
                            new CommittedText(
                                    generation.id(),
                                    generation.workspace(),
                                    generation.path(),
                                    "",
                                    true,
                                    new Object()));
            case Outcome.NoGeneration() -> result.done(null);
            case Outcome.Kept(var why) -> result.failed(why);
            case Outcome.Unknown(var why) -> result.failed(why);
        }
    }

    /// Waits for the outcome.
    ///
    /// @return whether there was a living generation
    /// @throws FailureException the reason why the generation did not end; `DOCUMENT_UNAVAILABLE`
    ///   when the outcome is not known in time
    boolean await() throws InterruptedException {
        return result.await() != null;
    }

    static FailureException unavailable() {
        return new FailureException(Failure.DOCUMENT_UNAVAILABLE);
    }
}

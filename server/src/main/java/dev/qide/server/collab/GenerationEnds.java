package dev.qide.server.collab;

import dev.qide.server.collab.GenerationEnd.Outcome;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Ends the generations of one document, one after another.
///
/// While a request waits or runs, the document stores no content: nothing may be committed to a
/// generation that ends, since the next one is loaded without it. The record changes when
/// everything before is committed, at the latest [#SETTLE_WAIT] later. If the outcome of the change
/// is lost, the database is asked up to [#QUESTIONS] times; each question is bounded by the waits
/// of the database's connections.
///
/// Owned by the document's thread, which does not wait for the database: a separate virtual thread
/// changes the record.
final class GenerationEnds {
    /// Requests that may wait or run for one document.
    static final int REQUESTS = 16;

    /// How long uncommitted rows may delay a change.
    static final Duration SETTLE_WAIT = Duration.ofSeconds(10);

    private static final int QUESTIONS = 2;

    private final DocumentContext context;
    private final WorkspaceId workspace;
    private final String path;
    private final Runnable advanced;
    private final ArrayDeque<GenerationEnd> requests = new ArrayDeque<>();
    private Instant settleUntil = Instant.MAX;
    private boolean isRunning;

    /// @param advanced called on any thread when [#advance] should be called again
    GenerationEnds(DocumentContext context, WorkspaceId workspace, String path, Runnable advanced) {
        this.context = context;
        this.workspace = workspace;
        this.path = path;
        this.advanced = advanced;
    }

    /// Queues a request; one above the bound fails with `DOCUMENT_UNAVAILABLE`.
    void add(GenerationEnd end) {
        if (requests.size() >= REQUESTS) {
            end.answer(new Outcome.Kept(GenerationEnd.unavailable()));
            return;
        }
        requests.add(end);
        if (requests.size() == 1) {
            beginFirst();
        }
    }

    /// Whether a request waits or runs.
    boolean isPending() {
        return !requests.isEmpty();
    }

    /// Advances the requests.
    ///
    /// @param living the document in memory, or null
    /// @param consumer drops or keeps that document, before the caller of the request is answered
    /// @return whether a request has yet to end
    boolean advance(Supplier<@Nullable LiveDocument> living, Consumer<Outcome> consumer) {
        while (!requests.isEmpty()) {
            var document = living.get();
            if (document != null) {
                document.setEnding(true);
            }
            var outcome = advance(requests.getFirst(), document);
            if (outcome == null) {
                return true;
            }
            consumer.accept(outcome);
            complete(requests.removeFirst(), outcome);
        }
        var document = living.get();
        if (document != null) {
            document.setEnding(false);
        }
        return false;
    }

    private @Nullable Outcome advance(GenerationEnd first, @Nullable LiveDocument living) {
        var change = first.change();
        if (change == null) {
            return living == null ? new Outcome.NoGeneration() : new Outcome.Ended(living.stored());
        }
        if (isRunning) {
            return first.outcome();
        }
        if (first.isAbandoned()) {
            return new Outcome.Kept(GenerationEnd.unavailable());
        }
        if (living != null && !living.isSettled()) {
            return settleUntil.isBefore(context.clock().instant())
                    ? new Outcome.Kept(GenerationEnd.unavailable())
                    : null;
        }
        isRunning = true;
        start(first, change, living == null ? null : living.stored());
        return null;
    }

    private void complete(GenerationEnd first, Outcome outcome) {
        if (outcome instanceof Outcome.Ended(var generation)) {
            context.reportGeneration(first.action(), generation);
        }
        first.answer(outcome);
        beginFirst();
    }

    private void beginFirst() {
        isRunning = false;
        settleUntil = context.clock().instant().plus(SETTLE_WAIT);
    }

    private void start(
            GenerationEnd end, Consumer<StoredDocument> change, @Nullable StoredDocument living) {
        BackgroundTask.start(
                Thread.ofVirtual().name("doc-ending"),
                () -> ended(end, outcome(change, living)),
                defect -> ended(end, new Outcome.Unknown(new IllegalStateException(defect))));
    }

    private void ended(GenerationEnd end, Outcome outcome) {
        end.setOutcome(outcome);
        advanced.run();
    }

    private Outcome outcome(Consumer<StoredDocument> change, @Nullable StoredDocument living) {
        StoredDocument generation = living;
        try {
            if (generation == null) {
                generation = context.documents().findLiving(workspace, path);
            }
            if (generation == null) {
                return new Outcome.NoGeneration();
            }
            change.accept(generation);
            return new Outcome.Ended(generation);
        } catch (FailureException failure) {
            return generation == null || failure.failure() != Failure.DOCUMENT_UNAVAILABLE
                    ? new Outcome.Kept(failure)
                    : askedOutcome(generation, failure);
        } catch (RuntimeException defect) {
            return generation == null ? new Outcome.Kept(defect) : askedOutcome(generation, defect);
        }
    }

    /// The outcome of a change whose answer was lost.
    private Outcome askedOutcome(StoredDocument generation, RuntimeException why) {
        for (int question = 0; question < QUESTIONS; question++) {
            try {
                var now = context.documents().livingPath(generation.id());
                return Objects.equals(now, generation.path())
                        ? new Outcome.Kept(why)
                        : new Outcome.Ended(generation);
            } catch (RuntimeException unanswered) {
                why.addSuppressed(unanswered);
            }
        }
        return new Outcome.Unknown(why);
    }
}

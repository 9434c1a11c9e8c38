package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.Stream;

/// Decides whether opening a missing document creates its file, from the clients that wait for it.
///
/// The server creates the file for an editor, but not for a tab that stayed open when its file was
/// deleted or moved. Such a tab's step 1 names the generation that it holds; the server waits up to
/// one tick for it, and as long as it is being read.
///
/// Owned by the document's thread.
final class PendingJoins {
    private static final int SUBSCRIPTIONS = 4_096;
    private static final int SUBSCRIPTIONS_PER_PRINCIPAL = 1_024;

    /// How long clients wait for a damaged document if a refusal would close their sockets.
    static final Duration DAMAGE_WAIT = Duration.ofMinutes(10);

    private final DocumentContext context;
    private final WorkspaceId workspace;
    private final Collection<Subscription> subscriptions;
    private boolean isStep1WaitOver;

    PendingJoins(
            DocumentContext context,
            WorkspaceId workspace,
            Collection<Subscription> subscriptions) {
        this.context = context;
        this.workspace = workspace;
        this.subscriptions = subscriptions;
    }

    /// Whether the document accepts one more subscription: each one makes every broadcast slower.
    boolean canAdd(Subscription subscription) {
        return subscriptions.size() < SUBSCRIPTIONS
                && subscriptions.stream()
                                .filter(other ->
                                        other.member.key().equals(subscription.member.key()))
                                .count()
                        < SUBSCRIPTIONS_PER_PRINCIPAL;
    }

    /// Sets whether joining clients have had time to send their step 1.
    void setStep1WaitOver(boolean isOver) {
        isStep1WaitOver = isOver;
    }

    /// The next attempt to load the document. It looks up the genesis authors that the sockets'
    /// readers could not look up.
    DocumentLoader attempt(String path) {
        var unknown = unknownGeneses().limit(GenesisRegistry.IDS_PER_MESSAGE).toList();
        return new DocumentLoader(context, workspace, path, mode(), unknown);
    }

    /// Decides whether to try again, at once or at the next tick, after an attempt of this mode
    /// found no file.
    boolean shouldRetry(DocumentLoader.OpenMode mode, LoadAttempts attempts) {
        if (mode().compareTo(mode) > 0 || unknownGeneses().findAny().isPresent()) {
            return true;
        }
        boolean isAwaited = mustAwaitVectors();
        if (isAwaited) {
            attempts.waitForTick();
        }
        return isAwaited;
    }

    /// Keeps those clients waiting for a damaged document whose sockets a refusal would close, with
    /// all their other documents and without a message to the user; refuses all others.
    ///
    /// @param since when the first client began to wait
    /// @return whether clients keep waiting: false if the document is not damaged or the wait is
    ///   over; nobody has been refused then
    boolean keepWaiting(
            DocumentLoader.Outcome.Failed failed, Instant since, LoadAttempts attempts) {
        boolean isOver = since.plus(DAMAGE_WAIT).isBefore(context.clock().instant());
        if (!failed.isDamaged() || isOver) {
            return false;
        }
        for (var subscription : subscriptions) {
            if (!subscription.isDenialForSocket(failed.why())) {
                subscription.deny(failed.why());
            }
        }
        attempts.pause();
        return true;
    }

    DocumentLoader.OpenMode mode() {
        if (subscriptions.isEmpty()) {
            return DocumentLoader.OpenMode.EXISTING_ONLY;
        }
        if (subscriptions.stream().anyMatch(this::mayCreate)) {
            return DocumentLoader.OpenMode.NEW_FILE;
        }
        return subscriptions.stream().anyMatch(PendingJoins::canEdit)
                ? DocumentLoader.OpenMode.FILE
                : DocumentLoader.OpenMode.SHARED_FILE;
    }

    /// Whether an editing client may still send the step 1 that decides whether the file is
    /// created.
    private boolean mustAwaitVectors() {
        return subscriptions.stream()
                .filter(subscription -> !isStep1WaitOver || subscription.isArriving())
                .anyMatch(subscription ->
                        subscription.early.vector() == null && canEdit(subscription));
    }

    /// Denies every waiting client after an attempt of this mode failed.
    void refuse(DocumentLoader.OpenMode mode, Failure why) {
        isStep1WaitOver = false;
        for (var subscription : subscriptions) {
            if (mode != DocumentLoader.OpenMode.NEW_FILE
                    && why == Failure.FILE_UNKNOWN
                    && canEdit(subscription)) {
                // No file is created for a client that holds another generation.
                subscription.close(Failure.DOCUMENT_REPLACED);
            } else {
                subscription.deny(why);
            }
        }
    }

    private boolean mayCreate(Subscription subscription) {
        if (!canEdit(subscription)) {
            return false;
        }
        var vector = subscription.early.vector();
        return vector == null
                ? isStep1WaitOver && !subscription.isArriving()
                : !isOfAnotherGeneration(vector);
    }

    private static boolean canEdit(Subscription subscription) {
        return subscription.access.canEdit(subscription.member);
    }

    /// A file is created only for a client that is known to hold no other generation.
    private boolean isOfAnotherGeneration(StateVector vector) {
        return possibleGeneses(vector)
                .anyMatch(client ->
                        !Boolean.FALSE.equals(context.registry().find(workspace, client)));
    }

    private Stream<Long> unknownGeneses() {
        return subscriptions.stream()
                .filter(PendingJoins::canEdit)
                .map(subscription -> subscription.early.vector())
                .filter(Objects::nonNull)
                .flatMap(PendingJoins::possibleGeneses)
                .filter(client -> context.registry().find(workspace, client) == null)
                .distinct();
    }

    private static Stream<Long> possibleGeneses(StateVector vector) {
        return vector.clients().stream()
                .filter(client -> client >= Genesis.FIRST_AUTHOR)
                .limit(GenesisGuard.UNKNOWN_IDS_PER_MESSAGE);
    }
}

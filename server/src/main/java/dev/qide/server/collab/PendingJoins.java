package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.util.Collection;

/// Decides whether opening a missing document creates its file, from the clients that wait for it.
///
/// The server creates the file for an editor, but not for a tab that stayed open when its file was
/// deleted or moved. Such a tab's step 1 names the generation that it holds; the server waits up to
/// one tick for it.
///
/// Owned by the document's thread.
final class PendingJoins {
    private static final int SUBSCRIPTIONS = 4_096;
    private static final int SUBSCRIPTIONS_PER_PRINCIPAL = 1_024;

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
                                .filter(other -> other.member.equals(subscription.member))
                                .count()
                        < SUBSCRIPTIONS_PER_PRINCIPAL;
    }

    /// Sets whether joining clients have had time to send their step 1.
    void setStep1WaitOver(boolean isOver) {
        isStep1WaitOver = isOver;
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
    boolean mustAwaitVectors() {
        return !isStep1WaitOver
                && subscriptions.stream()
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
                subscription.shut(Failure.DOCUMENT_REPLACED);
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
        return vector == null ? isStep1WaitOver : !isOfAnotherGeneration(vector);
    }

    private static boolean canEdit(Subscription subscription) {
        return subscription.access.canEdit(subscription.member);
    }

    /// The socket's reader has looked the ids up. If that failed, the query is repeated here, since
    /// a file is created only for a client that is known to hold no other generation.
    private boolean isOfAnotherGeneration(StateVector vector) {
        return vector.clients().stream()
                .filter(client -> client >= Genesis.FIRST_AUTHOR)
                .limit(GenesisGuard.UNKNOWN_IDS_PER_MESSAGE)
                .anyMatch(client -> context.registry().isGenesis(workspace, client));
    }
}

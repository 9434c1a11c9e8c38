package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.util.Collection;

/// How far the opening of a document goes for those who wait for it: whether a missing file is
/// made.
///
/// It is made for an editor, but not for a tab that was left open when its file was deleted or
/// moved: its step 1 names the generation that it holds, and is waited for, a tick at most.
///
/// Owned by the document's thread.
final class PendingJoins {
    private static final int SUBSCRIPTIONS = 4_096;
    private static final int SUBSCRIPTIONS_OF_A_PRINCIPAL = 1_024;

    private final DocumentContext around;
    private final WorkspaceId workspace;
    private final Collection<Subscription> subscriptions;
    private boolean isPatienceOver;

    PendingJoins(
            DocumentContext around, WorkspaceId workspace, Collection<Subscription> subscriptions) {
        this.around = around;
        this.workspace = workspace;
        this.subscriptions = subscriptions;
    }

    /// Whether one more can be served: everybody who is told costs everybody else.
    boolean haveRoomFor(Subscription subscription) {
        return subscriptions.size() < SUBSCRIPTIONS
                && subscriptions.stream()
                                .filter(other -> other.member.equals(subscription.member))
                                .count()
                        < SUBSCRIPTIONS_OF_A_PRINCIPAL;
    }

    /// Whether those who come have had the time to say what they hold.
    void patienceIsOver(boolean isOver) {
        isPatienceOver = isOver;
    }

    DocumentLoader.Reach reach() {
        if (subscriptions.isEmpty()) {
            return DocumentLoader.Reach.LIVING_ONLY;
        }
        if (subscriptions.stream().anyMatch(this::mayCreate)) {
            return DocumentLoader.Reach.NEW_FILE;
        }
        return subscriptions.stream().anyMatch(PendingJoins::canEdit)
                ? DocumentLoader.Reach.FILE
                : DocumentLoader.Reach.SHARED_FILE;
    }

    /// Whether somebody may yet say something for which a file is made.
    boolean isAnybodyAwaited() {
        return !isPatienceOver
                && subscriptions.stream()
                        .anyMatch(subscription ->
                                subscription.early.vector() == null && canEdit(subscription));
    }

    /// The opening of this reach failed for all of them.
    void refuse(DocumentLoader.Reach reach, Failure why) {
        isPatienceOver = false;
        for (var subscription : subscriptions) {
            if (reach != DocumentLoader.Reach.NEW_FILE
                    && why == Failure.FILE_UNKNOWN
                    && canEdit(subscription)) {
                // Only for one that holds another generation no file is made.
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
        return vector == null ? isPatienceOver : !isOfAnotherGeneration(vector);
    }

    private static boolean canEdit(Subscription subscription) {
        return subscription.access.canEdit(subscription.member);
    }

    private boolean isOfAnotherGeneration(StateVector vector) {
        return vector.clients().stream()
                .filter(client -> client >= Genesis.FIRST_AUTHOR)
                .limit(GenesisGuard.UNKNOWN_IDS_OF_A_MESSAGE)
                .anyMatch(client -> around.documents().isGenesis(workspace, client));
    }
}

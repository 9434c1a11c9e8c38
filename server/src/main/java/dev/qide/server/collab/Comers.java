package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.util.Collection;

/// How far the opening of a document goes for those who wait for it: whether a missing file is
/// made.
///
/// It is made for an editor, but not for a tab that was left open when its file was deleted or
/// moved: its step 1 names the incarnation that it holds, and is waited for, a tick at most.
///
/// Owned by the document's thread.
final class Comers {
    private static final int SEATS = 4_096;
    private static final int SEATS_OF_A_PERSON = 1_024;

    private final Surroundings around;
    private final WorkspaceId workspace;
    private final Collection<Seat> seats;
    private boolean isPatienceOver;

    Comers(Surroundings around, WorkspaceId workspace, Collection<Seat> seats) {
        this.around = around;
        this.workspace = workspace;
        this.seats = seats;
    }

    /// Whether one more can be served: everybody who is told costs everybody else.
    boolean haveRoomFor(Seat seat) {
        return seats.size() < SEATS
                && seats.stream().filter(other -> other.member.equals(seat.member)).count()
                        < SEATS_OF_A_PERSON;
    }

    /// Whether those who come have had the time to say what they hold.
    void patienceIsOver(boolean isOver) {
        isPatienceOver = isOver;
    }

    Opening.Reach reach() {
        if (seats.isEmpty()) {
            return Opening.Reach.LIVING_ONLY;
        }
        return seats.stream().anyMatch(this::mayCreate)
                ? Opening.Reach.NEW_FILE
                : Opening.Reach.FILE;
    }

    /// Whether somebody may yet say something for which a file is made.
    boolean isAnybodyAwaited() {
        return !isPatienceOver
                && seats.stream().anyMatch(seat -> seat.early.vector() == null && canEdit(seat));
    }

    /// The opening of this reach failed for all of them.
    void refuse(Opening.Reach reach, Failure why) {
        isPatienceOver = false;
        for (var seat : seats) {
            if (reach == Opening.Reach.FILE && why == Failure.FILE_UNKNOWN && canEdit(seat)) {
                // Only for one that holds another incarnation no file is made.
                seat.shut(Failure.DOCUMENT_REPLACED);
            } else {
                seat.deny(why);
            }
        }
    }

    private boolean mayCreate(Seat seat) {
        if (!canEdit(seat)) {
            return false;
        }
        var vector = seat.early.vector();
        return vector == null ? isPatienceOver : !isOfAnotherIncarnation(vector);
    }

    private static boolean canEdit(Seat seat) {
        return seat.access.canEdit(seat.member);
    }

    private boolean isOfAnotherIncarnation(StateVector vector) {
        return vector.clients().stream()
                .filter(client -> client >= Genesis.FIRST_AUTHOR)
                .limit(GenesisGuard.UNKNOWN_IDS_OF_A_MESSAGE)
                .anyMatch(client -> around.documents().isGenesis(workspace, client));
    }
}

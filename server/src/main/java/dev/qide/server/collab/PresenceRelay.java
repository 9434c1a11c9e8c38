package dev.qide.server.collab;

import dev.qide.server.collab.PresenceWatcher.Present;
import dev.qide.server.collab.Seat.HeldPresence;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Passes presence on between the seats of a document.
///
/// A presence message waits behind its author's updates, for at most a second: a cursor that others
/// see first would point behind their text. Owned by the document's thread.
final class PresenceRelay {
    private static final int HELD_MESSAGES = 64;

    private final PresenceBoard board = new PresenceBoard();
    private final Collection<Seat> seats;
    private final InstantSource clock;
    private final CollabLimits limits;
    private final Runnable membersChanged;
    private final Set<Long> news = new LinkedHashSet<>();
    private volatile List<Present> members = List.of();

    /// @param membersChanged run when others are present than before; must not block
    PresenceRelay(
            Collection<Seat> seats,
            InstantSource clock,
            CollabLimits limits,
            Runnable membersChanged) {
        this.seats = seats;
        this.clock = clock;
        this.limits = limits;
        this.membersChanged = membersChanged;
    }

    /// Who is present. Thread-safe.
    List<Present> members() {
        return members;
    }

    void receive(Seat seat, Inbound.Presence presence) {
        boolean mayTakeOver = seat.isFirstPresence;
        seat.isFirstPresence = false;
        var row = seat.newestRow;
        if (row == null) {
            show(seat, presence, mayTakeOver);
            return;
        }
        if (seat.heldPresence.size() == HELD_MESSAGES) {
            showFirstHeld(seat);
        }
        var until = clock.instant().plus(limits.presenceWait());
        seat.heldPresence.add(new HeldPresence(presence, mayTakeOver, row, until));
    }

    /// Sends everybody's state to one who has come.
    void tell(Seat seat) {
        if (!board.present().isEmpty()) {
            answer(seat);
        }
    }

    /// Answers one who asks for everybody's state.
    void answer(Seat seat) {
        send(seat, Frame.presence(board.message(board.present())));
    }

    /// There is room again on the seat's socket.
    void roomAgain(Seat seat) {
        if (seat.lacksPresence && seat.hasRoom() && !seat.isBehind()) {
            seat.lacksPresence = false;
            tell(seat);
        }
    }

    /// Takes in what waited for rows that everybody was shown, or has waited long enough.
    void release(Seat seat) {
        if (seat.newestRow != null && seat.newestRow.isShown()) {
            seat.newestRow = null;
        }
        while (!seat.heldPresence.isEmpty() && isRipe(seat.heldPresence.getFirst())) {
            showFirstHeld(seat);
        }
    }

    /// The socket, or the client on it, has left the document.
    void leave(Seat seat) {
        seat.heldPresence.clear();
        noteChanged(board.leave(seat, clock.instant()));
    }

    void move(Seat from, Seat to) {
        board.move(from, to);
    }

    void expire() {
        noteChanged(board.expire(clock.instant()));
        // A clock that jumped may have ended a tombstone that nobody was told of yet.
        news.removeIf(client -> !board.knows(client));
    }

    private boolean isRipe(HeldPresence held) {
        return held.row().isShown() || held.until().isBefore(clock.instant());
    }

    private void showFirstHeld(Seat seat) {
        var held = seat.heldPresence.removeFirst();
        show(seat, held.presence(), held.mayTakeOver());
    }

    private void show(Seat seat, Inbound.Presence presence, boolean mayTakeOver) {
        noteChanged(board.accept(seat, presence.entries(), mayTakeOver, clock.instant()));
    }

    private void noteChanged(List<Long> changed) {
        if (changed.isEmpty()) {
            return;
        }
        var now = board.members();
        boolean areOthers = !now.equals(members);
        members = now;
        news.addAll(changed);
        if (areOthers) {
            membersChanged.run();
        }
    }

    /// Whether there is something to tell.
    boolean hasNews() {
        return !news.isEmpty();
    }

    /// Sends everybody the states that have changed since the last time.
    void tellNews() {
        if (news.isEmpty()) {
            return;
        }
        var frame = Frame.presence(board.message(news));
        news.clear();
        seats.forEach(seat -> send(seat, frame));
    }

    private static void send(Seat seat, Frame frame) {
        // Room may have come since the text was told: presence stays behind it.
        if (!seat.hasRoom() || seat.isBehind()) {
            seat.lacksPresence = true;
        } else if (seat.isOpen()) {
            seat.send(frame);
        }
    }
}

package dev.qide.server.collab.awareness;

import dev.qide.server.collab.AwarenessListener.Present;
import dev.qide.server.collab.CollabLimits;
import dev.qide.server.collab.Subscription;
import dev.qide.server.collab.Subscription.HeldPresence;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.ServerMessage;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Passes presence on between the subscriptions of a document.
///
/// A presence message waits behind its author's updates, for at most a second: a cursor that others
/// see first would point behind their text. Owned by the document's thread.
public final class AwarenessRelay {
    private static final int HELD_MESSAGES = 64;

    private final AwarenessStates board = new AwarenessStates();
    private final Collection<Subscription> subscriptions;
    private final InstantSource clock;
    private final CollabLimits limits;
    private final Runnable membersChanged;
    private final Set<Long> news = new LinkedHashSet<>();
    private volatile List<Present> members = List.of();

    /// @param membersChanged run when others are present than before; must not block
    public AwarenessRelay(
            Collection<Subscription> subscriptions,
            InstantSource clock,
            CollabLimits limits,
            Runnable membersChanged) {
        this.subscriptions = subscriptions;
        this.clock = clock;
        this.limits = limits;
        this.membersChanged = membersChanged;
    }

    /// Who is present. Thread-safe.
    public List<Present> members() {
        return members;
    }

    public void receive(Subscription subscription, ClientMessage.Presence presence) {
        boolean mayTakeOver = subscription.isFirstPresence;
        subscription.isFirstPresence = false;
        var row = subscription.newestRow;
        if (row == null) {
            show(subscription, presence, mayTakeOver);
            return;
        }
        if (subscription.heldPresence.size() == HELD_MESSAGES) {
            showFirstHeld(subscription);
        }
        var until = clock.instant().plus(limits.presenceWait());
        subscription.heldPresence.add(new HeldPresence(presence, mayTakeOver, row, until));
    }

    /// Sends everybody's state to one who has come.
    public void tell(Subscription subscription) {
        if (!board.present().isEmpty()) {
            answer(subscription);
        }
    }

    /// Answers one who asks for everybody's state.
    public void answer(Subscription subscription) {
        send(subscription, ServerMessage.presence(board.message(board.present())));
    }

    /// There is room again on the subscription's socket.
    public void roomAgain(Subscription subscription) {
        if (subscription.lacksPresence && subscription.hasRoom() && !subscription.isBehind()) {
            subscription.lacksPresence = false;
            tell(subscription);
        }
    }

    /// Takes in what waited for rows that everybody was shown, or has waited long enough.
    public void release(Subscription subscription) {
        if (subscription.newestRow != null && subscription.newestRow.isShown()) {
            subscription.newestRow = null;
        }
        while (!subscription.heldPresence.isEmpty()
                && isRipe(subscription.heldPresence.getFirst())) {
            showFirstHeld(subscription);
        }
    }

    /// The socket, or the client on it, has left the document.
    public void leave(Subscription subscription) {
        subscription.heldPresence.clear();
        noteChanged(board.leave(subscription, clock.instant()));
    }

    public void move(Subscription from, Subscription to) {
        board.move(from, to);
    }

    public void expire() {
        noteChanged(board.expire(clock.instant()));
        // A clock that jumped may have ended a tombstone that nobody was told of yet.
        news.removeIf(client -> !board.knows(client));
    }

    private boolean isRipe(HeldPresence held) {
        return held.row().isShown() || held.until().isBefore(clock.instant());
    }

    private void showFirstHeld(Subscription subscription) {
        var held = subscription.heldPresence.removeFirst();
        show(subscription, held.presence(), held.mayTakeOver());
    }

    private void show(
            Subscription subscription, ClientMessage.Presence presence, boolean mayTakeOver) {
        noteChanged(board.accept(subscription, presence.entries(), mayTakeOver, clock.instant()));
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
    public boolean hasNews() {
        return !news.isEmpty();
    }

    /// Sends everybody the states that have changed since the last time.
    public void tellNews() {
        if (news.isEmpty()) {
            return;
        }
        var frame = ServerMessage.presence(board.message(news));
        news.clear();
        subscriptions.forEach(subscription -> send(subscription, frame));
    }

    private static void send(Subscription subscription, ServerMessage frame) {
        // Room may have come since the text was told: presence stays behind it.
        if (!subscription.hasRoom() || subscription.isBehind()) {
            subscription.lacksPresence = true;
        } else if (subscription.isOpen()) {
            subscription.send(frame);
        }
    }
}

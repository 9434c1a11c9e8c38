package dev.qide.server.collab.awareness;

import dev.qide.server.collab.AwarenessListener.PresentClient;
import dev.qide.server.collab.CollabLimits;
import dev.qide.server.collab.Subscription;
import dev.qide.server.collab.Subscription.HeldPresence;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.concurrent.Multicast;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Distributes awareness among the subscriptions of a document.
///
/// An awareness message waits behind its author's updates, for at most a second: a cursor that
/// arrives first would point past the text that others have. Owned by the document's thread.
public final class AwarenessRelay {
    private static final int LIGHT_ANSWER_BYTES = 64 << 10;
    private static final Duration LARGE_ANSWER_INTERVAL = Duration.ofSeconds(1);

    private static final int HELD_MESSAGES = 64;

    private final AwarenessStates states = new AwarenessStates();
    private final Collection<Subscription> subscriptions;
    private final InstantSource clock;
    private final CollabLimits limits;
    private final Runnable membersChanged;
    private final Set<Long> changedClients = new LinkedHashSet<>();
    private volatile List<PresentClient> members = List.of();

    /// @param membersChanged runs when the set of present clients changed; must not block
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

    /// The clients present. Thread-safe.
    public List<PresentClient> members() {
        return members;
    }

    /// Handles awareness states of a client: publishes them at once, or after the commit of the
    /// updates that the client sent before them.
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

    /// Sends all states to a client that joined.
    public void sendAllTo(Subscription subscription) {
        if (!states.present().isEmpty()) {
            answer(subscription);
        }
    }

    /// Answers an awareness query with all states; within a second of a large answer only after
    /// that second, once for all queries meanwhile. Otherwise a few bytes from one client would
    /// keep the document's thread busy.
    public void answer(Subscription subscription) {
        var now = clock.instant();
        if (now.isBefore(subscription.nextAwarenessAnswer)) {
            subscription.lacksAwareness = true;
            return;
        }
        var all = states.message(states.present());
        if (all.length > LIGHT_ANSWER_BYTES) {
            subscription.nextAwarenessAnswer = now.plus(LARGE_ANSWER_INTERVAL);
        }
        send(subscription, ServerMessage.presence(all));
    }

    /// Sends the states that were skipped, if the subscription's socket accepts frames again.
    public void resend(Subscription subscription) {
        if (subscription.lacksAwareness && subscription.isWritable() && !subscription.isBehind()) {
            subscription.lacksAwareness = false;
            sendAllTo(subscription);
        }
    }

    /// Applies messages whose rows were broadcast, or that have waited long enough.
    public void release(Subscription subscription) {
        if (subscription.newestRow != null && subscription.newestRow.isShown()) {
            subscription.newestRow = null;
        }
        while (!subscription.heldPresence.isEmpty()
                && isDue(subscription.heldPresence.getFirst())) {
            showFirstHeld(subscription);
        }
    }

    /// Removes the states of a subscription that ended.
    public void leave(Subscription subscription) {
        subscription.heldPresence.clear();
        recordChanges(states.leave(subscription, clock.instant()));
    }

    /// Passes the states of a subscription on to the one that succeeds it on the same socket.
    public void move(Subscription from, Subscription to) {
        states.move(from, to);
    }

    /// Removes states that their clients have not renewed in time.
    public void expire() {
        recordChanges(states.expire(clock.instant()));
        // After a clock jump a tombstone may expire before it was broadcast.
        changedClients.removeIf(client -> !states.knows(client));
    }

    private boolean isDue(HeldPresence held) {
        return held.row().isShown() || held.until().isBefore(clock.instant());
    }

    private void showFirstHeld(Subscription subscription) {
        var held = subscription.heldPresence.removeFirst();
        show(subscription, held.presence(), held.mayTakeOver());
    }

    private void show(
            Subscription subscription, ClientMessage.Presence presence, boolean mayTakeOver) {
        recordChanges(
                states.accept(subscription, presence.entries(), mayTakeOver, clock.instant()));
    }

    private void recordChanges(List<Long> changed) {
        if (changed.isEmpty()) {
            return;
        }
        var now = states.members();
        boolean hasChanged = !now.equals(members);
        members = now;
        changedClients.addAll(changed);
        if (hasChanged) {
            membersChanged.run();
        }
    }

    /// Whether there are changes to broadcast.
    public boolean hasChanges() {
        return !changedClients.isEmpty();
    }

    /// Broadcasts the states that changed since the last call.
    public void sendChanges() {
        if (changedClients.isEmpty()) {
            return;
        }
        var frame = ServerMessage.presence(states.message(changedClients));
        changedClients.clear();
        Multicast.run(() -> subscriptions.forEach(subscription -> send(subscription, frame)));
    }

    private static void send(Subscription subscription, ServerMessage frame) {
        // The socket may have drained since the text was sent: awareness stays behind the text.
        if (!subscription.isWritable() || subscription.isBehind()) {
            subscription.lacksAwareness = true;
        } else if (subscription.isOpen()) {
            subscription.send(frame);
        }
    }
}

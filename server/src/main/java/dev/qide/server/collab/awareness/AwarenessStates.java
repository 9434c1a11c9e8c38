package dev.qide.server.collab.awareness;

import dev.qide.server.collab.AwarenessListener.PresentClient;
import dev.qide.server.collab.Subscription;
import dev.qide.server.collab.protocol.ClientMessage.Entry;
import dev.qide.yjs.Lib0Encoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The awareness states of a document's clients.
///
/// A Yjs client id belongs to the connection that first used it. Entries about it from other
/// connections are ignored, because stock clients resend the states they know and set them to
/// `null` after 30 s. After a reconnect, the first awareness message moves the id to the new
/// connection if the message is about one client, which is present and of the same person; the end
/// of the old connection then removes nothing. A state that its client does not renew expires. When
/// the server sets a state to `null` it keeps the clock, since clients accept `null` with an equal
/// clock. The `null` stays as a tombstone, so that a late message does not restore the state.
///
/// Owned by the document's thread.
final class AwarenessStates {
    private static final Duration EXPIRY = Duration.ofSeconds(30);
    private static final Duration TOMBSTONE_EXPIRY = Duration.ofSeconds(60);
    private static final int CLIENTS = 4_096;
    private static final int CLIENTS_PER_SUBSCRIPTION = 32;

    /// The total length of the states of one subscription, in UTF-16 units: what it adds to each
    /// answer to a client that joins.
    private static final int CHARACTERS_PER_SUBSCRIPTION = 64 << 10;

    private final Map<Long, State> states = new LinkedHashMap<>();

    /// The state of one Yjs client.
    private static final class State {
        private long clock;
        private String json = AwarenessState.GONE;
        private @Nullable Subscription owner;
        private Instant since = Instant.EPOCH;

        private boolean isGone() {
            return json.equals(AwarenessState.GONE);
        }
    }

    /// Applies a client's message.
    ///
    /// @param mayTakeOver whether it is [Subscription#isFirstPresence]
    /// @return the clients whose state changed
    List<Long> accept(
            Subscription subscription, List<Entry> entries, boolean mayTakeOver, Instant now) {
        var changed = new ArrayList<Long>();
        for (var entry : entries) {
            if (accept(subscription, entry, mayTakeOver && entries.size() == 1, now)) {
                changed.add(entry.client());
            }
        }
        return changed;
    }

    /// Removes the clients of a connection that ended.
    ///
    /// @return the clients whose state changed
    List<Long> leave(Subscription subscription, Instant now) {
        var changed = new ArrayList<Long>();
        states.forEach((client, state) -> {
            if (state.owner == subscription && !state.isGone()) {
                remove(state, now);
                changed.add(client);
            }
        });
        return changed;
    }

    /// Transfers the clients of a connection to the one that replaces it.
    void move(Subscription from, Subscription to) {
        for (var state : states.values()) {
            if (state.owner == from) {
                state.owner = to;
            }
        }
    }

    /// Removes expired states and tombstones.
    ///
    /// @return the clients whose state changed
    List<Long> expire(Instant now) {
        var changed = new ArrayList<Long>();
        states.values().removeIf(state -> state.isGone() && isOlder(state, TOMBSTONE_EXPIRY, now));
        states.forEach((client, state) -> {
            if (!state.isGone() && isOlder(state, EXPIRY, now)) {
                remove(state, now);
                changed.add(client);
            }
        });
        return changed;
    }

    /// Whether there is a state or a tombstone of this client.
    boolean knows(long client) {
        return states.containsKey(client);
    }

    /// Encodes an awareness message about these clients.
    byte[] message(Collection<Long> clients) {
        var out = new Lib0Encoder().writeVarUint(clients.size());
        for (long client : clients) {
            var state = states.get(client);
            if (state == null) {
                throw new IllegalArgumentException("no awareness state for client " + client);
            }
            out.writeVarUint(client).writeVarUint(state.clock).writeVarString(state.json);
        }
        return out.toBytes();
    }

    /// The ids of all present clients.
    List<Long> present() {
        return states.entrySet().stream()
                .filter(state -> !state.getValue().isGone())
                .map(Map.Entry::getKey)
                .toList();
    }

    /// All present clients and the persons behind them.
    List<PresentClient> members() {
        var members = new ArrayList<PresentClient>();
        states.forEach((client, state) -> {
            if (!state.isGone() && state.owner != null) {
                members.add(new PresentClient(client, state.owner.member));
            }
        });
        return List.copyOf(members);
    }

    private boolean accept(
            Subscription subscription, Entry entry, boolean mayTakeOver, Instant now) {
        var state = states.get(entry.client());
        if (state == null) {
            return !entry.isGone() && !subscription.hasLeft() && begin(subscription, entry, now);
        }
        var owner = state.owner;
        if (!state.isGone() && owner != null && owner != subscription) {
            if (!mayTakeOver || entry.isGone() || !isOfOnePerson(owner, subscription)) {
                return false;
            }
            state.owner = subscription;
            state.since = now;
        }
        if ((subscription.hasLeft() && !entry.isGone())
                || !isNewer(entry, state, mayTakeOver)
                || !fits(subscription, entry)) {
            return false;
        }
        set(state, subscription, entry, now);
        return true;
    }

    private static boolean isOfOnePerson(Subscription one, Subscription other) {
        return one.member.key().equals(other.member.key());
    }

    private boolean fits(Subscription subscription, Entry entry) {
        if (entry.isGone()) {
            return true;
        }
        long others = 0;
        for (var known : states.entrySet()) {
            var state = known.getValue();
            if (state.owner == subscription && known.getKey() != entry.client()) {
                others += state.json.length();
            }
        }
        return others + entry.state().length() <= CHARACTERS_PER_SUBSCRIPTION;
    }

    private boolean begin(Subscription subscription, Entry entry, Instant now) {
        long own = states.values().stream().filter(state -> state.owner == subscription).count();
        if (states.size() >= CLIENTS
                || own >= CLIENTS_PER_SUBSCRIPTION
                || !fits(subscription, entry)) {
            return false;
        }
        var state = new State();
        set(state, subscription, entry, now);
        states.put(entry.client(), state);
        return true;
    }

    private static boolean isNewer(Entry entry, State state, boolean mayTakeOver) {
        if (entry.clock() != state.clock) {
            return entry.clock() > state.clock;
        }
        return state.isGone() ? mayTakeOver : entry.isGone();
    }

    private static void set(State state, Subscription subscription, Entry entry, Instant now) {
        state.clock = entry.clock();
        state.json = AwarenessState.withIdentity(entry.state(), subscription.currentMember());
        state.owner = subscription;
        state.since = now;
    }

    private static void remove(State state, Instant now) {
        state.json = AwarenessState.GONE;
        state.owner = null;
        state.since = now;
    }

    private static boolean isOlder(State state, Duration age, Instant now) {
        return state.since.plus(age).isBefore(now);
    }
}

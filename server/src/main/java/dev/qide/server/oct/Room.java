package dev.qide.server.oct;

import dev.qide.server.oct.JoinRequest.Outcome;
import dev.qide.server.oct.OctMetrics.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The peers of one room, and the messages between them.
///
/// The server sets the origin of every message, passes a request on under an id of its own, and
/// gives each peer of a broadcast its own key only. It passes on what is encrypted, and nothing
/// else. Thread-safe; no call waits. [Rooms] alone changes the list of peers.
final class Room {
    private static final Duration RESPONSE_WAIT = Duration.ofSeconds(30);
    private static final int REQUESTS_OF_PEER = 256;
    private static final String LEAVE = "room/leave";

    private final String id;
    private final Rooms rooms;
    private final OctMetrics metrics;
    private final Map<String, PendingRequest> requests = new ConcurrentHashMap<>();
    private final AtomicLong requestNumbers = new AtomicLong();
    private volatile Map<String, Peer> peers = Map.of();

    /// A request that a peer has to answer.
    private sealed interface PendingRequest {
        Peer target();

        long begunAt();

        /// @param id under which the sender waits, encoded
        record Relayed(Peer origin, byte[] id, Peer target, long begunAt)
                implements PendingRequest {}

        record Join(JoinRequest join, Peer target, long begunAt) implements PendingRequest {}
    }

    Room(String id, Rooms rooms, OctMetrics metrics) {
        this.id = id;
        this.rooms = rooms;
        this.metrics = metrics;
    }

    String id() {
        return id;
    }

    List<Peer> peers() {
        return List.copyOf(peers.values());
    }

    /// The host; null before it has connected and after it has left.
    @Nullable Peer host() {
        return peers.values().stream().filter(Peer::isHost).findFirst().orElse(null);
    }

    void add(Peer peer) {
        var more = new LinkedHashMap<>(peers);
        more.put(peer.id(), peer);
        peers = more;
    }

    void remove(Peer peer) {
        var fewer = new LinkedHashMap<>(peers);
        fewer.remove(peer.id());
        peers = fewer;
    }

    /// Sends a message of the server to everybody but one peer.
    void notifyOthers(Peer except, byte[] message) {
        for (var peer : peers.values()) {
            if (peer != except) {
                peer.send(message);
            }
        }
    }

    /// Asks the host to let somebody in.
    void ask(Peer host, JoinRequest join, long now) {
        var key = nextKey();
        requests.put(key, new PendingRequest.Join(join, host, now));
        host.send(ServerMessages.joinRequest(key, host, join.principal().name()));
    }

    /// Handles a message of a peer; one that breaks the protocol is answered with an error.
    void received(Peer from, byte[] bytes, long now) {
        try {
            var message = OctMessage.read(bytes);
            metrics.received(message.kind(), bytes.length);
            if (!message.isCompatible()) {
                throw new MalformedMessageException("another version than 0.3");
            }
            forward(from, message, now);
        } catch (MalformedMessageException malformed) {
            metrics.refused(Refusal.MALFORMED);
            from.send(
                    ServerMessages.error(
                            "Q-IDE cannot read this message (%s). Update the editor."
                                    .formatted(malformed.getMessage())));
        }
    }

    /// Ends requests that nobody has answered.
    void expire(long now) {
        for (var entry : List.copyOf(requests.entrySet())) {
            var pending = entry.getValue();
            var wait =
                    pending instanceof PendingRequest.Join ? JoinRequest.LIFETIME : RESPONSE_WAIT;
            if (now - pending.begunAt() > wait.toNanos()) {
                fail(entry.getKey());
            }
        }
    }

    /// Ends the requests that a peer that has left cannot answer or receive.
    void forget(Peer gone) {
        for (var entry : List.copyOf(requests.entrySet())) {
            boolean isOfGone =
                    entry.getValue() instanceof PendingRequest.Relayed relayed
                            && relayed.origin() == gone;
            if (entry.getValue().target() == gone || isOfGone) {
                fail(entry.getKey());
            }
        }
    }

    private void forward(Peer from, OctMessage message, long now) {
        switch (message.kind()) {
            case RESPONSE, RESPONSE_ERROR -> answered(from, message);
            case REQUEST -> {
                if (isEncrypted(from, message)) {
                    request(from, message, now);
                }
            }
            case NOTIFICATION -> notification(from, message);
            case BROADCAST -> {
                if (isEncrypted(from, message)) {
                    broadcast(from, message);
                }
            }
            case ERROR -> {
                // Peers report errors to nobody.
            }
        }
    }

    private void request(Peer from, OctMessage message, long now) {
        var target = target(message);
        if (target == null || from.requests().get() >= REQUESTS_OF_PEER) {
            metrics.refused(target == null ? Refusal.UNANSWERED : Refusal.TOO_MANY);
            from.send(ServerMessages.requestFailed(message.id()));
            return;
        }
        var key = nextKey();
        var _ = from.requests().incrementAndGet();
        requests.put(key, new PendingRequest.Relayed(from, message.id(), target, now));
        target.send(message.from(from.id(), key));
    }

    private void answered(Peer from, OctMessage message) {
        var key = message.idText();
        var pending = key == null ? null : requests.get(key);
        if (key == null || pending == null || pending.target() != from || !take(key)) {
            // The answer comes too late.
            return;
        }
        switch (pending) {
            case PendingRequest.Relayed relayed ->
                    relayed.origin().send(message.withId(relayed.id()));
            case PendingRequest.Join join -> {
                var workspace =
                        message.kind() == OctMessage.Kind.RESPONSE
                                ? message.joinedWorkspace()
                                : null;
                if (workspace == null) {
                    join.join().end(new Outcome.Rejected());
                } else {
                    rooms.accept(join.join(), workspace, from);
                }
            }
        }
    }

    private void notification(Peer from, OctMessage message) {
        var name = message.target();
        if (name == null || name.isEmpty()) {
            if (LEAVE.equals(message.method())) {
                rooms.leave(from);
            }
            return;
        }
        var target = target(message);
        if (target != null && isEncrypted(from, message)) {
            target.send(message.from(from.id()));
        }
    }

    private void broadcast(Peer from, OctMessage message) {
        var all = new LinkedHashMap<>(peers);
        all.remove(from.id());
        message.copies(
                from.id(),
                all.keySet(),
                (target, copy) -> {
                    var peer = all.get(target);
                    if (peer != null) {
                        peer.send(copy);
                    }
                });
    }

    private boolean isEncrypted(Peer from, OctMessage message) {
        if (!message.isEncrypted()) {
            metrics.refused(Refusal.UNENCRYPTED);
            from.send(
                    ServerMessages.error(
                            "Q-IDE passes on encrypted messages only. Update the editor."));
            return false;
        }
        return true;
    }

    private @Nullable Peer target(OctMessage message) {
        var name = message.target();
        return name == null ? null : peers.get(name);
    }

    private void fail(String key) {
        var pending = requests.get(key);
        if (pending == null || !take(key)) {
            return;
        }
        metrics.refused(Refusal.UNANSWERED);
        switch (pending) {
            case PendingRequest.Relayed relayed ->
                    relayed.origin().send(ServerMessages.requestFailed(relayed.id()));
            case PendingRequest.Join join -> join.join().end(new Outcome.TimedOut());
        }
    }

    /// Removes a pending request; false if another thread did.
    private boolean take(String key) {
        var removed = requests.remove(key);
        if (removed instanceof PendingRequest.Relayed relayed) {
            var _ = relayed.origin().requests().decrementAndGet();
        }
        return removed != null;
    }

    private String nextKey() {
        return "q" + requestNumbers.incrementAndGet();
    }

    /// The peers that have been away too long.
    List<Peer> gone(long now) {
        var gone = new ArrayList<Peer>();
        for (var peer : peers.values()) {
            if (peer.isGone(now)) {
                gone.add(peer);
            }
        }
        return gone;
    }
}

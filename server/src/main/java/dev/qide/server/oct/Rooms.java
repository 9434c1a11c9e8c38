package dev.qide.server.oct;

import dev.qide.server.identity.AccessListener;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.oct.JoinRequest.Outcome;
import dev.qide.server.oct.OctMessage.Workspace;
import dev.qide.server.telemetry.Metrics;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rooms of this server: opens and closes them, and decides who may join.
///
/// A room token stands for one peer of one room. It ends five minutes after it was issued if nobody
/// has connected with it, else with the peer; a peer leaves at once when its person's credential
/// ends. Thread-safe.
public final class Rooms implements AccessListener {
    /// The most rooms of the server.
    static final int ROOMS = 200;

    /// The most rooms of one person.
    static final int ROOMS_OF_PERSON = 4;

    /// The most peers of one room, the host included.
    static final int PEERS = 32;

    private static final int JOINS = 1_000;
    private static final int JOINS_OF_PERSON = 16;
    private static final Duration CLAIM_LIFETIME = Duration.ofMinutes(5);

    /// An ended request to join is kept a little longer, so that its last poll finds the outcome.
    private static final Duration JOIN_KEPT = JoinRequest.LIFETIME.plusSeconds(30);

    private static final int ID_BYTES = 24;
    private static final Logger LOG = LoggerFactory.getLogger(Rooms.class);

    private final Identity identity;
    private final SecureRandom random;
    private final OctMetrics metrics;
    private final PollingMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Room> rooms = new HashMap<>();

    /// By token.
    private final Map<String, RoomClaim> claims = new HashMap<>();

    /// Those that have connected, by token.
    private final Map<String, Peer> peers = new HashMap<>();

    private final Map<String, JoinRequest> joins = new HashMap<>();

    Rooms(
            Identity identity,
            SecureRandom random,
            OctMetrics metrics,
            Metrics registry,
            PollingMemory memory) {
        this.identity = identity;
        this.random = random;
        this.metrics = metrics;
        this.memory = memory;
        registry.gauge(
                "qide_oct_rooms", "Open rooms of Open Collaboration Tools.", () -> count(rooms));
        registry.gauge(
                "qide_oct_peers",
                "Editors in rooms of Open Collaboration Tools.",
                () -> count(peers));
    }

    /// A room that its host may open.
    public record Created(String roomId, String roomToken) {}

    /// The state of a request to join.
    public sealed interface Joined {
        /// The host has not answered yet.
        record Waiting() implements Joined {}

        /// The host has let the person in, with a token of the room.
        record Accepted(
                String roomId, String roomToken, String workspace, List<String> folders, Host host)
                implements Joined {
            public Accepted {
                folders = List.copyOf(folders);
            }
        }

        /// The host has said no.
        record Rejected() implements Joined {}

        /// The host has not answered within five minutes, or has gone.
        record TimedOut() implements Joined {}
    }

    /// The host of a room, as a guest has to know it.
    public record Host(String id, String name, ClientDetails client) {}

    /// Lets a person open a room.
    ///
    /// @throws OctException `TOO_MANY_ROOMS`, `SERVER_FULL`
    public Created create(Principal host) {
        lock.lock();
        try {
            var open = claims.values().stream().filter(RoomClaim::isHost).toList();
            if (open.size() >= ROOMS) {
                throw metrics.refused(OctFailure.SERVER_FULL);
            }
            if (countOf(host, open) >= ROOMS_OF_PERSON) {
                throw metrics.refused(OctFailure.TOO_MANY_ROOMS);
            }
            var claim = new RoomClaim(secret(), secret(), host, true, System.nanoTime());
            claims.put(claim.token(), claim);
            return new Created(claim.room(), claim.token());
        } finally {
            lock.unlock();
        }
    }

    /// Asks the host of a room to let a person in.
    ///
    /// @return the secret under which the person waits
    /// @throws OctException `ROOM_NOT_FOUND`, `ROOM_FULL`, `SERVER_FULL`
    public String join(Principal guest, String roomId) {
        lock.lock();
        try {
            var room = rooms.get(roomId);
            var host = room == null ? null : room.host();
            if (room == null || host == null) {
                throw metrics.refused(OctFailure.ROOM_NOT_FOUND);
            }
            if (sizeOf(room) >= PEERS) {
                throw metrics.refused(OctFailure.ROOM_FULL);
            }
            if (joins.size() >= JOINS) {
                throw metrics.refused(OctFailure.SERVER_FULL);
            }
            if (joins.values().stream().filter(it -> it.isOf(guest)).count() >= JOINS_OF_PERSON) {
                throw metrics.refused(OctFailure.TOO_MANY_JOINS);
            }
            var id = secret();
            var join = new JoinRequest(guest, room, System.nanoTime());
            joins.put(id, join);
            room.ask(host, join, System.nanoTime());
            return id;
        } finally {
            lock.unlock();
        }
    }

    /// The state of a request to join; still waiting if nothing has changed after the wait.
    ///
    /// @throws OctException `JOIN_NOT_FOUND`
    public Joined poll(Principal guest, String joinId, Duration wait) throws InterruptedException {
        JoinRequest join;
        lock.lock();
        try {
            join = joins.get(joinId);
        } finally {
            lock.unlock();
        }
        if (join == null || !join.isOf(guest)) {
            throw metrics.refused(OctFailure.JOIN_NOT_FOUND);
        }
        return switch (join.await(wait)) {
            case Outcome.Waiting _ -> new Joined.Waiting();
            case Outcome.Rejected _ -> new Joined.Rejected();
            case Outcome.TimedOut _ -> new Joined.TimedOut();
            case Outcome.Accepted(var token, var workspace, var host) ->
                    new Joined.Accepted(
                            join.room().id(),
                            token,
                            workspace.name(),
                            workspace.folders(),
                            new Host(host.id(), host.name(), host.client()));
        };
    }

    /// The host has let somebody in.
    void accept(JoinRequest join, Workspace workspace, Peer host) {
        lock.lock();
        try {
            var room = join.room();
            if (sizeOf(room) >= PEERS || rooms.get(room.id()) != room) {
                join.end(new Outcome.Rejected());
                return;
            }
            var claim =
                    new RoomClaim(secret(), room.id(), join.principal(), false, System.nanoTime());
            claims.put(claim.token(), claim);
            join.end(new Outcome.Accepted(claim.token(), workspace, host));
        } finally {
            lock.unlock();
        }
    }

    /// The claim of a room token.
    ///
    /// @throws OctException `ROOM_TOKEN_WRONG` for an unknown one, or when the person's credential
    ///   has ended
    RoomClaim claim(@Nullable String token) {
        RoomClaim claim;
        lock.lock();
        try {
            claim = token == null ? null : claims.get(token);
        } finally {
            lock.unlock();
        }
        if (claim == null || hasEnded(claim)) {
            throw metrics.refused(OctFailure.ROOM_TOKEN_WRONG);
        }
        return claim;
    }

    /// An editor has connected: it opens its room, enters it, or is back.
    ///
    /// @return its peer; null when the room has ended
    @Nullable Peer connected(EngineIoSession session, RoomClaim claim, ClientDetails client) {
        lock.lock();
        try {
            if (!claims.containsKey(claim.token())) {
                return null;
            }
            var known = peers.get(claim.token());
            if (known != null) {
                known.attach(session);
                return known;
            }
            var room = claim.isHost() ? opened(claim) : rooms.get(claim.room());
            if (room == null) {
                return null;
            }
            var peer = new Peer(secret(), claim, room, client, memory);
            peers.put(claim.token(), peer);
            room.notifyOthers(peer, ServerMessages.joined(peer));
            room.add(peer);
            peer.attach(session);
            peer.send(ServerMessages.info(peer));
            log("oct.peer_joined", peer, "an editor entered a room");
            return peer;
        } finally {
            lock.unlock();
        }
    }

    /// A peer leaves for good; with the host the room ends.
    void leave(Peer peer) {
        lock.lock();
        try {
            if (peers.remove(peer.claim().token()) == null) {
                return;
            }
            var _ = claims.remove(peer.claim().token());
            var room = peer.room();
            room.remove(peer);
            room.forget(peer);
            peer.close();
            if (peer.isHost()) {
                close(room, peer);
            } else {
                room.notifyOthers(peer, ServerMessages.left(peer));
            }
            log("oct.peer_left", peer, "an editor left a room");
        } finally {
            lock.unlock();
        }
    }

    /// Ends rooms, tokens and requests whose time is over.
    void expire(long now) {
        lock.lock();
        try {
            for (var room : List.copyOf(rooms.values())) {
                room.expire(now);
                for (var gone : room.gone(now)) {
                    if (gone.isLost()) {
                        metrics.refused(OctMetrics.Refusal.TOO_SLOW);
                    }
                    leave(gone);
                }
            }
            joins.values().removeIf(join -> join.isOverdue(now, JOIN_KEPT));
            claims.values()
                    .removeIf(claim ->
                            !peers.containsKey(claim.token())
                                    && now - claim.issuedAt() > CLAIM_LIFETIME.toNanos());
        } finally {
            lock.unlock();
        }
        accessChanged();
    }

    /// Peers whose credential has ended leave.
    @Override
    public void accessChanged() {
        List<Peer> all;
        lock.lock();
        try {
            all = List.copyOf(peers.values());
        } finally {
            lock.unlock();
        }
        for (var peer : all) {
            if (hasEnded(peer.claim())) {
                leave(peer);
            }
        }
    }

    /// Ends all rooms and all waits.
    void close() {
        lock.lock();
        try {
            List.copyOf(peers.values()).forEach(this::leave);
            joins.values().forEach(join -> join.end(new Outcome.TimedOut()));
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded(RoomClaim claim) {
        return !Authorizer.can(
                identity.byId(claim.principal().credential()), Action.USE_ROOMS, Resource.SERVER);
    }

    private Room opened(RoomClaim claim) {
        var room = new Room(claim.room(), this, metrics);
        rooms.put(room.id(), room);
        return room;
    }

    private void close(Room room, Peer host) {
        var _ = rooms.remove(room.id());
        room.notifyOthers(host, ServerMessages.closed(host));
        for (var guest : room.peers()) {
            var _ = peers.remove(guest.claim().token());
            room.remove(guest);
            guest.close();
        }
        claims.values().removeIf(claim -> claim.room().equals(room.id()));
    }

    /// The peers of a room and those that it has been opened to.
    private long sizeOf(Room room) {
        return claims.values().stream().filter(claim -> claim.room().equals(room.id())).count();
    }

    private static long countOf(Principal person, List<RoomClaim> all) {
        return all.stream().filter(it -> it.principal().id().equals(person.id())).count();
    }

    private double count(Map<?, ?> map) {
        lock.lock();
        try {
            return map.size();
        } finally {
            lock.unlock();
        }
    }

    private String secret() {
        var bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static void log(String event, Peer peer, String message) {
        LOG.atInfo()
                .addKeyValue("event.action", event)
                .addKeyValue("principal", peer.claim().principal().id().toString())
                .addKeyValue("reason", peer.isHost() ? "host" : "guest")
                .log(message);
    }
}

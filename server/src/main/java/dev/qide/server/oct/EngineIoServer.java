package dev.qide.server.oct;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.oct.OctMetrics.Refusal;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The connections of editors to rooms, by Engine.IO 4: opened with a room token, then known by a
/// secret id. Thread-safe; only [#poll] waits.
public final class EngineIoServer {
    /// The largest message of an editor, in bytes.
    public static final int MESSAGE_BYTES = 4 << 20;

    /// The largest body of a POST: one message of that size in Base64, with its packets.
    public static final int POST_BYTES = 6 << 20;

    /// The most connections of one person.
    static final int SESSIONS_OF_PERSON = 64;

    private static final int SESSIONS = 4_000;
    private static final int MAX_PAYLOAD = 1_000_000;
    private static final Duration POLL_WAIT = Duration.ofSeconds(20);
    private static final Duration KEPT = Duration.ofSeconds(30);
    private static final int PROTOCOL_ERROR = 1002;
    private static final int ID_BYTES = 24;

    private final Rooms rooms;
    private final RateLimits rates;
    private final SecureRandom random;
    private final OctMetrics metrics;
    private final PollingMemory memory;
    private final PerPrincipalLimit atOnce = new PerPrincipalLimit(SESSIONS_OF_PERSON);
    private final Map<String, Connection> connections = new ConcurrentHashMap<>();

    EngineIoServer(
            Rooms rooms,
            RateLimits rates,
            SecureRandom random,
            OctMetrics metrics,
            PollingMemory memory) {
        this.rooms = rooms;
        this.rates = rates;
        this.random = random;
        this.metrics = metrics;
        this.memory = memory;
    }

    /// A WebSocket that an open connection is to continue on.
    public record Upgrade(Principal principal, WebSocketHandler.Opener opener) {}

    /// Opens a connection.
    ///
    /// @return the answer to the first poll
    /// @throws OctException `ROOM_TOKEN_WRONG`, `TOO_MANY_SESSIONS`, `REQUEST_MALFORMED`
    public String open(@Nullable String roomToken, ClientDetails client) {
        var claim = rooms.claim(roomToken);
        var permit = atOnce.tryAcquire(claim.principal().key());
        if (permit == null || connections.size() >= SESSIONS) {
            if (permit != null) {
                permit.close();
            }
            throw metrics.refused(OctFailure.TOO_MANY_SESSIONS);
        }
        var id = secret();
        connections.put(id, new Connection(id, claim, client, permit));
        return "0" + handshake(id);
    }

    /// The packets for a poll; waits up to 20 seconds for the first one.
    ///
    /// @throws OctException `SESSION_UNKNOWN`, `REQUEST_MALFORMED`
    public String poll(String id) throws InterruptedException {
        return connection(id).session.poll(POLL_WAIT);
    }

    /// Whether there is such a connection.
    public boolean isOpen(String id) {
        return connections.containsKey(id);
    }

    /// The person behind the connection.
    ///
    /// @throws OctException `SESSION_UNKNOWN`
    public Principal principal(String id) {
        return connection(id).claim.principal();
    }

    /// Handles the packets of a POST.
    ///
    /// @throws OctException `SESSION_UNKNOWN`, `REQUEST_MALFORMED`
    public void post(String id, String payload) {
        var connection = connection(id);
        try {
            connection.session.post(payload);
        } catch (MalformedMessageException _) {
            connection.refuse();
            throw new OctException(OctFailure.REQUEST_MALFORMED);
        }
    }

    /// The WebSocket on which a connection is to continue.
    ///
    /// @throws OctException `SESSION_UNKNOWN`
    public Upgrade upgrade(@Nullable String id) {
        var connection = connection(id == null ? "" : id);
        return new Upgrade(connection.claim.principal(), connection::continued);
    }

    /// Pings the connections, and ends those that are silent or too slow.
    void inspect(long now) {
        for (var connection : List.copyOf(connections.values())) {
            connection.inspect(now);
        }
    }

    /// Ends all connections.
    void close() {
        List.copyOf(connections.values()).forEach(connection -> connection.session.end());
    }

    private Connection connection(String id) {
        var connection = connections.get(id);
        if (connection == null) {
            throw new OctException(OctFailure.SESSION_UNKNOWN);
        }
        return connection;
    }

    private static String handshake(String id) {
        var upgrades = new JsonArray();
        upgrades.add("websocket");
        var json = new JsonObject();
        json.addProperty("sid", id);
        json.add("upgrades", upgrades);
        json.addProperty("pingInterval", EngineIoSession.PING_INTERVAL.toMillis());
        json.addProperty("pingTimeout", EngineIoSession.PING_TIMEOUT.toMillis());
        json.addProperty("maxPayload", MAX_PAYLOAD);
        return json.toString();
    }

    private String secret() {
        var bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// One connection and its peer.
    private final class Connection implements SocketIoDecoder.Receiver {
        private final RoomClaim claim;
        private final ClientDetails client;
        private final PerPrincipalLimit.Permit permit;
        private final SocketIoDecoder decoder = new SocketIoDecoder(this);
        private final EngineIoSession session;
        private volatile @Nullable Peer peer;

        /// Since when it is closed, in nanoseconds; null while it is open.
        private volatile @Nullable Long closedAt;

        Connection(
                String id, RoomClaim claim, ClientDetails client, PerPrincipalLimit.Permit permit) {
            this.claim = claim;
            this.client = client;
            this.permit = permit;
            session = new EngineIoSession(id, decoder, memory, this::ended);
        }

        @Override
        public void connected() {
            var _ = session.send(decoder.connect(session.id()));
            var entered = rooms.connected(session, claim, client);
            peer = entered;
            if (entered == null) {
                var _ = session.send(decoder.connectError(OctFailure.ROOM_NOT_FOUND.sentence()));
                session.disconnect();
            } else if (session.isClosed()) {
                // It ended before the peer was known.
                entered.detach(session, System.nanoTime());
            }
        }

        @Override
        public void disconnected() {
            session.end();
        }

        /// A message that is too large is refused with a sentence; with too many of them, the
        /// connection ends, and the editor synchronizes again after it has connected again.
        @Override
        public void message(byte[] message) {
            var sender = peer;
            if (sender == null) {
                return;
            }
            if (message.length > MESSAGE_BYTES) {
                metrics.refused(Refusal.TOO_LARGE);
                sender.send(
                        ServerMessages.error(
                                "The message has %d bytes; at most %d are allowed. Share smaller files."
                                        .formatted(message.length, MESSAGE_BYTES)));
            } else if (!rates.admitsMessage(claim.principal().key(), message.length)) {
                metrics.refused(Refusal.TOO_MANY);
                sender.send(ServerMessages.error("Too many messages. Slow down."));
                session.end();
            } else {
                sender.room().received(sender, message, System.nanoTime());
            }
        }

        private WebSocketHandler.Receiver continued(WebSocketSender outgoing) {
            return new WebSocketHandler.Receiver() {
                @Override
                public void text(String message) {
                    handle(() -> session.text(outgoing, message));
                }

                @Override
                public void binary(byte[] message) {
                    handle(() -> session.binary(outgoing, message));
                }

                @Override
                public void closed(int code) {
                    session.closed(outgoing);
                }

                private void handle(Supplier<EngineIoSession.Upgrade> message) {
                    try {
                        if (message.get() == EngineIoSession.Upgrade.REFUSED) {
                            outgoing.close(PROTOCOL_ERROR, "not the connection's WebSocket");
                        }
                    } catch (MalformedMessageException _) {
                        refuse();
                    }
                }
            };
        }

        private void refuse() {
            metrics.refused(Refusal.MALFORMED);
            session.end();
        }

        private void ended() {
            permit.close();
            long now = System.nanoTime();
            closedAt = now;
            var gone = peer;
            if (gone != null) {
                gone.detach(session, now);
            }
        }

        /// Removes a connection some time after it was closed; until then its last packets can be
        /// fetched.
        private void inspect(long now) {
            session.inspect(now);
            var closed = closedAt;
            if (closed != null && now - closed > KEPT.toNanos()) {
                connections.remove(session.id(), this);
                session.drop();
            }
        }
    }
}

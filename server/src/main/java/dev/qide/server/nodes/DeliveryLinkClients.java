package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable.Peer;
import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.RequestHead;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The delivery links to other nodes: one each, opened before the first handshake is forwarded to
/// the node. A node of an earlier version refuses the link; sockets are then forwarded to it
/// without one. Thread-safe.
final class DeliveryLinkClients {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryLinkClients.class);
    private static final int ID_BYTES = 18;
    private static final int KEY_BYTES = 16;

    /// How long a node may take to answer the handshake of a link.
    private static final Duration HANDSHAKE_WAIT = Duration.ofSeconds(5);

    /// How long no link to a node is attempted after one has failed.
    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

    /// The nodes that are remembered; ended ones are forgotten then.
    private static final int NODES = 1_000;

    private final Function<Peer, @Nullable NodeConnection> connect;
    private final Consumer<NodeConnection> closed;
    private final InstantSource clock;
    private final ForwardingMetrics metrics;
    private final SecureRandom random;
    private final Map<UUID, NodeLink> links = new ConcurrentHashMap<>();

    /// @param connect connects to a node; null when it is not reached
    /// @param closed closes such a connection
    DeliveryLinkClients(
            Function<Peer, @Nullable NodeConnection> connect,
            Consumer<NodeConnection> closed,
            SecureRandom random,
            InstantSource clock,
            ForwardingMetrics metrics) {
        this.connect = connect;
        this.closed = closed;
        this.random = random;
        this.clock = clock;
        this.metrics = metrics;
    }

    /// A channel for a socket that is to be forwarded to a node. Blocks while the link is opened.
    DeliveryChannel channel(Peer peer) {
        if (links.size() >= NODES) {
            links.values().removeIf(NodeLink::isUnused);
        }
        return links.computeIfAbsent(peer.id(), _ -> new NodeLink()).channel(peer);
    }

    /// The link to one node, as far as it has one.
    private final class NodeLink {
        private final ReentrantLock opening = new ReentrantLock();
        private volatile @Nullable DeliveryLinkClient current;
        private volatile boolean isRefused;
        private volatile long retryAt = System.nanoTime();

        DeliveryChannel channel(Peer peer) {
            var open = open();
            if (open == null && isDue()) {
                opening.lock();
                try {
                    open = open();
                    if (open == null && isDue()) {
                        open = opened(peer);
                        current = open;
                    }
                } finally {
                    opening.unlock();
                }
            }
            return open == null ? DeliveryChannel.none() : open.channel();
        }

        boolean isUnused() {
            return open() == null;
        }

        private @Nullable DeliveryLinkClient open() {
            var link = current;
            return link == null || link.isEnded() ? null : link;
        }

        private boolean isDue() {
            return !isRefused && System.nanoTime() - retryAt >= 0;
        }

        private @Nullable DeliveryLinkClient opened(Peer peer) {
            retryAt = System.nanoTime() + RETRY_AFTER.toNanos();
            var connection = connect.apply(peer);
            if (connection == null) {
                return null;
            }
            boolean isOpen = false;
            try {
                var id =
                        Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(randomBytes(ID_BYTES));
                connection
                        .output()
                        .write(ForwardedRequestHead.ofHandshake(head(), peer, id, clock.instant()));
                if (!isAccepted(peer, connection)) {
                    return null;
                }
                var link =
                        new DeliveryLinkClient(
                                id, connection, random, metrics, _ -> closed.accept(connection));
                link.begin();
                isOpen = true;
                // A link that ends may be opened again at once: its node is there.
                retryAt = System.nanoTime();
                return link;
            } catch (IOException failed) {
                log(peer, failed);
                return null;
            } finally {
                if (!isOpen) {
                    closed.accept(connection);
                }
            }
        }

        private boolean isAccepted(Peer peer, NodeConnection connection) throws IOException {
            if (!connection.awaitsByte(HANDSHAKE_WAIT)) {
                throw new IOException("the node does not answer");
            }
            // A node that stops in the middle would hold all new sockets up.
            var answer = connection.readHead(HANDSHAKE_WAIT);
            if (answer.status() == 101) {
                return true;
            }
            // A node of another version, which has another id after its upgrade; not one whose
            // clock differs for now, so that it does not accept the signature.
            isRefused = answer.status() == 404 || answer.status() == 400;
            log(peer, new IOException("refused with status " + answer.status()));
            return false;
        }
    }

    private RequestHead head() {
        return new RequestHead(
                "GET",
                DeliveryLinkProtocol.PATH,
                DeliveryLinkProtocol.PATH,
                "",
                Map.of(
                        "sec-websocket-key",
                        List.of(Base64.getEncoder().encodeToString(randomBytes(KEY_BYTES))),
                        "sec-websocket-version",
                        List.of("13"),
                        "sec-websocket-protocol",
                        List.of(DeliveryLinkProtocol.VERSION)),
                "127.0.0.1",
                false);
    }

    private byte[] randomBytes(int count) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void log(Peer peer, Exception cause) {
        LOG.atInfo()
                .addKeyValue("event.action", "nodes.delivery_link_failed")
                .addKeyValue("node", peer.id())
                .addKeyValue("reason", cause.getMessage())
                .log("another server sends frames without a delivery link");
    }
}

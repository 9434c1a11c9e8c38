package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable.Peer;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketHandler.Admission;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forwards requests and handshakes that concern a workspace of another node to that node.
///
/// When a node refuses because it no longer has the workspace, or cannot be reached, the holder is
/// looked up once more. After that this node handles the request: it takes the workspace over, or
/// refuses with `WORKSPACE_ELSEWHERE`. Thread-safe; calls block on the network.
public final class Forwarder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

    /// The node that was known, and the one that was looked up instead.
    private static final int ATTEMPTS = 2;

    private static final int UNAUTHORIZED = 401;

    /// How long no connection is attempted to a node to which one has failed.
    private static final Duration UNREACHABLE = Duration.ofSeconds(1);

    /// How long a node may take to answer a handshake.
    private static final Duration HANDSHAKE_WAIT = Duration.ofSeconds(30);

    private final Nodes nodes;
    private final Supplier<SSLSocketFactory> tls;
    private final InstantSource clock;
    private final ForwardingMetrics metrics;
    private final DeliveryLinkClients links;

    /// Nodes to which a connection failed, with the time until which none is attempted.
    private final Map<UUID, Long> unreachable = new ConcurrentHashMap<>();

    /// The open connections by node, to be aborted when the node ends.
    private final Map<NodeConnection, UUID> open = new ConcurrentHashMap<>();

    /// @param tls trusts the certificates of nodes whose URL is https
    public Forwarder(
            Nodes nodes,
            Supplier<SSLSocketFactory> tls,
            SecureRandom random,
            InstantSource clock,
            Metrics metrics) {
        this.nodes = nodes;
        this.tls = tls;
        this.clock = clock;
        this.metrics = new ForwardingMetrics(metrics, nodes);
        links = new DeliveryLinkClients(this::connected, this::closed, random, clock, this.metrics);
        nodes.onEnd(this::abortAll);
    }

    /// The id of this node.
    public UUID self() {
        return nodes.self();
    }

    /// The workspaces to which requests were forwarded, with the node that has each. Does not
    /// block.
    public Map<WorkspaceId, UUID> forwarded() {
        return nodes.forwarded();
    }

    /// Whether there is another node to which requests may be forwarded. Does not block.
    public boolean hasPeers() {
        return nodes.count() > 0;
    }

    /// Whether this node has a workspace according to the database, or another one currently offers
    /// it. Blocks on the database.
    public boolean isAssigned(WorkspaceId workspace) {
        return nodes.isAssigned(workspace);
    }

    /// Declines a workspace that another node has left to this one.
    public void decline(WorkspaceId workspace) {
        nodes.decline(workspace);
    }

    /// The answer of the node that has a workspace; null when this node shall answer.
    ///
    /// @throws FailureException `NODE_FAILED` when that node ended, possibly after it has done what
    ///   was requested
    /// @throws IOException when the client left
    public @Nullable Answer forward(HttpHandler.Request request, WorkspaceId workspace)
            throws IOException {
        return atHolder(workspace, peer -> forward(request, peer));
    }

    /// The admission by the node that has a workspace; null when this node shall decide.
    ///
    /// @param unanswered is called when a node ended before it answered: it may have consumed the
    ///   handshake's ticket
    public @Nullable Admission forward(
            RequestHead handshake, WorkspaceId workspace, Runnable unanswered) {
        var isUnanswered = new AtomicBoolean();
        var there = atHolder(workspace, peer -> forward(handshake, peer, isUnanswered));
        if (!isUnanswered.get()) {
            return there;
        }
        unanswered.run();
        boolean isRefused =
                there instanceof Admission.RefusedThere(var answer)
                        && answer.status() == UNAUTHORIZED;
        return isRefused ? null : there;
    }

    /// Asks the node that has a workspace, and again if another one has it by then.
    private <T, X extends Exception> @Nullable T atHolder(WorkspaceId workspace, Hop<T, X> hop)
            throws X {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            var peer = nodes.holder(workspace);
            if (peer == null) {
                return null;
            }
            var there = hop.to(peer);
            if (there != null) {
                return there;
            }
            nodes.forget(workspace, peer);
        }
        return null;
    }

    @FunctionalInterface
    private interface Hop<T, X extends Exception> {
        /// @return null when the node does not have the workspace, or was not reached
        @Nullable T to(Peer peer) throws X;
    }

    /// Null when the node does not have the workspace, or was not reached.
    private @Nullable Answer forward(HttpHandler.Request request, Peer peer) throws IOException {
        var connection = connected(peer);
        if (connection == null) {
            metrics.request("unreachable");
            return null;
        }
        boolean isAnswered = false;
        try {
            var answer =
                    new ForwardedExchange(connection, request, peer, () -> closed(connection))
                            .answer(clock.instant());
            isAnswered = answer != null;
            metrics.request(isAnswered ? "answered" : "elsewhere");
            return answer;
        } catch (ForwardedExchange.NodeEndedException ended) {
            log(peer, ended);
            metrics.request("failed");
            if (ended.isRepeatable()) {
                return null;
            }
            throw new FailureException(Failure.NODE_FAILED, Map.of(), ended);
        } finally {
            if (!isAnswered) {
                closed(connection);
            }
        }
    }

    private @Nullable Admission forward(
            RequestHead handshake, Peer peer, AtomicBoolean unanswered) {
        var channel = links.channel(peer);
        var connection = connected(peer);
        if (connection == null) {
            channel.release();
            metrics.handshake("unreachable");
            return null;
        }
        boolean isOpen = false;
        try {
            connection
                    .output()
                    .write(
                            ForwardedRequestHead.ofHandshake(
                                    handshake, peer, channel.header(), clock.instant()));
            if (!connection.awaitsByte(HANDSHAKE_WAIT)) {
                throw new IOException("the node does not answer");
            }
            var head = connection.readHead(HANDSHAKE_WAIT);
            isOpen = head.status() == 101;
            if (isOpen) {
                metrics.handshake("opened");
                metrics.opened();
                return new Admission.Forwarded(
                        headers(head), new ForwardedSocket(connection, channel));
            }
            var body = ForwardedExchange.smallBody(connection, head);
            boolean isElsewhere = ForwardedExchange.isElsewhere(handshake.method(), head, body);
            metrics.handshake(isElsewhere ? "elsewhere" : "refused");
            return isElsewhere ? null : refusal(head, body);
        } catch (IOException ended) {
            log(peer, ended);
            metrics.handshake("unreachable");
            unanswered.set(true);
            return null;
        } finally {
            if (!isOpen) {
                channel.release();
                closed(connection);
            }
        }
    }

    private static Admission refusal(NodeConnection.Head head, byte[] body) {
        var type = head.value("content-type");
        return new Admission.RefusedThere(
                new Answer(
                        head.status(),
                        headers(head),
                        head.cookies(),
                        new Content.Bytes(type == null ? "" : type, body)));
    }

    /// The header fields that are passed on.
    static Map<String, String> headers(NodeConnection.Head head) {
        var headers = new HashMap<String, String>();
        head.fields()
                .forEach((name, field) -> {
                    switch (name) {
                        case "content-length",
                                "content-type",
                                "date",
                                "keep-alive",
                                "set-cookie",
                                "trailer",
                                "transfer-encoding" -> {}
                        case "connection" -> {
                            if (head.status() == 101) {
                                headers.put(field.name(), field.value());
                            }
                        }
                        default -> headers.put(field.name(), field.value());
                    }
                });
        return headers;
    }

    /// Null when the node cannot be reached, or has ended since it was looked up.
    private @Nullable NodeConnection connected(Peer peer) {
        var until = unreachable.get(peer.id());
        if (until != null && System.nanoTime() - until < 0) {
            return null;
        }
        try {
            var connection = NodeConnection.open(NodeUrl.parse(peer.url()), tls, metrics);
            var _ = unreachable.remove(peer.id());
            open.put(connection, peer.id());
            if (nodes.hasEnded(peer)) {
                // Nobody would abort the connection.
                closed(connection);
                return null;
            }
            return connection;
        } catch (IOException | IllegalArgumentException failed) {
            log(peer, failed);
            unreachable.put(peer.id(), System.nanoTime() + UNREACHABLE.toNanos());
            return null;
        }
    }

    private void closed(NodeConnection connection) {
        var _ = open.remove(connection);
        connection.close();
    }

    /// Aborts all connections to other nodes.
    @Override
    public void close() {
        open.keySet().forEach(NodeConnection::abort);
    }

    private void abortAll(Peer peer) {
        var _ = unreachable.remove(peer.id());
        open.forEach((connection, node) -> {
            if (node.equals(peer.id())) {
                connection.abort();
            }
        });
    }

    private static void log(Peer peer, Exception cause) {
        LOG.atWarn()
                .addKeyValue("event.action", "nodes.forward_failed")
                .addKeyValue("node", peer.id())
                .setCause(cause)
                .log("cannot forward a request to the server that has the workspace");
    }

    /// The connection of a socket, counted until it is aborted, as it is at the end.
    private final class ForwardedSocket implements WebSocketHandler.Upstream {
        private final NodeConnection connection;
        private final DeliveryChannel channel;

        ForwardedSocket(NodeConnection connection, DeliveryChannel channel) {
            this.connection = connection;
            this.channel = channel;
        }

        @Override
        public InputStream input() {
            return connection.input();
        }

        @Override
        public OutputStream output() {
            return connection.output();
        }

        @Override
        public void endOutput() {
            connection.endOutput();
        }

        @Override
        public void receiveDeliveries(WebSocketHandler.Deliveries receiver) {
            channel.receive(receiver);
        }

        @Override
        public void feedbackChanged() {
            channel.feedbackChanged();
        }

        @Override
        public void abort() {
            channel.release();
            if (open.remove(connection) != null) {
                metrics.closed();
            }
            connection.abort();
        }
    }
}

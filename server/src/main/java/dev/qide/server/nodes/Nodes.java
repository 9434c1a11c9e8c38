package dev.qide.server.nodes;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.NodeTable;
import dev.qide.server.store.NodeTable.Peer;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Health;
import dev.qide.server.transport.ForwardedRequests;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The live nodes, read from the database each second, and the nodes that have the workspaces to
/// which requests were forwarded.
///
/// The node of a workspace is read at the first request for the workspace, and again when that node
/// no longer has the workspace, cannot be reached, or has ended. Thread-safe.
public final class Nodes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
    private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(1);

    /// The workspaces whose nodes are remembered.
    private static final int HOLDERS = 10_000;

    private final NodeTable table;
    private final ForwardingSignature signature;
    private final byte[] secret = new byte[ForwardingSignature.SECRET_BYTES];
    private final Map<WorkspaceId, Peer> holders = new ConcurrentHashMap<>();
    private final List<Consumer<Peer>> endListeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask refreshing;
    private volatile Runnable task = () -> {};
    private volatile Map<UUID, Peer> peers = Map.of();
    private volatile boolean hasHadPeers;

    public Nodes(NodeTable table, SecureRandom random, InstantSource clock) {
        this.table = table;
        random.nextBytes(secret);
        signature = new ForwardingSignature(table.self(), secret, clock);
        refreshing = new BackgroundTask(Thread.ofVirtual().name("nodes"), this::refreshRepeatedly);
    }

    /// Publishes the URL of this node, and begins to look for others. Called once.
    ///
    /// @param url null when others cannot reach it
    /// @param perSecond is run each second while there are others; `STORE_UNAVAILABLE` is ignored
    public void begin(@Nullable NodeUrl url, Runnable perSecond) {
        table.publish(url == null ? null : url.toString(), secret);
        LOG.atInfo()
                .addKeyValue("event.action", "nodes.node_joined")
                .addKeyValue("node", table.self())
                .addKeyValue("reason", url == null ? "no-url" : "reachable")
                .log("the server joined the servers of its database");
        task = perSecond;
        refresh();
        var _ = refreshing.begin();
    }

    /// The id of this node.
    UUID self() {
        return table.self();
    }

    /// Recognises the requests that others have forwarded to this node.
    public ForwardedRequests signature() {
        return signature;
    }

    /// Up while the other nodes are read.
    public Health.State state() {
        return refreshing.state();
    }

    /// The number of other living nodes that can be reached.
    int count() {
        return peers.size();
    }

    /// Whether there is another living node that can be reached.
    public boolean hasPeers() {
        return !peers.isEmpty();
    }

    /// Whether there has been another living node that can be reached. What it has put into the
    /// database for every node is valid also after its end.
    public boolean hasHadPeers() {
        return hasHadPeers;
    }

    /// The workspaces to which requests were forwarded, with the node that has each.
    Map<WorkspaceId, UUID> forwarded() {
        return holders.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().id()));
    }

    /// Adds a listener that is called when a node has ended, on the thread that reads the nodes,
    /// which it must not block.
    void onEnd(Consumer<Peer> ended) {
        endListeners.add(ended);
    }

    /// The other node that has a workspace; null when none has, or it cannot be reached. Blocks on
    /// the database unless it is remembered.
    @Nullable Peer holder(WorkspaceId workspace) {
        if (peers.isEmpty()) {
            return null;
        }
        var known = holders.get(workspace);
        return known == null ? lookUp(workspace) : known;
    }

    /// Forgets which node has a workspace.
    void forget(WorkspaceId workspace, Peer peer) {
        holders.remove(workspace, peer);
    }

    @Override
    public void close() {
        closing.countDown();
        refreshing.close();
    }

    private @Nullable Peer lookUp(WorkspaceId workspace) {
        try {
            var holder = table.holder(workspace);
            if (holder == null) {
                return null;
            }
            if (holders.size() >= HOLDERS) {
                holders.clear();
            }
            holders.put(workspace, holder);
            return holder;
        } catch (FailureException failure) {
            if (failure.failure() != Failure.STORE_UNAVAILABLE) {
                throw failure;
            }
            // Handled here, which reports that the database is down.
            return null;
        }
    }

    private void refreshRepeatedly() throws InterruptedException {
        while (!closing.await(REFRESH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            refresh();
        }
    }

    private void refresh() {
        try {
            replace(
                    table.peers().stream()
                            .collect(Collectors.toUnmodifiableMap(Peer::id, peer -> peer)));
            if (hasPeers()) {
                task.run();
            }
        } catch (FailureException failure) {
            if (failure.failure() != Failure.STORE_UNAVAILABLE) {
                throw failure;
            }
            // The last result remains valid; a node that has ended refuses connections.
        }
    }

    private void replace(Map<UUID, Peer> living) {
        var before = peers;
        peers = living;
        if (!living.isEmpty()) {
            hasHadPeers = true;
        }
        for (var peer : living.values()) {
            if (!before.containsKey(peer.id())) {
                log("nodes.node_found", peer, "another server uses the database");
            }
        }
        for (var peer : before.values()) {
            if (!living.containsKey(peer.id())) {
                log("nodes.node_ended", peer, "another server has ended");
                holders.values().removeAll(Set.of(peer));
                endListeners.forEach(listener -> listener.accept(peer));
            }
        }
    }

    private static void log(String event, Peer peer, String message) {
        LOG.atInfo().addKeyValue("event.action", event).addKeyValue("node", peer.id()).log(message);
    }
}

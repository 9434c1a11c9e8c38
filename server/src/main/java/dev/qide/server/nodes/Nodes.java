package dev.qide.server.nodes;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.LeaseTable;
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
import java.util.HashMap;
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

    /// The ended nodes that are remembered.
    private static final int ENDED = 1_000;

    private final NodeTable table;
    private final LeaseTable leases;
    private final ForwardingSignature signature;
    private final byte[] secret = new byte[ForwardingSignature.SECRET_BYTES];
    private final Map<WorkspaceId, Peer> holders = new ConcurrentHashMap<>();
    private final List<Consumer<Peer>> endListeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask refreshing;
    private volatile Runnable task = () -> {};
    private volatile Map<UUID, Peer> peers = Map.of();
    private volatile Placement placement = Placement.NONE;
    private volatile boolean isDraining;
    private volatile boolean hasHadPeers;

    /// Nodes that ended lately; one that was only silent may come back.
    private final Set<UUID> ended = ConcurrentHashMap.newKeySet();

    private Nodes(NodeTable table, LeaseTable leases, SecureRandom random, InstantSource clock) {
        this.table = table;
        this.leases = leases;
        random.nextBytes(secret);
        signature = new ForwardingSignature(table.self(), secret, clock);
        refreshing = new BackgroundTask(Thread.ofVirtual().name("nodes"), this::refreshRepeatedly);
    }

    /// Reads the other nodes before this one listens: its first requests, from clients that have
    /// waited for it, are forwarded as later ones are. Blocks on the database.
    public static Nodes load(
            NodeTable table, LeaseTable leases, SecureRandom random, InstantSource clock) {
        var nodes = new Nodes(table, leases, random, clock);
        nodes.refresh();
        return nodes;
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

    /// Whether a node has ended since it was looked up. Does not block.
    boolean hasEnded(Peer peer) {
        return ended.contains(peer.id());
    }

    /// Whether this node drains: the operator requested it, and another node works that can take
    /// its workspaces. Does not block.
    public boolean isDraining() {
        return isDraining && placement.hasOthers();
    }

    /// Starts or ends the draining of this node.
    public void setDraining(boolean draining) {
        var _ = table.setDraining(table.self(), draining);
        refresh();
    }

    /// The node that should take over a workspace of this one; null when no other node works. Does
    /// not block.
    public @Nullable UUID successor() {
        return placement.another();
    }

    /// Whether this node has a workspace according to the database, or another one currently offers
    /// it. Blocks on the database.
    boolean isAssigned(WorkspaceId workspace) {
        return leases.isAssigned(workspace);
    }

    /// Whether another living node holds the lease of a workspace, or is offered it; false when the
    /// database is down. Blocks on the database.
    public boolean isElsewhere(WorkspaceId workspace) {
        try {
            return !peers.isEmpty() && table.holder(workspace) != null;
        } catch (FailureException failure) {
            if (failure.failure() != Failure.STORE_UNAVAILABLE) {
                throw failure;
            }
            return false;
        }
    }

    /// Declines a workspace that another node offers this one.
    public void decline(WorkspaceId workspace) {
        leases.decline(workspace);
    }

    /// Whether another node that can be reached has lived since this one started. Data that it
    /// stored for all nodes remains valid after its end.
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

    /// The other node that has a workspace, or shall take it; null when this one shall, or when the
    /// node cannot be reached. Blocks on the database unless it is remembered.
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
            var present = table.holder(workspace);
            var holder = present == null ? placed(workspace) : present;
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

    /// The node to which a workspace that nobody has is left; null for this one.
    private @Nullable Peer placed(WorkspaceId workspace) {
        var chosen = placement.ofNew();
        var peer = chosen == null ? null : peers.get(chosen);
        if (peer == null) {
            return null;
        }
        return leases.offer(workspace, peer.id()) ? peer : table.holder(workspace);
    }

    private void refreshRepeatedly() throws InterruptedException {
        while (!closing.await(REFRESH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            refresh();
        }
    }

    private synchronized void refresh() {
        try {
            var living = table.living();
            isDraining =
                    living.stream().anyMatch(node -> node.id().equals(self()) && node.isDraining());
            placement = Placement.of(self(), living);
            var reachable = new HashMap<UUID, Peer>();
            for (var node : living) {
                var peer = node.peer();
                if (peer != null) {
                    reachable.put(peer.id(), peer);
                }
            }
            replace(Map.copyOf(reachable));
            if (!peers.isEmpty()) {
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
            ended.remove(peer.id());
            if (!before.containsKey(peer.id())) {
                log("nodes.node_found", peer, "another server uses the database");
            }
        }
        for (var peer : before.values()) {
            if (!living.containsKey(peer.id())) {
                log("nodes.node_ended", peer, "another server has ended");
                holders.values().removeAll(Set.of(peer));
                if (ended.size() >= ENDED) {
                    ended.clear();
                }
                ended.add(peer.id());
                endListeners.forEach(listener -> listener.accept(peer));
            }
        }
    }

    private static void log(String event, Peer peer, String message) {
        LOG.atInfo().addKeyValue("event.action", event).addKeyValue("node", peer.id()).log(message);
    }
}

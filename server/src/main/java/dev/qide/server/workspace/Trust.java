package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workspaces in which language servers may run the project's own code where the sandbox does
/// not hold: those named with `--trust`, and those that an owner trusted while a server ran.
///
/// Trust belongs to a workspace and its directory: for another directory, or another workspace of
/// the same name, it must be given again. Thread-safe.
public final class Trust {
    private static final Logger LOG = LoggerFactory.getLogger(Trust.class);

    private final Workspaces workspaces;
    private final TrustTable table;
    private final Set<WorkspaceId> atStart = ConcurrentHashMap.newKeySet();

    /// A copy of the table, so that reads never wait for the database.
    private final Map<WorkspaceId, String> granted = new ConcurrentHashMap<>();

    /// Held across a write on purpose, so that concurrent changes reach the table and the memory in
    /// the same order.
    private final ReentrantLock changing = new ReentrantLock();

    /// @param atStart names of trusted workspaces; a workspace that is created later under such a
    ///   name is not trusted
    public Trust(Workspaces workspaces, TrustTable table, Collection<String> atStart) {
        this.workspaces = workspaces;
        this.table = table;
        for (var name : atStart) {
            var workspace = workspaces.find(name);
            if (workspace != null) {
                this.atStart.add(workspace.id());
            } else {
                LOG.atWarn()
                        .addKeyValue("event.action", "workspace.trust_unknown")
                        .addKeyValue("object", name)
                        .log("--trust names a workspace that does not exist: it has no effect");
            }
        }
        granted.putAll(table.all());
    }

    /// Whether language servers may run the workspace's code. Does not block.
    public boolean isTrusted(Workspace workspace) {
        return isTrustedAtStart(workspace)
                || workspace.directory().toString().equals(granted.get(workspace.id()));
    }

    /// Whether the trust comes from `--trust`. Does not block.
    public boolean isTrustedAtStart(Workspace workspace) {
        return atStart.contains(workspace.id());
    }

    /// Reads the trust that other servers on the database have granted and withdrawn. Blocks.
    public void refresh() {
        changing.lock();
        try {
            var all = table.all();
            granted.keySet().retainAll(all.keySet());
            granted.putAll(all);
        } finally {
            changing.unlock();
        }
    }

    /// Trusts a workspace. Blocks.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `STORE_UNAVAILABLE`
    public void grant(String workspace) {
        var found = workspaces.named(workspace);
        var directory = found.directory().toString();
        changing.lock();
        try {
            table.grant(found.id(), directory);
            granted.put(found.id(), directory);
        } finally {
            changing.unlock();
        }
    }

    /// Withdraws the trust. Blocks.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `TRUST_GIVEN_AT_START`, `STORE_UNAVAILABLE`
    public void revoke(String workspace) {
        var found = workspaces.named(workspace);
        if (isTrustedAtStart(found)) {
            throw new FailureException(Failure.TRUST_GIVEN_AT_START);
        }
        changing.lock();
        try {
            // Memory first: if the table fails, the workspace is not trusted.
            granted.remove(found.id());
            table.revoke(found.id());
        } finally {
            changing.unlock();
        }
    }

    /// Removes a deleted workspace.
    public void forget(Workspace workspace) {
        atStart.remove(workspace.id());
        granted.remove(workspace.id());
    }
}

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

/// In which workspaces language servers may run the project's own code where the sandbox does not
/// hold: those that were named with `--trust`, and those whose owner said so while a server ran.
///
/// Trust is in a workspace with its directory: where its name means another directory, or another
/// workspace was made under it, it has to be given anew. Thread-safe.
public final class Trust {
    private static final Logger LOG = LoggerFactory.getLogger(Trust.class);

    private final Workspaces workspaces;
    private final TrustTable table;
    private final Set<WorkspaceId> atStart = ConcurrentHashMap.newKeySet();

    /// What the table says, so that nobody waits for the database to know it.
    private final Map<WorkspaceId, String> given = new ConcurrentHashMap<>();

    /// Held across a write on purpose: of two who decide at once, the later one decides in the
    /// table and in memory.
    private final ReentrantLock deciding = new ReentrantLock();

    /// @param atStart names of trusted workspaces; one that is made later under such a name is not
    ///   meant
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
                        .addKeyValue("workspace", name)
                        .log("--trust names a workspace that is not there: it trusts nothing");
            }
        }
        given.putAll(table.all());
    }

    /// Whether servers may run its code. Answers at once.
    public boolean isTrusted(Workspace workspace) {
        return isTrustedAtStart(workspace)
                || workspace.directory().toString().equals(given.get(workspace.id()));
    }

    /// Whether that was said with `--trust`. Answers at once.
    public boolean isTrustedAtStart(Workspace workspace) {
        return atStart.contains(workspace.id());
    }

    /// Trusts a workspace. Blocks.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `STORE_UNAVAILABLE`
    public void give(String workspace) {
        var found = workspaces.named(workspace);
        var directory = found.directory().toString();
        deciding.lock();
        try {
            table.give(found.id(), directory);
            given.put(found.id(), directory);
        } finally {
            deciding.unlock();
        }
    }

    /// Trusts it no longer. Blocks.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `TRUST_GIVEN_AT_START`, `STORE_UNAVAILABLE`
    public void withdraw(String workspace) {
        var found = workspaces.named(workspace);
        if (isTrustedAtStart(found)) {
            throw new FailureException(Failure.TRUST_GIVEN_AT_START);
        }
        deciding.lock();
        try {
            // Who cannot be told apart is not trusted: so the memory comes first.
            given.remove(found.id());
            table.withdraw(found.id());
        } finally {
            deciding.unlock();
        }
    }

    /// It was deleted.
    public void forget(Workspace workspace) {
        atStart.remove(workspace.id());
        given.remove(workspace.id());
    }
}

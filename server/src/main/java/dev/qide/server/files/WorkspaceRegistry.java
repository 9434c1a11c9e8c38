package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.FailureException;
import java.util.List;

/// The workspaces of the server. Implemented by the package `workspace`. Thread-safe; answers at
/// once.
public interface WorkspaceRegistry {
    /// All of them, by name.
    List<Workspace> all();

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    Workspace named(String name);

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    Workspace of(WorkspaceId id);

    /// The documents of a workspace that is being deleted are retired: nobody finds it by its id
    /// any more.
    void forget(Workspace workspace);
}

package dev.qide.server.session;

import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Principal;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;

/// Which workspaces a credential may enter: all, or the one that it was made for. To everybody else
/// a workspace does not exist, so that nobody can find out names. Thread-safe.
public final class WorkspaceAccess {
    private final Workspaces workspaces;

    public WorkspaceAccess(Workspaces workspaces) {
        this.workspaces = workspaces;
    }

    /// The workspace of this name.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, also when the credential may not enter it
    public Workspace named(Principal principal, String name) {
        var found = workspaces.named(name);
        if (!admits(principal, found)) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return found;
    }

    public boolean admits(Principal principal, Workspace workspace) {
        return principal.mayEnter(workspace.id());
    }
}

package dev.qide.server.session;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.telemetry.Trace;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The workspaces of the server as one principal sees them. To somebody without a role in a
/// workspace it does not exist, so that nobody can find out names. Thread-safe.
public final class WorkspaceAccess {
    private final Workspaces workspaces;
    private final WorkspaceLeases leases;

    public WorkspaceAccess(Workspaces workspaces, WorkspaceLeases leases) {
        this.workspaces = workspaces;
        this.leases = leases;
    }

    /// The workspace of this name, in which the principal may do something. This server has its
    /// lease then.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, also when the principal may not see it,
    ///   `FORBIDDEN`, and `WORKSPACE_ELSEWHERE` while another server has the lease
    public Workspace require(Principal principal, Action action, @Nullable String name) {
        var found = name == null ? null : workspaces.find(name);
        if (found == null || !Authorizer.isVisible(principal, resource(found))) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        Trace.setWorkspace(found.id().toString());
        Authorizer.require(principal, action, resource(found));
        leases.require(found.id());
        return found;
    }

    /// Whether the principal may do something in the workspace of this name.
    public boolean allows(Principal principal, Action action, String name) {
        var found = workspaces.find(name);
        return found != null && Authorizer.can(principal, action, resource(found));
    }

    /// The role in a visible workspace, as somebody with a credential for everything has it.
    public Principal.Role role(Principal principal, Workspace workspace) {
        return Objects.requireNonNull(principal.roles().on(resource(workspace)));
    }

    /// Whether a person may know that the workspace exists.
    public boolean isVisible(Principal principal, Workspace workspace) {
        return Authorizer.isVisible(principal, resource(workspace));
    }

    /// A workspace as [Authorizer] knows it.
    static Resource.OfWorkspace resource(Workspace workspace) {
        return new Resource.OfWorkspace(workspace.id(), workspace.organisation());
    }
}

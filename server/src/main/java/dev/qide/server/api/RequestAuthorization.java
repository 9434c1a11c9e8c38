package dev.qide.server.api;

import dev.qide.server.api.Credentials.FromQuery;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.Organisations;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.FailureException;
import java.util.Map;

/// Finds the principal of a request and asks [Authorizer] whether it may use a row of a table.
/// Thread-safe.
final class RequestAuthorization {
    private final Credentials credentials;
    private final LocalPeers local;
    private final Places places;

    /// The lookups of the names in a path.
    record Places(WorkspaceAccess workspaces, Organisations organisations) {}

    RequestAuthorization(Credentials credentials, LocalPeers local, Places places) {
        this.credentials = credentials;
        this.local = local;
        this.places = places;
    }

    /// Whether a request needs no credential.
    boolean isOpen(Action action, RequestHead head) {
        return action.isPublic() || (action == Action.OBSERVE && local.isLocal(head));
    }

    /// The principal of an HTTP request.
    ///
    /// @throws FailureException `UNAUTHENTICATED`, `ORIGIN_REFUSED`
    Principal identified(RequestHead head) {
        return credentials.required(head, FromQuery.NOTHING);
    }

    /// The principal of a WebSocket handshake.
    ///
    /// @throws FailureException as [#identified(RequestHead)]
    Principal identified(RequestHead head, FromQuery fromQuery) {
        return credentials.required(head, fromQuery);
    }

    /// Makes the ticket of a handshake valid again that was refused for a cause that passes.
    void restoreTicket(RequestHead head, FromQuery fromQuery, Principal principal) {
        credentials.restoreTicket(head, fromQuery, principal);
    }

    /// Whether the sender of a request may see the state of the server.
    boolean mayObserve(RequestHead head) {
        if (local.isLocal(head)) {
            return true;
        }
        try {
            var principal = credentials.principal(head, FromQuery.NOTHING);
            return Authorizer.can(principal, Action.OBSERVE, Resource.SERVER);
        } catch (FailureException _) {
            return false;
        }
    }

    /// Refuses what the principal may not do.
    ///
    /// @param variables of the path; `ws` names the workspace, `org` the organisation
    /// @throws FailureException `FORBIDDEN`, or `WORKSPACE_UNKNOWN` and `ORGANISATION_UNKNOWN` for
    ///   what the principal may not see
    void require(Principal principal, Action action, Map<String, String> variables) {
        var workspace = variables.get("ws");
        var organisation = variables.get("org");
        if (workspace != null) {
            var _ = places.workspaces().require(principal, action, workspace);
        } else if (organisation != null) {
            var found = places.organisations().named(principal, organisation);
            Authorizer.require(principal, action, found.resource());
        } else if (action == Action.CREATE_WORKSPACE) {
            Authorizer.require(principal, action, Resource.HOME);
        } else {
            Authorizer.require(principal, action, Resource.SERVER);
        }
    }
}

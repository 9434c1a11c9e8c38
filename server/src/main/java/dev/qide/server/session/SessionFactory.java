package dev.qide.server.session;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.Outgoing;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes the receiving side of each WebSocket endpoint for a person and a workspace. Thread-safe.
public final class SessionFactory {
    private static final WorkspaceId NO_WORKSPACE = new WorkspaceId(new UUID(0, 0));

    private final Sessions sessions;
    private final Workspaces workspaces;
    private final Grants grants;
    private final Collaboration documents;

    public SessionFactory(
            Sessions sessions, Workspaces workspaces, Grants grants, Collaboration documents) {
        this.sessions = sessions;
        this.workspaces = workspaces;
        this.grants = grants;
        this.documents = documents;
    }

    /// `/ws/{workspace}`: text and binary.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public WebSocketHandler.Opener whole(Principal principal, @Nullable String workspace) {
        var where = subscription(principal, workspace);
        return outgoing -> sessions.open(where.at(outgoing), outgoing);
    }

    /// `/lsp/{workspace}/{language}`: plain LSP.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `LANGUAGE_UNKNOWN`
    public WebSocketHandler.Opener language(
            Principal principal, @Nullable String workspace, @Nullable String language) {
        var where = subscription(principal, workspace);
        var declared =
                language == null ? null : sessions.services().capabilities().declared(language);
        if (declared == null) {
            throw new FailureException(Failure.LANGUAGE_UNKNOWN);
        }
        return new WebSocketHandler.Opener() {
            @Override
            public WebSocketHandler.Receiver open(Outgoing outgoing) {
                return sessions.openPlain(where.at(outgoing), declared, outgoing);
            }

            @Override
            public boolean hasProcess() {
                return true;
            }
        };
    }

    /// `/collab/{workspace}`: documents only, each with its own in-band login. An unknown workspace
    /// is told only to somebody whose token is right.
    public WebSocketHandler.Opener documents(@Nullable String workspace) {
        var known = workspace == null ? null : workspaces.find(workspace);
        var id = known == null ? NO_WORKSPACE : known.id();
        return outgoing -> {
            var grant = grant(outgoing, null, known == null ? null : id);
            return new DocumentSession(
                    documents.connect(id, grant, null, new SocketFrameReceiver(outgoing)),
                    outgoing);
        };
    }

    /// `/yjs/{workspace}/{path…}`: one document in y-websocket framing.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public WebSocketHandler.Opener document(
            Principal principal, @Nullable String workspace, @Nullable String path) {
        var where = subscription(principal, workspace);
        var name = path == null ? "" : path;
        return outgoing -> {
            var editor = where.at(outgoing);
            return new DocumentSession(
                    documents.connectPlain(
                            editor.workspaceId(),
                            name,
                            editor.grant(),
                            editor.member(),
                            new SocketFrameReceiver(outgoing)),
                    outgoing);
        };
    }

    /// A workspace may have been deleted since it was found: its sockets are closed by then, but
    /// for this one.
    private Grant grant(
            Outgoing outgoing, @Nullable Principal principal, @Nullable WorkspaceId workspace) {
        var grant = grants.open(outgoing, principal, workspace);
        if (workspace != null && !workspaces.isOpen(workspace)) {
            var _ = grant.endIn(workspace);
        }
        return grant;
    }

    private Placement subscription(Principal principal, @Nullable String workspace) {
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return new Placement(principal, workspace, workspaces.named(workspace).id());
    }

    /// An editor of whom only the socket is missing.
    private final class Placement {
        private final Principal principal;
        private final String workspace;
        private final WorkspaceId id;

        Placement(Principal principal, String workspace, WorkspaceId id) {
            this.principal = principal;
            this.workspace = workspace;
            this.id = id;
        }

        Editor at(Outgoing outgoing) {
            var grant = grant(outgoing, principal, id);
            return new Editor(principal, Grant.memberOf(principal), workspace, id, grant);
        }
    }
}

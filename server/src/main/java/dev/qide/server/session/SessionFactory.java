package dev.qide.server.session;

import dev.qide.server.files.Workspace;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Opens the sessions of each WebSocket endpoint for a principal and a workspace. Thread-safe.
public final class SessionFactory {
    private static final WorkspaceId NO_WORKSPACE = new WorkspaceId(new UUID(0, 0));

    private final SessionServices services;
    private final Workspaces workspaces;
    private final Grants grants;

    public SessionFactory(SessionServices services, Workspaces workspaces, Grants grants) {
        this.services = services;
        this.workspaces = workspaces;
        this.grants = grants;
    }

    /// `/ws/{workspace}`: text and binary.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public WebSocketHandler.Opener forWorkspace(Principal principal, @Nullable String workspace) {
        var pending = pending(principal, workspace);
        return outgoing -> services.sessions().open(pending.at(outgoing), outgoing, services);
    }

    /// `/lsp/{workspace}/{language}`: plain LSP.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `LANGUAGE_UNKNOWN`
    public WebSocketHandler.Opener forLanguage(
            Principal principal, @Nullable String workspace, @Nullable String language) {
        var pending = pending(principal, workspace);
        var declared = language == null ? null : services.capabilities().declared(language);
        if (declared == null) {
            throw new FailureException(Failure.LANGUAGE_UNKNOWN);
        }
        return new WebSocketHandler.Opener() {
            @Override
            public WebSocketHandler.Receiver open(WebSocketSender outgoing) {
                return services.sessions()
                        .openPlain(pending.at(outgoing), declared, outgoing, services);
            }

            @Override
            public boolean hasProcess() {
                return true;
            }
        };
    }

    /// `/collab/{workspace}`: documents only, each with its own in-band login. An unknown workspace
    /// is reported only after a login with a valid token.
    public WebSocketHandler.Opener forDocuments(@Nullable String workspace, LoginListener logins) {
        var known = workspace == null ? null : workspaces.find(workspace);
        var id = known == null ? NO_WORKSPACE : known.id();
        return outgoing -> {
            var grant = ended(grants.open(outgoing, known, logins), known);
            return new DocumentSession(
                    services.documents().connect(id, grant, null, new SocketFrameSender(outgoing)),
                    outgoing,
                    services.rates(),
                    "socket:" + UUID.randomUUID());
        };
    }

    /// `/yjs/{workspace}/{path…}`: one document in y-websocket framing.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public WebSocketHandler.Opener forDocument(
            Principal principal, @Nullable String workspace, @Nullable String path) {
        var pending = pending(principal, workspace);
        var name = path == null ? "" : path;
        return outgoing -> {
            var editor = pending.at(outgoing);
            return new DocumentSession(
                    services.documents()
                            .connectPlain(
                                    editor.workspaceId(),
                                    name,
                                    editor.grant(),
                                    editor.member(),
                                    new SocketFrameSender(outgoing)),
                    outgoing,
                    services.rates(),
                    editor.key());
        };
    }

    /// The workspace may have been deleted since it was found; its sockets are closed by then,
    /// except this one.
    private Grant ended(Grant grant, @Nullable Workspace workspace) {
        if (workspace != null && !workspaces.isOpen(workspace.id())) {
            var _ = grant.endIn(workspace.id());
        }
        return grant;
    }

    /// The table of endpoints has admitted the principal to the workspace.
    private PendingEditor pending(Principal principal, @Nullable String workspace) {
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return new PendingEditor(principal, workspaces.named(workspace));
    }

    /// An [Editor] without its socket.
    private final class PendingEditor {
        private final Principal principal;
        private final Workspace workspace;

        PendingEditor(Principal principal, Workspace workspace) {
            this.principal = principal;
            this.workspace = workspace;
        }

        Editor at(WebSocketSender outgoing) {
            var grant = ended(grants.open(outgoing, principal, workspace), workspace);
            return new Editor(
                    principal, Grant.memberOf(principal), workspace.name(), workspace.id(), grant);
        }
    }
}

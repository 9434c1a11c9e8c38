package dev.qide.server.session;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.Workspaces;
import dev.qide.server.identity.Person;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes the receiving side of each WebSocket door for a person and a workspace. Thread-safe.
public final class Editors {
    private static final WorkspaceId NO_WORKSPACE = new WorkspaceId(new UUID(0, 0));

    private final Sessions sessions;
    private final Workspaces workspaces;
    private final Grants grants;
    private final Collaboration documents;

    public Editors(
            Sessions sessions, Workspaces workspaces, Grants grants, Collaboration documents) {
        this.sessions = sessions;
        this.workspaces = workspaces;
        this.grants = grants;
        this.documents = documents;
    }

    /// `/ws/{workspace}`: text and binary.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public SocketDoor.Opener whole(Person person, @Nullable String workspace) {
        var where = seat(person, workspace);
        return outgoing -> sessions.open(where.at(outgoing), outgoing);
    }

    /// `/lsp/{workspace}/{language}`: plain LSP.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `LANGUAGE_UNKNOWN`
    public SocketDoor.Opener language(
            Person person, @Nullable String workspace, @Nullable String language) {
        var where = seat(person, workspace);
        var declared = language == null ? null : sessions.rooms().capabilities().declared(language);
        if (declared == null) {
            throw new FailureException(Failure.LANGUAGE_UNKNOWN);
        }
        return outgoing -> sessions.openPlain(where.at(outgoing), declared, outgoing);
    }

    /// `/collab/{workspace}`: documents only, each with its own in-band login. An unknown workspace
    /// is told only to somebody whose token is right.
    public SocketDoor.Opener documents(@Nullable String workspace) {
        var known = workspace == null ? null : workspaces.find(workspace);
        var id = known == null ? NO_WORKSPACE : known.id();
        return outgoing -> {
            var grant = grant(outgoing, null, known == null ? null : id);
            return new DocumentsOnly(
                    documents.connect(id, grant, null, new SocketSubscriber(outgoing)), outgoing);
        };
    }

    /// `/yjs/{workspace}/{path…}`: one document in y-websocket framing.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public SocketDoor.Opener document(
            Person person, @Nullable String workspace, @Nullable String path) {
        var where = seat(person, workspace);
        var name = path == null ? "" : path;
        return outgoing -> {
            var editor = where.at(outgoing);
            return new DocumentsOnly(
                    documents.connectPlain(
                            editor.workspaceId(),
                            name,
                            editor.grant(),
                            editor.member(),
                            new SocketSubscriber(outgoing)),
                    outgoing);
        };
    }

    /// A workspace may have been deleted since it was found: its sockets are closed by then, but
    /// for this one.
    private Grant grant(
            Outgoing outgoing, @Nullable Person person, @Nullable WorkspaceId workspace) {
        var grant = grants.open(outgoing, person, workspace);
        if (workspace != null && !workspaces.isOpen(workspace)) {
            var _ = grant.endIn(workspace);
        }
        return grant;
    }

    private Seating seat(Person person, @Nullable String workspace) {
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return new Seating(person, workspace, workspaces.named(workspace).id());
    }

    /// An editor of whom only the socket is missing.
    private final class Seating {
        private final Person person;
        private final String workspace;
        private final WorkspaceId id;

        Seating(Person person, String workspace, WorkspaceId id) {
            this.person = person;
            this.workspace = workspace;
            this.id = id;
        }

        Editor at(Outgoing outgoing) {
            var grant = grant(outgoing, person, id);
            return new Editor(person, Grant.memberOf(person), workspace, id, grant);
        }
    }
}

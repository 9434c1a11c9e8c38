package dev.qide.server.session;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.Workspaces;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
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
    private final Identity identity;
    private final Collaboration documents;

    public Editors(
            Sessions sessions, Workspaces workspaces, Identity identity, Collaboration documents) {
        this.sessions = sessions;
        this.workspaces = workspaces;
        this.identity = identity;
        this.documents = documents;
    }

    /// `/ws/{workspace}`: text and binary.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public SocketDoor.Opener whole(Person person, @Nullable String workspace) {
        var editor = editor(person, workspace);
        return outgoing -> sessions.open(editor, outgoing);
    }

    /// `/lsp/{workspace}/{language}`: plain LSP.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `LANGUAGE_UNKNOWN`
    public SocketDoor.Opener language(
            Person person, @Nullable String workspace, @Nullable String language) {
        var editor = editor(person, workspace);
        var declared = language == null ? null : sessions.rooms().capabilities().declared(language);
        if (declared == null) {
            throw new FailureException(Failure.LANGUAGE_UNKNOWN);
        }
        return outgoing -> sessions.openPlain(editor, declared, outgoing);
    }

    /// `/collab/{workspace}`: documents only, each with its own in-band login. An unknown workspace
    /// is told only to somebody whose token is right.
    public SocketDoor.Opener documents(@Nullable String workspace) {
        var known = workspace == null ? null : workspaces.find(workspace);
        var access = new WorkspaceAccess(identity, known != null);
        var id = known == null ? NO_WORKSPACE : known.id();
        return outgoing ->
                new DocumentsOnly(
                        documents.connect(id, access, null, new SocketSubscriber(outgoing)),
                        outgoing);
    }

    /// `/yjs/{workspace}/{path…}`: one document in y-websocket framing.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public SocketDoor.Opener document(
            Person person, @Nullable String workspace, @Nullable String path) {
        var editor = editor(person, workspace);
        var name = path == null ? "" : path;
        return outgoing ->
                new OneDocument(
                        documents.connectPlain(
                                editor.workspaceId(),
                                name,
                                editor.access(),
                                editor.member(),
                                new SocketSubscriber(outgoing)),
                        outgoing);
    }

    private Editor editor(Person person, @Nullable String workspace) {
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return new Editor(
                person,
                WorkspaceAccess.memberOf(person),
                workspace,
                workspaces.named(workspace).id(),
                new WorkspaceAccess(identity, true));
    }
}

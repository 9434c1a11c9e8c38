package dev.qide.server.session;

import dev.qide.server.collab.HocuspocusConnection;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.session.lsp.RpcWriter;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.Outgoing;
import dev.qide.server.transport.WebSocketHandler;

/// One connected editor on `/ws/{workspace}`: text frames go to its conversation, binary frames to
/// the documents.
///
/// The socket's reader thread only hands on: text waits in the conversation's own inbox, so that a
/// slow language server never holds up a keystroke. Invariant: a text frame is sent only after the
/// client has sent one; the binary side keeps the same rule for its kind.
final class EditorSession implements WebSocketHandler.Receiver {
    private final String id;
    private final Editor editor;
    private final HocuspocusConnection binary;
    private final LspRouter router;
    private final Actor actor;
    private final MessageInbox inbox;
    private final JsonRpcChannel text;
    private final Sessions sessions;

    EditorSession(String id, Editor editor, Outgoing outgoing, Sessions sessions) {
        this.id = id;
        this.editor = editor;
        this.sessions = sessions;
        this.binary =
                sessions.services()
                        .documents()
                        .connect(
                                editor.workspaceId(),
                                editor.grant(),
                                editor.member(),
                                new SocketFrameReceiver(outgoing));
        this.actor = new Actor("session-" + id, MessageInbox.MESSAGES);
        this.router =
                new LspRouter(id, editor, sessions.services(), this::send, outgoing::close, actor);
        this.inbox = new MessageInbox(actor, router::receive);
        this.text =
                new JsonRpcChannel(editor, sessions.services().messageRate(), outgoing, inbox::put);
    }

    @Override
    public void text(String message) {
        text.receive(message);
    }

    @Override
    public void binary(byte[] message) {
        if (text.isAdmitted()) {
            binary.receive(message);
        }
    }

    @Override
    public void closed(int code) {
        sessions.remove(id);
        binary.closed();
        actor.close();
        router.end();
    }

    /// A message of a language server.
    void fromServer(String language, String message) {
        router.fromServer(language, message);
    }

    /// A language server has announced what it can do.
    void announced(String language, String capabilities) {
        router.announced(language, capabilities);
    }

    /// A message of the server; silently dropped while the client has not spoken text.
    void send(String message) {
        text.send(message);
    }

    /// Tells about a file, once the editor has initialized.
    void tell(String method, Record params) {
        if (router.isInitialized()) {
            send(RpcWriter.notification(method, params));
        }
    }

    /// How many characters of text frames wait for the session's thread, or are worked on.
    int waitingCharacters() {
        return inbox.characters();
    }

    boolean isIn(String workspace) {
        return editor.workspace().equals(workspace);
    }

    boolean isOf(UserId person) {
        return editor.principal().id().equals(person);
    }

    WorkspaceId workspace() {
        return editor.workspaceId();
    }

    boolean isIn(WorkspaceId workspace) {
        return editor.workspaceId().equals(workspace);
    }
}

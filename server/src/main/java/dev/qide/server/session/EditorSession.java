package dev.qide.server.session;

import dev.qide.server.collab.HocuspocusConnection;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.AccessChangedParams;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;

/// One connected editor on `/ws/{workspace}`: text frames go to its router, binary frames to the
/// shared documents.
///
/// The socket's reader thread only enqueues: text waits in the session's inbox, so that a slow
/// language server never delays a keystroke. Invariant: the server sends a text frame only after
/// the client has sent one, and a binary frame only after a binary one.
final class EditorSession implements WebSocketHandler.Receiver {
    private final String id;
    private final Editor editor;
    private final HocuspocusConnection binary;
    private final LspRouter router;
    private final Actor actor;
    private final MessageInbox inbox;
    private final JsonRpcChannel text;
    private final SessionServices services;
    private final SocketLog log;

    EditorSession(String id, Editor editor, WebSocketSender outgoing, SessionServices services) {
        this.id = id;
        this.editor = editor;
        this.services = services;
        this.log = SocketLog.opened("ws", editor);
        this.actor = new Actor("session-" + id, MessageInbox.MESSAGES);
        this.router = new LspRouter(id, editor, services, this::send, outgoing::close, actor);
        this.inbox = new MessageInbox(actor, router::receive);
        this.text = new JsonRpcChannel(editor, services.rates(), outgoing, inbox::put);
        this.binary =
                services.documents()
                        .connect(
                                editor.workspaceId(),
                                editor.grant(),
                                editor.member(),
                                new SocketFrameSender(outgoing, text::hasReceivedText));
        editor.grant()
                .onEditRightChanged(canEdit ->
                        sendNotification(Methods.ACCESS_CHANGED, new AccessChangedParams(canEdit)));
    }

    @Override
    public void text(String message) {
        text.receive(message);
    }

    @Override
    public void binary(byte[] message) {
        if (text.isAdmitted(message.length)) {
            router.openTexts.setSharing();
            binary.receive(message);
        }
    }

    @Override
    public void closed(int code) {
        log.closed(code);
        services.sessions().remove(id);
        binary.closed();
        actor.close();
        router.end();
    }

    /// Receives a message of a language server.
    void fromServer(String language, String message) {
        router.fromServer(language, message);
    }

    /// Receives the capabilities that a language server announced.
    void announced(String language, String capabilities) {
        router.announced(language, capabilities);
    }

    /// Sends a message, or drops it if the client has sent no text frame yet.
    void send(String message) {
        text.send(message);
    }

    /// Sends a notification once the editor has initialized.
    void sendNotification(String method, Record params) {
        if (router.isInitialized()) {
            send(JsonRpcWriter.notification(method, params));
        }
    }

    /// The length of the text frames that wait or are being processed, in characters.
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

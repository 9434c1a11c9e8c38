package dev.qide.server.session;

import dev.qide.server.collab.BinarySide;
import dev.qide.server.owner.Owner;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.store.WorkspaceId;

/// One connected editor on `/ws/{workspace}`: text frames go to its conversation, binary frames to
/// the documents.
///
/// The socket's reader thread only hands on: text waits in the conversation's own inbox, so that a
/// slow language server never holds up a keystroke. Invariant: a text frame is sent only after the
/// client has sent one; the binary side keeps the same rule for its kind.
final class EditorSession implements SocketDoor.Receiver {
    private final String id;
    private final Editor editor;
    private final BinarySide binary;
    private final Conversation conversation;
    private final Owner owner;
    private final TextInbox inbox;
    private final TextSide text;
    private final Sessions sessions;

    EditorSession(String id, Editor editor, Outgoing outgoing, Sessions sessions) {
        this.id = id;
        this.editor = editor;
        this.sessions = sessions;
        this.binary =
                sessions.rooms()
                        .documents()
                        .connect(
                                editor.workspaceId(),
                                editor.grant(),
                                editor.member(),
                                new SocketSubscriber(outgoing));
        this.owner = new Owner("session-" + id, TextInbox.MESSAGES);
        this.conversation =
                new Conversation(id, editor, sessions.rooms(), this::send, outgoing::close, owner);
        this.inbox = new TextInbox(owner, conversation::receive);
        this.text = new TextSide(editor, sessions.rooms().messageRate(), outgoing, inbox::put);
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
        owner.close();
        conversation.end();
    }

    /// A message of a language server.
    void fromServer(String language, String message) {
        conversation.fromServer(language, message);
    }

    /// A message of the server; silently dropped while the client has not spoken text.
    void send(String message) {
        text.send(message);
    }

    /// Tells about a file, once the editor has initialized.
    void tell(String method, Record params) {
        if (conversation.isInitialized()) {
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

    boolean isIn(WorkspaceId workspace) {
        return editor.workspaceId().equals(workspace);
    }
}

package dev.qide.server.session;

import dev.qide.server.collab.DocumentSide;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.wire.Failure;

/// A socket that carries documents and nothing else.
record DocumentsOnly(DocumentSide documents, Outgoing outgoing) implements SocketDoor.Receiver {
    private static final int UNSUPPORTED_DATA = 1003;

    @Override
    public void text(String message) {
        outgoing.close(UNSUPPORTED_DATA, Failure.FRAME_MALFORMED.wireName());
    }

    @Override
    public void binary(byte[] message) {
        documents.receive(message);
    }

    @Override
    public boolean isKnown() {
        return documents.isLoggedIn();
    }

    @Override
    public void closed(int code) {
        documents.closed();
    }
}

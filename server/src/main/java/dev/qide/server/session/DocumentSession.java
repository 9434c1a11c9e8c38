package dev.qide.server.session;

import dev.qide.server.collab.DocumentConnection;
import dev.qide.server.transport.Outgoing;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.wire.Failure;

/// A session that carries only shared documents.
record DocumentSession(DocumentConnection documents, Outgoing outgoing)
        implements WebSocketHandler.Receiver {
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

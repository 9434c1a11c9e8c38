package dev.qide.server.session;

import dev.qide.server.collab.YWebsocketSide;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.socket.SocketDoor;
import dev.qide.wire.Failure;

/// A socket that carries one document in y-websocket framing and nothing else.
record OneDocument(YWebsocketSide document, Outgoing outgoing) implements SocketDoor.Receiver {
    private static final int UNSUPPORTED_DATA = 1003;

    @Override
    public void text(String message) {
        outgoing.close(UNSUPPORTED_DATA, Failure.FRAME_MALFORMED.wireName());
    }

    @Override
    public void binary(byte[] message) {
        document.receive(message);
    }

    @Override
    public void closed(int code) {
        document.closed();
    }
}

package dev.qide.server.session;

import dev.qide.server.collab.FrameReceiver;
import dev.qide.server.transport.Outgoing;

/// The documents' way out: the socket's outgoing queue. Thread-safe.
record SocketFrameReceiver(Outgoing outgoing) implements FrameReceiver {
    @Override
    public void frame(byte[] frame) {
        outgoing.binary(frame);
    }

    @Override
    public boolean hasRoom() {
        return outgoing.hasRoom();
    }

    @Override
    public void whenRoom(Runnable signal) {
        outgoing.whenRoom(signal);
    }

    @Override
    public void close(int code, String reason) {
        outgoing.close(code, reason);
    }
}

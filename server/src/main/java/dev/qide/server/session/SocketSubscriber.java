package dev.qide.server.session;

import dev.qide.server.collab.Subscriber;
import dev.qide.server.socket.Outgoing;

/// The documents' way out: the socket's outgoing queue. Thread-safe.
record SocketSubscriber(Outgoing outgoing) implements Subscriber {
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

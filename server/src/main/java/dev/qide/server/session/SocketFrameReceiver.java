package dev.qide.server.session;

import dev.qide.server.collab.FrameReceiver;
import dev.qide.server.transport.WebSocketSender;

/// Sends the frames of shared documents through a socket's outgoing queue. Thread-safe.
record SocketFrameReceiver(WebSocketSender outgoing) implements FrameReceiver {
    @Override
    public void frame(byte[] frame) {
        outgoing.binary(frame);
    }

    @Override
    public boolean isWritable() {
        return outgoing.isWritable();
    }

    @Override
    public void onWritable(Runnable signal) {
        outgoing.onWritable(signal);
    }

    @Override
    public void close(int code, String reason) {
        outgoing.close(code, reason);
    }
}

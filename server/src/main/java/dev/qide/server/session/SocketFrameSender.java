package dev.qide.server.session;

import dev.qide.server.collab.FrameSender;
import dev.qide.server.transport.WebSocketSender;
import java.util.function.BooleanSupplier;

/// Sends the frames of shared documents through a socket's outgoing queue. Thread-safe.
///
/// @param hasText whether the client has sent a text frame
record SocketFrameSender(WebSocketSender outgoing, BooleanSupplier hasText) implements FrameSender {
    /// For a socket without text frames.
    SocketFrameSender(WebSocketSender outgoing) {
        this(outgoing, () -> false);
    }

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
    public boolean isDocumentsOnly() {
        return !hasText.getAsBoolean();
    }

    @Override
    public void close(int code, String reason) {
        outgoing.close(code, reason);
    }
}

package dev.qide.server.collab;

/// The binary output of one socket. Implemented by `session` on the socket's outgoing queue; no
/// method blocks.
public interface FrameSender {
    /// Sends one binary frame; the caller must not change the array afterwards.
    void frame(byte[] frame);

    /// Whether the socket accepts further deferrable frames, such as replayed rows.
    boolean isWritable();

    /// Sets the callback to run when the socket accepts frames again after `isWritable()` was
    /// false.
    void onWritable(Runnable callback);

    /// Whether the socket has carried nothing but shared documents so far.
    boolean isDocumentsOnly();

    /// Closes the socket with a WebSocket close code.
    void close(int code, String reason);
}

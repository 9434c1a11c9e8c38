package dev.qide.server.collab;

/// Where the binary frames of one socket go. Implemented by `session` on the socket's outgoing
/// queue; no method blocks.
public interface FrameReceiver {
    /// Sends one binary frame; the array must not change afterwards.
    void frame(byte[] frame);

    /// Whether more may be sent now by someone who can wait (a replay of rows).
    boolean hasRoom();

    /// Sets what to run when there is room again after `hasRoom()` was false.
    void whenRoom(Runnable signal);

    /// Ends the socket with a WebSocket close code.
    void close(int code, String reason);
}

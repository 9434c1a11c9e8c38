package dev.qide.server.transport;

/// The sending side of one socket: its bounded outgoing queue, the only sender. Thread-safe; no
/// method blocks.
///
/// Text messages leave in the order in which they were put in, and so do binary ones; when much
/// waits, the two kinds take turns. A socket whose queue reaches its bound, or whose oldest message
/// is too old, is closed with 1013 and aborted: it costs itself, nobody else.
public interface Outgoing {
    /// Sends a text frame; dropped when the socket is closed.
    void text(String message);

    /// Sends a binary frame; the array must not change afterwards (fan-out shares it).
    void binary(byte[] message);

    /// Whether a producer that can wait should send more now: less than half of the bound is
    /// queued.
    boolean hasRoom();

    /// Sets what is run when the queue, after `hasRoom()` was false, has room again. It must not
    /// block (raise a signal).
    void whenRoom(Runnable signal);

    /// Sends a close frame behind what is queued; aborts the connection when the peer does not
    /// answer in time.
    void close(int code, String reason);

    /// Whether nothing can be sent any more.
    boolean isClosed();
}

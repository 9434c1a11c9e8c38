package dev.qide.server.transport;

/// The sending side of one socket: its bounded outgoing queue, the only sender. Thread-safe; no
/// method blocks.
///
/// Text messages are sent in the order in which they were queued, and so are binary messages; when
/// much is queued, the two kinds alternate. If the queue reaches its bound, or its oldest message
/// is too old, the socket is closed with 1013 and aborted; other sockets are not affected.
public interface WebSocketSender {
    /// Queues a text frame; drops it if the socket is closed.
    void text(String message);

    /// Queues a binary frame, or drops it if the socket is closed. The array must not change
    /// afterwards, since several sockets may share it.
    void binary(byte[] message);

    /// Queues a text frame and a binary frame that follows it directly, in the order of the text
    /// frames; drops both if the socket is closed. For protocols whose text announces the binary.
    void textThenBinary(String text, byte[] binary);

    /// Whether less than half of the bound is queued, so that a producer that can wait may send
    /// more.
    boolean isWritable();

    /// Sets a signal that runs when [#isWritable()] was false and becomes true. It must not block.
    void onWritable(Runnable signal);

    /// Queues a close frame after the other frames; aborts the connection if the peer does not
    /// answer in time.
    void close(int code, String reason);

    /// Whether the socket accepts no more frames.
    boolean isClosed();
}

package dev.qide.server.transport.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/// Buffers for encrypted records, which all connections of a server share: as many as are being
/// written at one time. Thread-safe; no method blocks.
final class RecordBuffers {
    /// How many are kept while nobody uses them.
    private static final int KEPT_BUFFERS = 64;

    private final ArrayBlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT_BUFFERS);

    /// An empty buffer of at least this size; give it back.
    ByteBuffer take(int bytes) {
        var buffer = free.poll();
        return buffer == null || buffer.capacity() < bytes ? ByteBuffer.allocate(bytes) : buffer;
    }

    void giveBack(ByteBuffer buffer) {
        buffer.clear();
        var _ = free.offer(buffer);
    }
}

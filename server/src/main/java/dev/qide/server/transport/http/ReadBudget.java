package dev.qide.server.transport.http;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// What the HTTP parser has read of one connection and not given on yet, bounded.
///
/// It reads a chunk of an entity whole, and the line before it to its end, before anybody is asked
/// whether so much is wanted: one stranger's chunk of two gigabytes would fill the heap. Owned by
/// the connection's thread.
final class ReadBudget {
    /// The largest chunk.
    static final int BYTES = 1 << 20;

    /// All connections together.
    private static final long HEAP_SHARE = 8;

    private final AtomicLong sum;
    private final long bound = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    private long held;

    /// @param sum of all connections
    ReadBudget(AtomicLong sum) {
        this.sum = sum;
    }

    /// So much is held now.
    ///
    /// @throws FailureException `MESSAGE_TOO_LARGE` when no more may be read
    void holds(long bytes) {
        long all = sum.addAndGet(bytes - held);
        held = bytes;
        if (bytes > BYTES || (all > bound && bytes > BYTES / 16)) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", Integer.toString(BYTES)));
        }
    }

    void end() {
        sum.addAndGet(-held);
        held = 0;
    }
}

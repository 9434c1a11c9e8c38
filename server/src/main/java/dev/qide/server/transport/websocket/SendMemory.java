package dev.qide.server.transport.websocket;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/// The bytes that wait in the outgoing queues of all sockets together, bounded.
///
/// Beyond the bound a queue may still take its even share, and one that wants more overflows: the
/// sockets that do not keep up pay, the others go on. So the sum stays below twice the bound. An
/// array that several queues share is counted by each. Thread-safe.
final class SendMemory {
    private final AtomicLong sum = new AtomicLong();
    private final long bound;
    private final IntSupplier sockets;

    /// @param bound in bytes
    /// @param sockets how many sockets are open now
    SendMemory(long bound, IntSupplier sockets) {
        this.bound = bound;
        this.sockets = sockets;
    }

    void changed(long by) {
        sum.addAndGet(by);
    }

    long heldBytes() {
        return sum.get();
    }

    /// Whether a queue that would hold so many bytes holds too many of the sum.
    boolean isTooMuch(long queueBytes) {
        return sum.get() > bound && queueBytes > bound / Math.max(1, sockets.getAsInt());
    }
}

package dev.qide.server.transport.websocket;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/// The bytes that wait in the outgoing queues of all sockets together, bounded.
///
/// Beyond the bound a queue may still take its even share, and one that wants more overflows if it
/// has not been empty for a while: the sockets that do not keep up pay, and whoever reads at once
/// goes on. Beyond twice the bound no queue takes more than its share, so the sum stays below three
/// times the bound. An array that several queues share is counted by each. Thread-safe.
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
    ///
    /// @param isKeepingUp whether the queue was empty a moment ago
    boolean isTooMuch(long queueBytes, boolean isKeepingUp) {
        return sum.get() > (isKeepingUp ? 2 * bound : bound)
                && queueBytes > bound / Math.max(1, sockets.getAsInt());
    }
}

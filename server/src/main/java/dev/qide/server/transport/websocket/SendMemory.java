package dev.qide.server.transport.websocket;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/// Bounds the memory of all sockets' outgoing queues together.
///
/// Beyond the bound a queue may still use its even share. A queue that needs more overflows if it
/// has not been empty recently: this affects sockets that do not keep up, and spares those that
/// read at once. Beyond twice the bound no queue may exceed its share, so the sum stays below three
/// times the bound. An array that several queues share counts for each of them. Thread-safe.
final class SendMemory {
    private final AtomicLong sum = new AtomicLong();
    private final long bound;
    private final IntSupplier sockets;

    /// @param bound in bytes
    /// @param sockets supplies the number of open sockets
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

    /// Whether a queue of this size must overflow.
    ///
    /// @param isKeepingUp whether the queue was empty recently
    boolean exceedsBound(long queueBytes, boolean isKeepingUp) {
        return sum.get() > (isKeepingUp ? 2 * bound : bound)
                && queueBytes > bound / Math.max(1, sockets.getAsInt());
    }
}

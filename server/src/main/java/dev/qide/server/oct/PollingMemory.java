package dev.qide.server.oct;

import java.util.concurrent.atomic.AtomicLong;

/// Bounds the memory of all messages that wait for the polls of editors without a WebSocket.
/// Thread-safe.
final class PollingMemory {
    private static final long MOST = 64L << 20;

    private final AtomicLong used = new AtomicLong();

    /// Takes memory; false, and takes none, when too little is left.
    boolean tryAcquire(long bytes) {
        if (used.addAndGet(bytes) > MOST) {
            release(bytes);
            return false;
        }
        return true;
    }

    void release(long bytes) {
        var _ = used.addAndGet(-bytes);
    }

    /// The bytes that wait.
    long used() {
        return used.get();
    }
}

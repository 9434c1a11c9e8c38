package dev.qide.server.transport.websocket;

import dev.qide.server.concurrent.DeferredWork;
import java.time.Duration;

/// Decides whether a thread that also serves other sockets may write one socket ([DeferredWork]).
///
/// A socket that has blocked such a thread is written by threads of its own for a while, so a slow
/// client delays others at most once in that time. Thread-safe.
final class DeferredWrites {
    /// A write that takes longer was blocked by a full socket.
    private static final Duration BLOCKED_AFTER = Duration.ofMillis(20);

    private static final Duration OWN_THREAD = Duration.ofSeconds(10);

    private volatile long ownThreadUntil = System.nanoTime();

    /// Leaves a write to a thread that serves several sockets.
    ///
    /// @return false if there is none, or if this socket blocked one recently
    boolean tryDefer(Runnable write) {
        return System.nanoTime() - ownThreadUntil >= 0 && DeferredWork.defer(() -> run(write));
    }

    private void run(Runnable write) {
        long begun = System.nanoTime();
        write.run();
        long now = System.nanoTime();
        if (now - begun > BLOCKED_AFTER.toNanos()) {
            ownThreadUntil = now + OWN_THREAD.toNanos();
        }
    }
}

package dev.qide.server.ai;

import java.util.concurrent.Callable;

/// Keeps work on large texts off the virtual threads, of which two busy ones occupy all carrier
/// threads. Thread-safe.
public interface ComputePool {
    /// Computes on platform threads, or on this thread if the input is small.
    ///
    /// @param bytes the size of the input
    /// @throws dev.qide.wire.FailureException `SERVER_CANCELLED` when too much work waits,
    ///   `SERVER_STOPPING` when this thread is interrupted
    <T> T compute(int bytes, Callable<T> work);
}

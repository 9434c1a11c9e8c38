package dev.qide.server.transport.websocket;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Bounds the memory of all sockets' input buffers together.
///
/// The engine keeps the largest buffer that a connection ever needed until the connection ends, so
/// a hundred idle sockets can hold hundreds of megabytes. When the sum exceeds the bound, the
/// largest idle holders are closed with 1013; their clients reconnect. Thread-safe.
final class InputMemory {
    private final Map<Holder, Long> bytesByHolder = new ConcurrentHashMap<>();
    private final AtomicLong sum = new AtomicLong();
    private final long bound;

    InputMemory(long bound) {
        this.bound = bound;
    }

    void add(Holder holder) {
        bytesByHolder.put(holder, 0L);
    }

    /// Removes a holder that has ended.
    void remove(Holder holder) {
        var bytes = bytesByHolder.remove(holder);
        if (bytes != null) {
            sum.addAndGet(-bytes);
        }
    }

    /// Sets the size of a holder's buffers.
    ///
    /// @return false if the bound is exceeded and there is no idle holder to close
    boolean holds(Holder holder, long bytes) {
        bytesByHolder.computeIfPresent(
                holder,
                (_, before) -> {
                    sum.addAndGet(bytes - before);
                    return bytes;
                });
        while (sum.get() > bound) {
            var largest = largestIdle(holder);
            if (largest == null) {
                return false;
            }
            remove(largest);
            largest.shed();
        }
        return true;
    }

    long heldBytes() {
        return sum.get();
    }

    private @Nullable Holder largestIdle(Holder exempt) {
        return bytesByHolder.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .filter(entry -> !entry.getKey().equals(exempt) && entry.getKey().isIdle())
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    /// A socket with its input buffers.
    interface Holder {
        /// Whether no message is being received or handled.
        boolean isIdle();

        /// Closes the socket to free its memory; must not block.
        void shed();
    }
}

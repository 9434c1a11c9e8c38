package dev.qide.server.limits;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A limit on how many units of a bounded resource one person may hold at once, so that nobody can
/// use up all of them.
///
/// Has one entry per holder, so it is bounded by the resource itself. Thread-safe.
public final class PerPrincipalLimit {
    private final Map<String, Integer> held = new ConcurrentHashMap<>();
    private final int permits;

    /// One unit held by one person.
    public final class Permit implements AutoCloseable {
        private final String principal;
        private boolean isReleased;

        private Permit(String principal) {
            this.principal = principal;
        }

        /// Releases the unit; calling it again is harmless.
        @Override
        public synchronized void close() {
            if (!isReleased) {
                isReleased = true;
                held.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /// @param atOnce units that one person may hold, fewer than the resource has
    public PerPrincipalLimit(int atOnce) {
        if (atOnce < 1) {
            throw new IllegalArgumentException("atOnce must be positive");
        }
        this.permits = atOnce;
    }

    /// Acquires a unit; null when the person already holds the maximum.
    public @Nullable Permit tryAcquire(String principal) {
        int now = held.merge(principal, 1, Integer::sum);
        var permit = new Permit(principal);
        if (now > permits) {
            permit.close();
            return null;
        }
        return permit;
    }

    /// Whether the person holds the maximum.
    public boolean isReached(String principal) {
        return held.getOrDefault(principal, 0) >= permits;
    }

    /// The number of units that one person may hold.
    public int permits() {
        return permits;
    }
}

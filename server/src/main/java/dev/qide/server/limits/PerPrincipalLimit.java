package dev.qide.server.limits;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// How many of a bounded number of places one person may hold at once, so that nobody holds all of
/// them.
///
/// Holds an entry only for those who hold a place, so it is as bounded as the places are.
/// Thread-safe.
public final class PerPrincipalLimit {
    private final Map<String, Integer> held = new ConcurrentHashMap<>();
    private final int atOnce;

    /// One place of one person.
    public final class Place implements AutoCloseable {
        private final String principal;
        private boolean isGiven;

        private Place(String principal) {
            this.principal = principal;
        }

        /// Gives it back; harmless when that was done before.
        @Override
        public synchronized void close() {
            if (!isGiven) {
                isGiven = true;
                held.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /// @param atOnce places that one person may hold: fewer than there are
    public PerPrincipalLimit(int atOnce) {
        if (atOnce < 1) {
            throw new IllegalArgumentException("nobody could hold a place");
        }
        this.atOnce = atOnce;
    }

    /// Takes a place; null when the person holds as many as one may.
    public @Nullable Place take(String principal) {
        int now = held.merge(principal, 1, Integer::sum);
        var place = new Place(principal);
        if (now > atOnce) {
            place.close();
            return null;
        }
        return place;
    }

    /// How many places one person may hold.
    public int atOnce() {
        return atOnce;
    }
}

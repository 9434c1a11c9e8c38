package dev.qide.server.identity;

import dev.qide.server.identity.Principal.UserId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tickets for one WebSocket handshake each: short-lived, bound to the credential they were issued
/// for, and stored as hashes.
///
/// Thread-safe.
final class Tickets {
    static final Duration LIFETIME = Duration.ofSeconds(30);
    static final int TICKETS = 10_000;
    static final int TICKETS_PER_PRINCIPAL = 256;

    private final InstantSource clock;
    private final Map<UserId, Integer> counts = new HashMap<>();

    /// In the order of expiry.
    private final LinkedHashMap<CredentialId, Issued> issued = new LinkedHashMap<>();

    private record Issued(UserId principal, CredentialId credential, Instant until) {}

    Tickets(InstantSource clock) {
        this.clock = clock;
    }

    /// Adds a ticket.
    ///
    /// @param ticket the hash of a new random secret
    /// @throws FailureException `TOO_MANY_REQUESTS` when too many are unused
    synchronized void issue(CredentialId ticket, Principal principal) {
        removeExpired();
        if (issued.size() >= TICKETS
                || counts.getOrDefault(principal.id(), 0) >= TICKETS_PER_PRINCIPAL) {
            throw new FailureException(Failure.TOO_MANY_REQUESTS, Map.of("reason", "tickets"));
        }
        issued.put(
                ticket,
                new Issued(principal.id(), principal.credential(), clock.instant().plus(LIFETIME)));
        counts.merge(principal.id(), 1, Integer::sum);
    }

    /// Consumes a ticket.
    ///
    /// @return the credential it was issued for; null when it is unknown, used or expired
    synchronized @Nullable CredentialId redeem(CredentialId ticket) {
        removeExpired();
        var found = issued.remove(ticket);
        if (found == null) {
            return null;
        }
        decrement(found.principal());
        return found.credential();
    }

    private void removeExpired() {
        var now = clock.instant();
        var oldest = issued.values().iterator();
        while (oldest.hasNext()) {
            var next = oldest.next();
            if (next.until().isAfter(now)) {
                return;
            }
            oldest.remove();
            decrement(next.principal());
        }
    }

    private void decrement(UserId principal) {
        counts.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
    }
}

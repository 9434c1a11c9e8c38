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

/// Tickets for one WebSocket handshake each: short-lived, bound to the credential they were bought
/// with, and known by their hash alone.
///
/// Thread-safe.
final class Tickets {
    static final Duration LIFETIME = Duration.ofSeconds(30);
    static final int TICKETS = 10_000;
    static final int TICKETS_OF_A_PRINCIPAL = 256;

    private final InstantSource clock;
    private final Map<UserId, Integer> countOf = new HashMap<>();

    /// In the order in which they end.
    private final LinkedHashMap<CredentialId, Issued> issued = new LinkedHashMap<>();

    private record Issued(UserId principal, CredentialId credential, Instant until) {}

    Tickets(InstantSource clock) {
        this.clock = clock;
    }

    /// @param ticket the hash of a fresh random secret
    /// @throws FailureException `TOO_MANY_REQUESTS` when too many are unused
    synchronized void issue(CredentialId ticket, Principal principal) {
        forgetOver();
        if (issued.size() >= TICKETS
                || countOf.getOrDefault(principal.id(), 0) >= TICKETS_OF_A_PRINCIPAL) {
            throw new FailureException(Failure.TOO_MANY_REQUESTS, Map.of("reason", "tickets"));
        }
        issued.put(
                ticket,
                new Issued(principal.id(), principal.credential(), clock.instant().plus(LIFETIME)));
        countOf.merge(principal.id(), 1, Integer::sum);
    }

    /// Uses a ticket up.
    ///
    /// @return the credential it was bought with; null when it is unknown, used or over
    synchronized @Nullable CredentialId redeem(CredentialId ticket) {
        forgetOver();
        var found = issued.remove(ticket);
        if (found == null) {
            return null;
        }
        countDown(found.principal());
        return found.credential();
    }

    private void forgetOver() {
        var now = clock.instant();
        var oldest = issued.values().iterator();
        while (oldest.hasNext()) {
            var next = oldest.next();
            if (next.until().isAfter(now)) {
                return;
            }
            oldest.remove();
            countDown(next.principal());
        }
    }

    private void countDown(UserId principal) {
        countOf.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
    }
}

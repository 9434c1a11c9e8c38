package dev.qide.server.identity;

import dev.qide.server.store.TicketTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Tickets when several servers share the database: any server can redeem a ticket, and each ticket
/// only once. A single server keeps its tickets in memory ([Tickets]), and so does each while the
/// database is down. Thread-safe.
final class SharedTickets {
    private final TicketTable table;
    private final BooleanSupplier isShared;
    private final InstantSource clock;

    /// @param isShared whether other servers use the database, or have used it
    SharedTickets(TicketTable table, BooleanSupplier isShared, InstantSource clock) {
        this.table = table;
        this.isShared = isShared;
        this.clock = clock;
    }

    /// Adds a ticket.
    ///
    /// @param ticket the hash of a new random secret
    /// @return false when it has to be kept in memory
    /// @throws FailureException `TOO_MANY_REQUESTS` when too many are unused
    boolean issue(CredentialId ticket, Principal principal, boolean isLogin) {
        if (!isShared.getAsBoolean()) {
            return false;
        }
        var now = clock.instant();
        try {
            boolean isIssued =
                    table.issue(
                            new TicketTable.Ticket(
                                    ticket.hash(),
                                    principal.id().value(),
                                    principal.credential().hash(),
                                    isLogin),
                            now,
                            now.plus(Tickets.LIFETIME),
                            Tickets.TICKETS_PER_PRINCIPAL);
            if (!isIssued) {
                throw new FailureException(Failure.TOO_MANY_REQUESTS, Map.of("reason", "tickets"));
            }
            return true;
        } catch (FailureException failure) {
            if (failure.failure() == Failure.STORE_UNAVAILABLE) {
                return false;
            }
            throw failure;
        }
    }

    /// Consumes a ticket.
    ///
    /// @return null when it is unknown, used or expired
    TicketTable.@Nullable Ticket redeem(CredentialId ticket) {
        return isShared.getAsBoolean() ? table.redeem(ticket.hash(), clock.instant()) : null;
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Tickets that any server of this database may redeem, once. Thread-safe; calls block on the
/// database and throw `STORE_UNAVAILABLE` when it is down.
public final class TicketTable {
    private final Database database;

    public TicketTable(Database database) {
        this.database = database;
    }

    /// An unused ticket.
    ///
    /// @param hash SHA-256 of its secret
    /// @param credential SHA-256 of the secret of the credential that it was issued for
    /// @param isLogin whether that is a login cookie
    public record Ticket(byte[] hash, UUID person, byte[] credential, boolean isLogin) {}

    /// Adds a ticket, and deletes the expired ones.
    ///
    /// @param most the largest number of unused tickets of one person
    /// @return false when the person has as many
    public boolean issue(Ticket ticket, Instant now, Instant until, int most) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate("DELETE FROM tickets WHERE expires_at <= :now")
                            .bind("now", TokenTable.atUtc(now))
                            .execute();
                    return handle.createUpdate(
                                            """
                                            INSERT INTO tickets (ticket_hash, person_id,
                                                credential_hash, is_login, expires_at)
                                            SELECT :hash, :person, :credential, :isLogin,
                                                CAST(:until AS timestamptz)
                                            WHERE :most > (SELECT count(*) FROM tickets
                                                WHERE person_id = :person)
                                            """)
                                    .bind("hash", ticket.hash())
                                    .bind("person", ticket.person())
                                    .bind("credential", ticket.credential())
                                    .bind("isLogin", ticket.isLogin())
                                    .bind("until", TokenTable.atUtc(until))
                                    .bind("most", most)
                                    .execute()
                            > 0;
                });
    }

    /// Consumes a ticket; of several servers that attempt it at once one gets it.
    ///
    /// @return null when it is unknown, used or expired
    public @Nullable Ticket redeem(byte[] hash, Instant now) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                DELETE FROM tickets
                                                WHERE ticket_hash = :hash AND expires_at > :now
                                                RETURNING person_id, credential_hash, is_login
                                                """)
                                        .bind("hash", hash)
                                        .bind("now", TokenTable.atUtc(now))
                                        .map((row, _) ->
                                                new Ticket(
                                                        hash,
                                                        row.getObject(1, UUID.class),
                                                        row.getBytes(2),
                                                        row.getBoolean(3)))
                                        .findOne())
                .orElse(null);
    }
}

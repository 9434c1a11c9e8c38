package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// Cookie sessions: who logged in with which token, known by its hash alone. Thread-safe; calls
/// block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class LoginTable {
    private final Database database;

    public LoginTable(Database database) {
        this.database = database;
    }

    /// One login.
    ///
    /// @param tokenHash SHA-256 of the token, 32 bytes
    /// @param role closed-set name that `identity` gives and reads
    /// @param scopes closed-set names that `identity` gives and reads
    public record Login(
            byte[] tokenHash,
            UUID person,
            String name,
            String role,
            Set<String> scopes,
            Instant expiresAt) {
        public Login {
            scopes = Set.copyOf(scopes);
        }
    }

    public void create(Login login) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO logins (token_hash, person_id, person_name,
                                            role, scopes, expires_at)
                                        VALUES (:hash, :person, :name, :role, :scopes, :expiresAt)
                                        """)
                                .bind("hash", login.tokenHash())
                                .bind("person", login.person())
                                .bind("name", login.name())
                                .bind("role", login.role())
                                .bind("scopes", String.join(" ", login.scopes()))
                                .bind("expiresAt", login.expiresAt().atOffset(ZoneOffset.UTC))
                                .execute());
    }

    /// The login of this token, or null when there is none or it has expired at `now`.
    public @Nullable Login find(byte[] tokenHash, Instant now) {
        return database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT * FROM logins
                                                WHERE token_hash = :hash AND expires_at > :now
                                                """)
                                        .bind("hash", tokenHash)
                                        .bind("now", now.atOffset(ZoneOffset.UTC))
                                        .map(LoginTable::login)
                                        .findOne())
                .orElse(null);
    }

    /// Ends one login; false when there was none.
    public boolean revoke(byte[] tokenHash) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM logins WHERE token_hash = :hash")
                                        .bind("hash", tokenHash)
                                        .execute()
                                > 0);
    }

    /// Removes the logins that have expired at `now`, and says how many those were.
    public int purge(Instant now) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM logins WHERE expires_at <= :now")
                                .bind("now", now.atOffset(ZoneOffset.UTC))
                                .execute());
    }

    private static Login login(ResultSet row, StatementContext context) throws SQLException {
        var scopes = row.getString("scopes");
        return new Login(
                row.getBytes("token_hash"),
                row.getObject("person_id", UUID.class),
                row.getString("person_name"),
                row.getString("role"),
                scopes.isEmpty() ? Set.of() : Set.of(scopes.split(" ")),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }
}

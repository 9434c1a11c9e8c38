package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.UUID;

/// Logins (cookie sessions), each with the token it came from; both are stored as hashes.
/// [TokenTable] decides which are valid. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class LoginTable {
    private final Database database;

    public LoginTable(Database database) {
        this.database = database;
    }

    /// One login.
    ///
    /// @param secretHash SHA-256 of the cookie's secret, 32 bytes
    /// @param originHash SHA-256 of the token it came from, 32 bytes
    /// @param role closed-set name defined by `identity`
    /// @param scopes closed-set names defined by `identity`
    public record Login(
            byte[] secretHash,
            byte[] originHash,
            UUID principal,
            String name,
            String role,
            Set<String> scopes,
            Instant expiresAt) {
        public Login {
            scopes = Set.copyOf(scopes);
        }
    }

    public void create(Login login) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO logins (token_hash, origin_hash, person_id,
                                            person_name, role, scopes, expires_at)
                                        VALUES (:hash, :origin, :person, :name, :role, :scopes,
                                            :expiresAt)
                                        """)
                                .bind("hash", login.secretHash())
                                .bind("origin", login.originHash())
                                .bind("person", login.principal())
                                .bind("name", login.name())
                                .bind("role", login.role())
                                .bind("scopes", String.join(" ", login.scopes()))
                                .bind("expiresAt", login.expiresAt().atOffset(ZoneOffset.UTC))
                                .execute());
    }

    /// Ends a login; false when it does not exist.
    public boolean revoke(byte[] secretHash) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM logins WHERE token_hash = :hash")
                                        .bind("hash", secretHash)
                                        .execute()
                                > 0);
    }

    /// Deletes the logins that expired before `now`.
    ///
    /// @return their number
    public int purge(Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM logins WHERE expires_at <= :now")
                                .bind("now", now.atOffset(ZoneOffset.UTC))
                                .execute());
    }
}

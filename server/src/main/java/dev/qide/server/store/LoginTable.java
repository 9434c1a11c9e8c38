package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// Logins (cookie sessions), each with the token or the account it came from; secrets are stored as
/// hashes. [TokenTable] decides which are valid. Thread-safe; calls block on the database and throw
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
    /// @param agent the client, for the person's list of sessions
    public record Login(
            byte[] secretHash,
            byte[] originHash,
            UUID principal,
            String name,
            String role,
            Set<String> scopes,
            String agent,
            Instant expiresAt) {
        public Login {
            scopes = Set.copyOf(scopes);
        }
    }

    /// One login by an account of a provider.
    ///
    /// @param secretHash SHA-256 of the cookie's secret, 32 bytes
    /// @param agent the browser, for the person's list of sessions
    public record AccountLogin(
            byte[] secretHash,
            UUID person,
            String provider,
            String subject,
            String agent,
            Instant createdAt,
            Instant expiresAt) {}

    /// A login as its person's list shows it.
    ///
    /// @param provider null for one that came from a token
    public record Session(
            UUID id,
            byte[] secretHash,
            @Nullable String provider,
            String agent,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt) {}

    /// Adds a login by an account; name, role and scopes are those of the person at any time.
    public void createByAccount(AccountLogin login) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO logins (token_hash, provider, subject, person_id,
                                            person_name, role, scopes, agent, created_at, last_used_at,
                                            expires_at)
                                        VALUES (:hash, :provider, :subject, :person, '', '', '',
                                            :agent, :created, :created, :expires)
                                        """)
                                .bind("hash", login.secretHash())
                                .bind("provider", login.provider())
                                .bind("subject", login.subject())
                                .bind("person", login.person())
                                .bind("agent", login.agent())
                                .bind("created", login.createdAt().atOffset(ZoneOffset.UTC))
                                .bind("expires", login.expiresAt().atOffset(ZoneOffset.UTC))
                                .execute());
    }

    /// Notes that logins were used.
    public void used(Collection<byte[]> hashes, Instant now) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE logins SET last_used_at = :now
                                        WHERE token_hash IN (
                                            SELECT decode(hex, 'hex') FROM unnest(:hashes) AS hex)
                                        """)
                                .bindArray(
                                        "hashes",
                                        String.class,
                                        hashes.stream().map(HexFormat.of()::formatHex).toList())
                                .bind("now", now.atOffset(ZoneOffset.UTC))
                                .execute());
    }

    /// The unexpired logins of a person, newest first.
    public List<Session> ofPerson(UUID person, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, token_hash, provider, agent, created_at,
                                            last_used_at, expires_at
                                        FROM logins WHERE person_id = :person AND expires_at > :now
                                        ORDER BY created_at DESC, id
                                        """)
                                .bind("person", person)
                                .bind("now", now.atOffset(ZoneOffset.UTC))
                                .map(LoginTable::session)
                                .list());
    }

    /// Ends a login of a person; null when the person has no such login.
    ///
    /// @return the hash of its secret
    public byte @Nullable [] revoke(UUID person, UUID id) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                DELETE FROM logins WHERE person_id = :person AND id = :id
                                                RETURNING token_hash
                                                """)
                                        .bind("person", person)
                                        .bind("id", id)
                                        .map((row, _) -> row.getBytes("token_hash"))
                                        .findOne())
                .orElse(null);
    }

    public void create(Login login) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO logins (token_hash, origin_hash, person_id,
                                            person_name, role, scopes, agent, expires_at)
                                        VALUES (:hash, :origin, :person, :name, :role, :scopes,
                                            :agent, :expiresAt)
                                        """)
                                .bind("hash", login.secretHash())
                                .bind("origin", login.originHash())
                                .bind("person", login.principal())
                                .bind("name", login.name())
                                .bind("role", login.role())
                                .bind("scopes", String.join(" ", login.scopes()))
                                .bind("agent", login.agent())
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

    private static Session session(ResultSet row, StatementContext context) throws SQLException {
        return new Session(
                row.getObject("id", UUID.class),
                row.getBytes("token_hash"),
                row.getString("provider"),
                row.getString("agent"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_used_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
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

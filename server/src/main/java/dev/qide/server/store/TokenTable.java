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
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/// Tokens created by the command line, and the validity of all credentials. [PersonalTokenTable]
/// and [ShareTable] add the other tokens. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class TokenTable {
    private final Database database;

    public TokenTable(Database database) {
        this.database = database;
    }

    /// One token.
    ///
    /// @param hash SHA-256 of the token, 32 bytes
    /// @param role closed-set name defined by `identity`
    /// @param scopes closed-set names defined by `identity`
    /// @param expiresAt null for never
    /// @param revokedAt null when not revoked
    public record Token(
            UUID id,
            byte[] hash,
            UUID principal,
            String name,
            String role,
            Set<String> scopes,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant revokedAt) {
        public Token {
            scopes = Set.copyOf(scopes);
        }
    }

    /// A valid credential: a token that is neither revoked nor expired, nor made with a token that
    /// is, an unexpired login whose token is valid, or an unexpired login by an account of somebody
    /// with a role somewhere.
    ///
    /// @param hash SHA-256 of its secret
    /// @param name the name that the person chose, else the credential's
    /// @param scopes empty for the login of an account, which has those of the role
    /// @param isMember whether the rights are those that [OrganisationTable#roles] has for the
    ///   person now, and not the one role of the credential
    /// @param expiresAt null for never
    /// @param workspace the only workspace where it is valid; null for all
    public record ValidCredential(
            byte[] hash,
            boolean isLogin,
            UUID principal,
            String name,
            String role,
            Set<String> scopes,
            boolean isMember,
            @Nullable Instant expiresAt,
            @Nullable WorkspaceId workspace) {
        public ValidCredential {
            scopes = Set.copyOf(scopes);
        }
    }

    /// Adds a token unless `most` valid ones exist.
    ///
    /// @return whether it was added
    public boolean create(Token token, int most) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        bind(
                                                handle.createUpdate(
                                                        """
                                                        INSERT INTO tokens (id, token_hash, person_id, person_name,
                                                            role, scopes, created_at, expires_at)
                                                        SELECT :id, :hash, :person, :name, :role, :scopes,
                                                            CAST(:createdAt AS timestamptz),
                                                            CAST(:expiresAt AS timestamptz)
                                                        WHERE :most > (SELECT count(*) FROM tokens
                                                            WHERE revoked_at IS NULL
                                                                AND (expires_at IS NULL OR expires_at > :createdAt))
                                                        """),
                                                token)
                                        .bind("most", most)
                                        .execute()
                                > 0);
    }

    /// Binds the columns of a token by their names in SQL.
    static Update bind(Update update, Token token) {
        return update.bind("id", token.id())
                .bind("hash", token.hash())
                .bind("person", token.principal())
                .bind("name", token.name())
                .bind("role", token.role())
                .bind("scopes", String.join(" ", token.scopes()))
                .bind("createdAt", atUtc(token.createdAt()))
                .bind("expiresAt", atUtc(token.expiresAt()));
    }

    /// All tokens, including invalid ones, oldest first.
    public List<Token> all() {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT * FROM tokens ORDER BY created_at, id")
                                .map(TokenTable::token)
                                .list());
    }

    /// Revokes a token and its logins; false when there is no such token. An earlier revocation
    /// keeps its time.
    public boolean revoke(UUID id, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate(
                                    """
                                    DELETE FROM logins WHERE origin_hash =
                                        (SELECT token_hash FROM tokens WHERE id = :id)
                                    """)
                            .bind("id", id)
                            .execute();
                    return handle.createUpdate(
                                            """
                                            UPDATE tokens SET revoked_at = coalesce(revoked_at, :now)
                                            WHERE id = :id
                                            """)
                                    .bind("id", id)
                                    .bind("now", atUtc(now))
                                    .execute()
                            > 0;
                });
    }

    /// The conditions under which credentials are valid.
    ///
    /// @param localHash hash of a token that is valid without being in the table; logins may come
    ///   from it too
    /// @param localOwner the person who is an owner without being in a table
    /// @param idleSince logins of accounts that were last used before then are invalid
    public record Validity(byte[] localHash, UUID localOwner, Instant now, Instant idleSince) {}

    /// The valid credentials among those with these hashes.
    public List<ValidCredential> valid(Collection<byte[]> hashes, Validity validity) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        WITH asked AS (
                                            SELECT decode(hex, 'hex') AS hash
                                            FROM unnest(:hashes) AS hex),
                                        member AS NOT MATERIALIZED (
                                            SELECT id AS person_id, people.name, coalesce(
                                                (SELECT role FROM memberships
                                                    WHERE person_id = id AND organisation_id = :home),
                                                'VIEWER') AS role
                                            FROM people
                                            WHERE left_at IS NULL
                                                AND (EXISTS (SELECT FROM memberships
                                                        WHERE person_id = id)
                                                    OR EXISTS (SELECT FROM workspace_members
                                                        WHERE person_id = id))),
                                        holding AS NOT MATERIALIZED (
                                            SELECT token_hash, tokens.person_id, person_name, scopes,
                                                coalesce(member.role, tokens.role) AS role,
                                                expires_at, workspace_id,
                                                member.role IS NOT NULL AS is_member
                                            FROM tokens LEFT JOIN member
                                                ON member.person_id = tokens.person_id
                                                    AND label IS NOT NULL AND origin_hash IS NULL
                                            WHERE revoked_at IS NULL
                                                AND (expires_at IS NULL OR expires_at > :now)
                                                AND (workspace_id IS NULL OR %s)
                                                AND ((origin_hash IS NULL AND label IS NULL)
                                                    OR member.role IS NOT NULL OR %s))
                                        SELECT token_hash, false AS is_login, person_id,
                                            coalesce(name, person_name) AS person_name, role, scopes,
                                            is_member, expires_at, workspace_id
                                        FROM holding LEFT JOIN display_names USING (person_id)
                                        WHERE token_hash IN (SELECT hash FROM asked)
                                        UNION ALL
                                        SELECT logins.token_hash, true, logins.person_id,
                                            coalesce(name, logins.person_name),
                                            coalesce(holding.role, logins.role), logins.scopes,
                                            coalesce(is_member, false), logins.expires_at, workspace_id
                                        FROM logins LEFT JOIN holding
                                                ON holding.token_hash = logins.origin_hash
                                            LEFT JOIN display_names
                                                ON display_names.person_id = logins.person_id
                                        WHERE logins.token_hash IN (SELECT hash FROM asked)
                                            AND logins.expires_at > :now
                                            AND (origin_hash = :local
                                                OR holding.token_hash IS NOT NULL)
                                        UNION ALL
                                        SELECT token_hash, true, member.person_id,
                                            coalesce(display_names.name, member.name),
                                            member.role, scopes, true, expires_at,
                                            CAST(NULL AS uuid)
                                        FROM logins JOIN member USING (person_id)
                                            LEFT JOIN display_names USING (person_id)
                                        WHERE token_hash IN (SELECT hash FROM asked)
                                            AND provider IS NOT NULL AND expires_at > :now
                                            AND last_used_at > :idle
                                        """
                                                .formatted(
                                                        ShareTable.CREATOR_IS_OWNER,
                                                        PersonalTokenTable.originIsValid("tokens")))
                                .bindArray(
                                        "hashes",
                                        String.class,
                                        hashes.stream().map(HexFormat.of()::formatHex).toList())
                                .bind("local", validity.localHash())
                                .bind("now", atUtc(validity.now()))
                                .bind("idle", atUtc(validity.idleSince()))
                                .bind("home", OrganisationId.HOME.value())
                                .bind("localOwner", validity.localOwner())
                                .map(TokenTable::validCredential)
                                .list());
    }

    /// Deletes the tokens that became invalid before `then`.
    ///
    /// @return their number
    public int purge(Instant then) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        DELETE FROM tokens
                                        WHERE revoked_at < :then OR expires_at < :then
                                        """)
                                .bind("then", atUtc(then))
                                .execute());
    }

    static Token token(ResultSet row, StatementContext context) throws SQLException {
        return new Token(
                row.getObject("id", UUID.class),
                row.getBytes("token_hash"),
                row.getObject("person_id", UUID.class),
                row.getString("person_name"),
                row.getString("role"),
                scopes(row),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "expires_at"),
                instant(row, "revoked_at"));
    }

    private static ValidCredential validCredential(ResultSet row, StatementContext context)
            throws SQLException {
        var workspace = row.getObject("workspace_id", UUID.class);
        return new ValidCredential(
                row.getBytes("token_hash"),
                row.getBoolean("is_login"),
                row.getObject("person_id", UUID.class),
                row.getString("person_name"),
                row.getString("role"),
                scopes(row),
                row.getBoolean("is_member"),
                instant(row, "expires_at"),
                workspace == null ? null : new WorkspaceId(workspace));
    }

    static Set<String> scopes(ResultSet row) throws SQLException {
        var words = row.getString("scopes");
        return words.isEmpty() ? Set.of() : Set.of(words.split(" "));
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static @Nullable OffsetDateTime atUtc(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }
}

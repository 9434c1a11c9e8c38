package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Tokens that people create for themselves, rows of the table of [TokenTable], which decides which
/// are valid. Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is
/// down.
public final class PersonalTokenTable {
    private final Database database;

    /// The condition that the token in the column `origin_hash` of a table is valid: it is the
    /// token `:local`, which no table has, or one that is neither revoked nor expired `:now`, nor
    /// made with a token that is.
    ///
    /// @param table a name from a closed set
    static String originIsValid(String table) {
        return """
        (%1$s.origin_hash = :local OR EXISTS (
            SELECT FROM tokens AS origin
                LEFT JOIN tokens AS root ON root.token_hash = origin.origin_hash
            WHERE origin.token_hash = %1$s.origin_hash AND origin.revoked_at IS NULL
                AND (origin.expires_at IS NULL OR origin.expires_at > :now)
                AND (origin.origin_hash IS NULL OR origin.origin_hash = :local
                    OR (root.id IS NOT NULL AND root.revoked_at IS NULL
                        AND (root.expires_at IS NULL OR root.expires_at > :now)))))
        """
                .formatted(table);
    }

    public PersonalTokenTable(Database database) {
        this.database = database;
    }

    /// One personal token.
    ///
    /// @param label what the person calls it
    /// @param originHash SHA-256 of the token that it was created with and ends with, 32 bytes;
    ///   null for the login of an account
    public record PersonalToken(
            TokenTable.Token token, String label, byte @Nullable [] originHash) {}

    /// The origin of a credential.
    ///
    /// @param isPersonal whether it is a personal token, or a login with one
    /// @param tokenHash SHA-256 of the token that it is or comes from, 32 bytes; null for the login
    ///   of an account
    public record Origin(boolean isPersonal, byte @Nullable [] tokenHash) {}

    /// Adds a token unless the person has `most` valid ones.
    ///
    /// @return whether it was added
    public boolean create(PersonalToken personal, int most) {
        var token = personal.token();
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                                """
                                                INSERT INTO tokens (id, token_hash, person_id, person_name,
                                                    role, scopes, created_at, expires_at, label, origin_hash)
                                                SELECT :id, :hash, :person, :name, :role, :scopes,
                                                    CAST(:createdAt AS timestamptz),
                                                    CAST(:expiresAt AS timestamptz), :label,
                                                    CAST(:origin AS bytea)
                                                WHERE :most > (SELECT count(*) FROM tokens
                                                    WHERE person_id = :person AND label IS NOT NULL
                                                        AND revoked_at IS NULL
                                                        AND (expires_at IS NULL OR expires_at > :createdAt))
                                                """)
                                        .bind("id", token.id())
                                        .bind("hash", token.hash())
                                        .bind("person", token.principal())
                                        .bind("name", token.name())
                                        .bind("role", token.role())
                                        .bind("scopes", String.join(" ", token.scopes()))
                                        .bind("createdAt", TokenTable.atUtc(token.createdAt()))
                                        .bind("expiresAt", TokenTable.atUtc(token.expiresAt()))
                                        .bind("label", personal.label())
                                        .bind("origin", personal.originHash())
                                        .bind("most", most)
                                        .execute()
                                > 0);
    }

    /// The personal tokens of a person that are neither revoked nor expired, oldest first.
    public List<PersonalToken> ofPerson(UUID person, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT * FROM tokens
                                        WHERE person_id = :person AND label IS NOT NULL
                                            AND revoked_at IS NULL
                                            AND (expires_at IS NULL OR expires_at > :now)
                                        ORDER BY created_at, id
                                        """)
                                .bind("person", person)
                                .bind("now", TokenTable.atUtc(now))
                                .map((row, context) ->
                                        new PersonalToken(
                                                TokenTable.token(row, context),
                                                row.getString("label"),
                                                row.getBytes("origin_hash")))
                                .list());
    }

    /// The origin of a token or a login; null when neither table has it.
    public @Nullable Origin originOf(byte[] hash) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT label IS NOT NULL AS is_personal, token_hash
                                                FROM tokens WHERE token_hash = :hash
                                                UNION ALL
                                                SELECT label IS NOT NULL, logins.origin_hash
                                                FROM logins LEFT JOIN tokens
                                                    ON tokens.token_hash = logins.origin_hash
                                                WHERE logins.token_hash = :hash
                                                """)
                                        .bind("hash", hash)
                                        .map((row, _) ->
                                                new Origin(
                                                        row.getBoolean("is_personal"),
                                                        row.getBytes("token_hash")))
                                        .findOne())
                .orElse(null);
    }
}

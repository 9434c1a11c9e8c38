package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The tokens that are valid in one workspace only. [TokenTable] says which credentials are valid,
/// and revokes their logins. Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE`
/// when it is down.
public final class ShareTable {
    private static final String HOLDING =
            "workspace_id = :workspace AND revoked_at IS NULL AND expires_at > :now";

    /// A share ends with the right of the person who made it: an owner of the workspace or of its
    /// organisation by an account, or by a valid token of the command line.
    static final String CREATOR_IS_OWNER =
            """
            (tokens.shared_by = :localOwner
                OR EXISTS (SELECT FROM tokens AS creator
                    WHERE creator.person_id = tokens.shared_by AND creator.role = 'OWNER'
                        AND creator.label IS NULL AND creator.workspace_id IS NULL
                        AND creator.revoked_at IS NULL
                        AND (creator.expires_at IS NULL OR creator.expires_at > :now))
                OR EXISTS (SELECT FROM people JOIN workspaces ON workspaces.id = tokens.workspace_id
                    WHERE people.id = tokens.shared_by AND left_at IS NULL
                        AND (EXISTS (SELECT FROM memberships
                                WHERE memberships.organisation_id = workspaces.organisation_id
                                    AND memberships.person_id = people.id
                                    AND memberships.role = 'OWNER')
                            OR EXISTS (SELECT FROM workspace_members
                                WHERE workspace_members.workspace_id = workspaces.id
                                    AND workspace_members.person_id = people.id
                                    AND workspace_members.role = 'OWNER'))))
            """;

    private final Database database;

    public ShareTable(Database database) {
        this.database = database;
    }

    /// A share with the person who made it.
    ///
    /// @param originHash SHA-256 of the token that it was made with and ends with, 32 bytes; null
    ///   for the login of an account
    public record Share(TokenTable.Token token, UUID sharedBy, byte @Nullable [] originHash) {}

    /// Adds a share unless the workspace was deleted or has `most` valid ones.
    ///
    /// @return whether it was added
    public boolean create(WorkspaceId workspace, Share share, int most) {
        var token = share.token();
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        TokenTable.bind(
                                                handle.createUpdate(
                                                        """
                                                        INSERT INTO tokens (id, token_hash, person_id, person_name,
                                                            role, scopes, created_at, expires_at, workspace_id,
                                                            shared_by, origin_hash)
                                                        SELECT :id, :hash, :person, :name, :role, :scopes,
                                                            CAST(:createdAt AS timestamptz),
                                                            CAST(:expiresAt AS timestamptz), :workspace, :sharedBy,
                                                            CAST(:origin AS bytea)
                                                        FROM (SELECT FROM workspaces
                                                            WHERE id = :workspace AND retired_at IS NULL
                                                            FOR UPDATE) AS present
                                                        WHERE :most > (SELECT count(*) FROM tokens WHERE %s)
                                                        """
                                                                .formatted(HOLDING)),
                                                token)
                                        .bind("workspace", workspace.value())
                                        .bind("sharedBy", share.sharedBy())
                                        .bind("origin", share.originHash())
                                        .bind("now", TokenTable.atUtc(token.createdAt()))
                                        .bind("most", most)
                                        .execute()
                                > 0);
    }

    /// The valid shares of a workspace, oldest first.
    ///
    /// @param localOwner the person who is an owner without being in a table
    /// @param localHash hash of that person's token
    public List<Share> valid(
            WorkspaceId workspace, UUID localOwner, byte[] localHash, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM tokens WHERE "
                                                + HOLDING
                                                + " AND "
                                                + CREATOR_IS_OWNER
                                                + " AND (origin_hash IS NULL OR "
                                                + PersonalTokenTable.originIsValid("tokens")
                                                + ")"
                                                + " ORDER BY created_at, id")
                                .bind("workspace", workspace.value())
                                .bind("localOwner", localOwner)
                                .bind("local", localHash)
                                .bind("now", TokenTable.atUtc(now))
                                .map((row, context) ->
                                        new Share(
                                                TokenTable.token(row, context),
                                                row.getObject("shared_by", UUID.class),
                                                row.getBytes("origin_hash")))
                                .list());
    }
}

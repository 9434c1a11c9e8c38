package dev.qide.server.store;

import dev.qide.server.store.PeopleTable.Invitation;
import dev.qide.wire.Failure;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Invitations to organisations; [PeopleTable] accepts them. Thread-safe; calls block on the
/// database and throw `STORE_UNAVAILABLE` when it is down.
public final class InvitationTable {
    /// An invitation ends with its time, with the token that it was made with, and with the right
    /// of the person who made it: an owner who logs in by an account must be one still.
    static final String OPEN =
            """
            accepted_by IS NULL AND expires_at > :now AND (
                invited_by IS NULL
                OR NOT EXISTS (SELECT FROM people WHERE id = invited_by)
                OR EXISTS (SELECT FROM memberships JOIN people ON people.id = person_id
                    WHERE person_id = invited_by AND left_at IS NULL AND memberships.role = 'OWNER'
                        AND memberships.organisation_id IN (invitations.organisation_id, :home)))
            AND (invitations.origin_hash IS NULL OR %s)
            """
                    .formatted(PersonalTokenTable.originIsValid("invitations"));

    private final Database database;

    /// The stored hashes of an invitation's secrets: SHA-256, 32 bytes each.
    ///
    /// @param code the secret in the link
    /// @param origin the token that it was made with; null for the login of an account
    public record Hashes(byte[] code, byte @Nullable [] origin) {}

    public InvitationTable(Database database) {
        this.database = database;
    }

    /// The invitations to an organisation that can be accepted, oldest first.
    ///
    /// @param localHash hash of the token that is valid without being in a table
    public List<Invitation> open(OrganisationId organisation, byte[] localHash, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM invitations WHERE organisation_id ="
                                                + " :organisation AND "
                                                + OPEN
                                                + " ORDER BY created_at, id")
                                .bind("organisation", organisation.value())
                                .bind("home", OrganisationId.HOME.value())
                                .bind("local", localHash)
                                .bind("now", now.atOffset(ZoneOffset.UTC))
                                .map((row, _) -> PeopleTable.invitation(row))
                                .list());
    }

    /// Adds an invitation unless the organisation has `most` that can be accepted.
    ///
    /// @param localHash hash of the token that is valid without being in a table
    /// @return whether it was added
    public boolean create(Invitation invitation, Hashes hashes, byte[] localHash, int most) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                                """
                                                INSERT INTO invitations (id, code_hash, organisation_id,
                                                    role, invited_by, created_at, expires_at,
                                                    origin_hash)
                                                SELECT :id, :hash, :organisation, :role,
                                                    CAST(:by AS uuid), :created, :expires,
                                                    CAST(:origin AS bytea)
                                                WHERE :most > (SELECT count(*) FROM invitations
                                                    WHERE organisation_id = :organisation AND %s)
                                                """
                                                        .formatted(OPEN))
                                        .bind("id", invitation.id())
                                        .bind("hash", hashes.code())
                                        .bind("origin", hashes.origin())
                                        .bind("organisation", invitation.organisation())
                                        .bind("role", invitation.role())
                                        .bind("by", invitation.invitedBy())
                                        .bind("created", atUtc(invitation.createdAt()))
                                        .bind("now", atUtc(invitation.createdAt()))
                                        .bind("home", OrganisationId.HOME.value())
                                        .bind("local", localHash)
                                        .bind("expires", atUtc(invitation.expiresAt()))
                                        .bind("most", most)
                                        .execute()
                                > 0);
    }

    /// Withdraws an invitation that was not accepted; false when there is none.
    public boolean withdraw(OrganisationId organisation, UUID id) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                                """
                                                DELETE FROM invitations
                                                WHERE id = :id AND organisation_id = :organisation
                                                    AND accepted_by IS NULL
                                                """)
                                        .bind("id", id)
                                        .bind("organisation", organisation.value())
                                        .execute()
                                > 0);
    }

    private static OffsetDateTime atUtc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// People who log in by a provider, their accounts there, their memberships, and invitations.
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class PeopleTable {
    /// Advisory lock of the transactions that decide who comes in; chosen at random.
    private static final long ARRIVAL_LOCK = 4_106_533_929_471_105_342L;

    private final Database database;

    public PeopleTable(Database database) {
        this.database = database;
    }

    /// An account of a person.
    ///
    /// @param email an address that the provider has verified; null for none
    public record Account(
            String provider, String subject, @Nullable String email, Instant linkedAt) {}

    /// An invitation.
    ///
    /// @param role closed-set name defined by `identity`
    /// @param invitedBy null for the server itself
    public record Invitation(
            UUID id,
            UUID organisation,
            String role,
            @Nullable UUID invitedBy,
            Instant createdAt,
            Instant expiresAt) {}

    /// The person of an account.
    ///
    /// @param hasLeft whether the person left the server
    public record Known(UUID person, boolean hasLeft) {}

    /// Runs a decision in one transaction; decisions run one after the other, so that two logins of
    /// a new account do not make two people.
    public <T> T decide(Function<Admission, T> decision) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.execute("SELECT pg_advisory_xact_lock(" + ARRIVAL_LOCK + ")");
                    return decision.apply(new Admission(handle));
                });
    }

    /// Whether an organisation has an owner.
    public boolean hasOwner(UUID organisation) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT EXISTS (
                                            SELECT FROM memberships JOIN people ON id = person_id
                                            WHERE organisation_id = :organisation
                                                AND role = 'OWNER' AND left_at IS NULL)
                                        """)
                                .bind("organisation", organisation)
                                .mapTo(Boolean.class)
                                .one());
    }

    /// The accounts of a person, oldest first.
    public List<Account> accounts(UUID person) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT provider, subject, email, linked_at FROM accounts
                                        WHERE person_id = :person ORDER BY linked_at, provider
                                        """)
                                .bind("person", person)
                                .map((row, _) ->
                                        new Account(
                                                row.getString("provider"),
                                                row.getString("subject"),
                                                row.getString("email"),
                                                row.getObject("linked_at", OffsetDateTime.class)
                                                        .toInstant()))
                                .list());
    }

    /// The statements of one decision. Owned by its transaction's thread.
    public static final class Admission {
        private final Handle handle;

        private Admission(Handle handle) {
            this.handle = handle;
        }

        /// The person of an account; null when it is not linked.
        public @Nullable Known personOf(String provider, String subject) {
            return handle.createQuery(
                            """
                            SELECT person_id, left_at IS NOT NULL AS has_left
                            FROM accounts JOIN people ON id = person_id
                            WHERE provider = :provider AND subject = :subject
                            """)
                    .bind("provider", provider)
                    .bind("subject", subject)
                    .map((row, _) ->
                            new Known(
                                    row.getObject("person_id", UUID.class),
                                    row.getBoolean("has_left")))
                    .findOne()
                    .orElse(null);
        }

        /// A person who had left is a member again.
        public void rejoin(UUID person) {
            handle.createUpdate("UPDATE people SET left_at = NULL WHERE id = :id")
                    .bind("id", person)
                    .execute();
        }

        /// Whether a provider's rule admitted a member of an organisation with this account; null
        /// for no member.
        public @Nullable Boolean isAdmittedByRule(
                OrganisationId organisation, UUID person, Account account) {
            return handle.createQuery(
                            """
                            SELECT by_rule AND (:provider, :subject) IN (
                                SELECT coalesce(admitted_provider, provider),
                                    coalesce(admitted_subject, subject)
                                FROM accounts WHERE accounts.person_id = memberships.person_id
                                ORDER BY linked_at, provider, subject LIMIT 1)
                            FROM memberships
                            WHERE organisation_id = :organisation AND person_id = :person
                            """)
                    .bind("organisation", organisation.value())
                    .bind("person", person)
                    .bind("provider", account.provider())
                    .bind("subject", account.subject())
                    .mapTo(Boolean.class)
                    .findOne()
                    .orElse(null);
        }

        /// Whether an owner removed a person from an organisation.
        public boolean isRemoved(OrganisationId organisation, UUID person) {
            return exists(
                    """
                    SELECT EXISTS (SELECT FROM removed_members
                        WHERE organisation_id = :organisation AND person_id = :person)
                    """,
                    organisation,
                    person);
        }

        /// Whether a person has a role in another organisation or in a workspace.
        public boolean hasOtherRole(OrganisationId organisation, UUID person) {
            return exists(
                    """
                    SELECT EXISTS (SELECT FROM memberships
                            WHERE organisation_id <> :organisation AND person_id = :person)
                        OR EXISTS (SELECT FROM workspace_members WHERE person_id = :person)
                    """,
                    organisation,
                    person);
        }

        private boolean exists(String query, OrganisationId organisation, UUID person) {
            return handle.createQuery(query)
                    .bind("organisation", organisation.value())
                    .bind("person", person)
                    .mapTo(Boolean.class)
                    .one();
        }

        /// Ends a membership.
        public void leave(OrganisationId organisation, UUID person) {
            handle.createUpdate(
                            """
                            DELETE FROM memberships
                            WHERE organisation_id = :organisation AND person_id = :person
                            """)
                    .bind("organisation", organisation.value())
                    .bind("person", person)
                    .execute();
        }

        /// Whether a person has an account with this verified address.
        public boolean hasEmail(String email) {
            return handle.createQuery(
                            """
                            SELECT EXISTS (
                                SELECT FROM accounts JOIN people ON id = person_id
                                WHERE email = :email AND left_at IS NULL)
                            """)
                    .bind("email", email)
                    .mapTo(Boolean.class)
                    .one();
        }

        /// Whether a person exists and has not left.
        public boolean isActive(UUID person) {
            return handle.createQuery(
                            "SELECT EXISTS (SELECT FROM people WHERE id = :id AND left_at IS NULL)")
                    .bind("id", person)
                    .mapTo(Boolean.class)
                    .one();
        }

        /// An invitation that can still be accepted; null when there is none.
        ///
        /// @param localHash hash of the token that is valid without being in a table
        public @Nullable Invitation openInvitation(byte[] codeHash, byte[] localHash, Instant now) {
            return handle.createQuery(
                            "SELECT * FROM invitations WHERE code_hash = :hash AND "
                                    + InvitationTable.OPEN)
                    .bind("hash", codeHash)
                    .bind("home", OrganisationId.HOME.value())
                    .bind("local", localHash)
                    .bind("now", atUtc(now))
                    .map((row, _) -> invitation(row))
                    .findOne()
                    .orElse(null);
        }

        public void accept(UUID invitation, UUID person) {
            handle.createUpdate("UPDATE invitations SET accepted_by = :person WHERE id = :id")
                    .bind("id", invitation)
                    .bind("person", person)
                    .execute();
        }

        public void createPerson(UUID id, String name, Instant now) {
            handle.createUpdate(
                            "INSERT INTO people (id, name, created_at) VALUES (:id, :name, :now)")
                    .bind("id", id)
                    .bind("name", name)
                    .bind("now", atUtc(now))
                    .execute();
        }

        /// Makes a person a member; a member keeps the role, unless the new one allows more.
        ///
        /// @param admitted the account with which a provider's rule admits the person; null for an
        ///   invitation
        public void join(
                OrganisationId organisation, UUID person, String role, @Nullable Account admitted) {
            OrganisationTable.ensureHome(handle);
            handle.createUpdate(
                            """
                            INSERT INTO memberships (organisation_id, person_id, role, by_rule,
                                admitted_provider, admitted_subject)
                            VALUES (:organisation, :person, :role, :byRule, :provider, :subject)
                            ON CONFLICT (organisation_id, person_id) DO UPDATE SET role =
                                CASE WHEN memberships.role = 'OWNER' OR excluded.role = 'VIEWER'
                                    THEN memberships.role ELSE excluded.role END,
                                by_rule = memberships.by_rule AND excluded.by_rule
                            """)
                    .bind("organisation", organisation.value())
                    .bind("person", person)
                    .bind("role", role)
                    .bind("byRule", admitted != null)
                    .bind("provider", admitted == null ? null : admitted.provider())
                    .bind("subject", admitted == null ? null : admitted.subject())
                    .execute();
            handle.createUpdate(
                            """
                            DELETE FROM removed_members
                            WHERE organisation_id = :organisation AND person_id = :person
                            """)
                    .bind("organisation", organisation.value())
                    .bind("person", person)
                    .execute();
        }

        /// Links an account to a person, or renews the address of one that is linked.
        public void link(Account account, UUID person) {
            handle.createUpdate(
                            """
                            INSERT INTO accounts (provider, subject, person_id, email, linked_at)
                            VALUES (:provider, :subject, :person, :email, :now)
                            ON CONFLICT (provider, subject) DO UPDATE SET email = excluded.email
                            """)
                    .bind("provider", account.provider())
                    .bind("subject", account.subject())
                    .bind("person", person)
                    .bind("email", account.email())
                    .bind("now", atUtc(account.linkedAt()))
                    .execute();
        }

        /// Adds an invitation of the server itself, in place of its earlier ones.
        public void inviteFirstOwner(Invitation invitation, byte[] codeHash) {
            OrganisationTable.ensureHome(handle);
            handle.execute(
                    "DELETE FROM invitations WHERE invited_by IS NULL AND accepted_by IS NULL");
            invite(invitation, codeHash);
        }

        public void invite(Invitation invitation, byte[] codeHash) {
            handle.createUpdate(
                            """
                            INSERT INTO invitations (id, code_hash, organisation_id, role, invited_by,
                                created_at, expires_at)
                            VALUES (:id, :hash, :organisation, :role, CAST(:by AS uuid),
                                :created, :expires)
                            """)
                    .bind("id", invitation.id())
                    .bind("hash", codeHash)
                    .bind("organisation", invitation.organisation())
                    .bind("role", invitation.role())
                    .bind("by", invitation.invitedBy())
                    .bind("created", atUtc(invitation.createdAt()))
                    .bind("expires", atUtc(invitation.expiresAt()))
                    .execute();
        }
    }

    static Invitation invitation(ResultSet row) throws SQLException {
        return new Invitation(
                row.getObject("id", UUID.class),
                row.getObject("organisation_id", UUID.class),
                row.getString("role"),
                row.getObject("invited_by", UUID.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    private static OffsetDateTime atUtc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }
}

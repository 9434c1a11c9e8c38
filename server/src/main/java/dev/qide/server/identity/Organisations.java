package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.Database;
import dev.qide.server.store.InvitationTable;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.OrganisationTable.Outcome;
import dev.qide.server.store.PeopleTable.Invitation;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Organisations: their members, and the invitations to them. A change of a role takes effect on
/// open connections within a second.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class Organisations {
    /// The most organisations of one server.
    public static final int ORGANISATIONS = 1_000;

    /// The most invitations to one organisation that can still be accepted.
    public static final int INVITATIONS = 200;

    /// The default validity of an invitation.
    public static final Duration LIFETIME = Duration.ofDays(7);

    /// The maximum validity of an invitation.
    public static final Duration LONGEST = Duration.ofDays(30);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Identity identity;
    private final CredentialOrigins origins;
    private final OrganisationTable table;
    private final InvitationTable invitations;
    private final SecureRandom random;
    private final InstantSource clock;

    /// Those that were looked up by id, at most [#ORGANISATIONS]. A name never changes.
    private final Map<OrganisationId, Organisation> known = new ConcurrentHashMap<>();

    public Organisations(
            Identity identity, Database database, SecureRandom random, InstantSource clock) {
        this.identity = identity;
        this.origins = new CredentialOrigins(identity, database);
        this.table = new OrganisationTable(database);
        this.invitations = new InvitationTable(database);
        table.ensureHome();
        this.random = random;
        this.clock = clock;
        known.put(OrganisationId.HOME, home());
    }

    /// An organisation.
    ///
    /// @param resource the resource for [Authorizer]
    public record Organisation(Resource.OfOrganisation resource, String name) {
        private static Organisation of(OrganisationTable.Organisation row) {
            return new Organisation(new Resource.OfOrganisation(row.id()), row.name());
        }

        public UUID id() {
            return resource.id().value();
        }

        /// Whether a principal may do something in it.
        public boolean allows(Principal principal, Action action) {
            return Authorizer.can(principal, action, resource);
        }
    }

    /// A member of an organisation or a workspace.
    ///
    /// @param name the name that others see
    public record Member(UserId person, String name, Role role) {}

    /// An invitation that can be accepted once.
    public record OpenInvitation(UUID id, Role role, Instant createdAt, Instant expiresAt) {
        private static OpenInvitation of(Invitation row) {
            return new OpenInvitation(
                    row.id(), Role.valueOf(row.role()), row.createdAt(), row.expiresAt());
        }
    }

    /// An invitation with its code, which is never shown again.
    public record Invited(OpenInvitation invitation, String code) {}

    /// The home organisation.
    public Organisation home() {
        return new Organisation(Resource.HOME, "home");
    }

    /// The organisations that a principal may see, by name.
    public List<Organisation> visibleTo(Principal principal) {
        return table.all().stream()
                .map(Organisation::of)
                .filter(one -> one.allows(principal, Action.READ_ORGANISATION))
                .toList();
    }

    /// The organisation of this name.
    ///
    /// @throws FailureException `ORGANISATION_UNKNOWN`, also when the principal may not see it
    public Organisation named(Principal principal, String name) {
        var row = NAME.matcher(name).matches() ? table.named(name) : null;
        var found = row == null ? null : Organisation.of(row);
        if (found == null || !Authorizer.isVisible(principal, found.resource())) {
            throw new FailureException(Failure.ORGANISATION_UNKNOWN);
        }
        return found;
    }

    /// The organisation that a call of a model outside any workspace belongs to: the one that the
    /// caller names, otherwise the only one that the caller is a member of. Rarely waits for the
    /// database.
    ///
    /// @param wanted its name or id; null when the caller names none
    /// @return null for none
    /// @throws FailureException `ORGANISATION_UNKNOWN`, also when the principal is not a member
    public @Nullable Organisation ofModelCall(Principal principal, @Nullable String wanted) {
        var mine =
                principal.roles().organisations().keySet().stream()
                        .flatMap(id -> Stream.ofNullable(withId(id)))
                        .filter(one -> one.allows(principal, Action.CALL_MODELS_FOR_ORGANISATION))
                        .toList();
        if (wanted == null) {
            return mine.size() == 1 ? mine.getFirst() : null;
        }
        return mine.stream()
                .filter(one ->
                        one.name().equalsIgnoreCase(wanted) || one.id().toString().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new FailureException(Failure.ORGANISATION_UNKNOWN));
    }

    private @Nullable Organisation withId(OrganisationId id) {
        if (!known.containsKey(id)) {
            table.all().forEach(row -> known.put(row.id(), Organisation.of(row)));
        }
        return known.get(id);
    }

    /// Creates an organisation, whose owner is the principal if it logs in by an account.
    ///
    /// @throws FailureException `INVALID_PARAMS`, `ORGANISATION_EXISTS`, `TOO_MANY_ORGANISATIONS`
    public Organisation create(Principal by, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "name"));
        }
        var row = new OrganisationTable.Organisation(new OrganisationId(UUID.randomUUID()), name);
        if (!table.create(row, by.id().value(), ORGANISATIONS)) {
            throw new FailureException(
                    table.named(name) == null
                            ? Failure.TOO_MANY_ORGANISATIONS
                            : Failure.ORGANISATION_EXISTS);
        }
        return Organisation.of(row);
    }

    /// The members, by name.
    public List<Member> members(Resource.OfOrganisation organisation) {
        return table.members(organisation.id()).stream().map(Organisations::member).toList();
    }

    /// The people with a role in a workspace itself, by name.
    public List<Member> members(WorkspaceId workspace) {
        return table.members(workspace).stream().map(Organisations::member).toList();
    }

    /// Gives a member another role.
    ///
    /// @throws FailureException `MEMBER_UNKNOWN`, `OWNER_NEEDED`
    public void setRole(Resource.OfOrganisation organisation, UserId person, Role role) {
        require(table.setRole(organisation.id(), person.value(), role.name()));
    }

    /// Removes a member, whom only an invitation brings back.
    ///
    /// @throws FailureException `MEMBER_UNKNOWN`, `OWNER_NEEDED`
    public void remove(Resource.OfOrganisation organisation, UserId person) {
        require(table.remove(organisation.id(), person.value(), clock.instant()));
    }

    /// Gives a person a role in a workspace.
    ///
    /// @throws FailureException `MEMBER_UNKNOWN` when nobody of this id logs in here
    public void setRole(WorkspaceId workspace, UserId person, Role role) {
        require(table.setRole(workspace, person.value(), role.name()));
    }

    /// Ends a person's role in a workspace.
    ///
    /// @throws FailureException `MEMBER_UNKNOWN`
    public void remove(WorkspaceId workspace, UserId person) {
        require(table.remove(workspace, person.value()));
    }

    /// The invitations that can be accepted, oldest first.
    public List<OpenInvitation> invitations(Resource.OfOrganisation organisation) {
        return invitations.open(organisation.id(), identity.localHash(), clock.instant()).stream()
                .map(OpenInvitation::of)
                .toList();
    }

    /// Invites somebody, who accepts with a login. The invitation ends with the token behind the
    /// principal's credential.
    ///
    /// @param days from 1 to 30; null for 7
    /// @throws FailureException `TOO_MANY_INVITATIONS`, `INVALID_PARAMS` for days out of range
    public Invited invite(
            Resource.OfOrganisation organisation, Principal by, Role role, @Nullable Integer days) {
        if (days != null && (days < 1 || days > LONGEST.toDays())) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("member", "expiresInDays", "reason", "1 to " + LONGEST.toDays()));
        }
        var now = clock.instant();
        var code = Tokens.random(random);
        var invitation =
                new Invitation(
                        UUID.randomUUID(),
                        organisation.id().value(),
                        role.name(),
                        by.id().value(),
                        now,
                        now.plus(days == null ? LIFETIME : Duration.ofDays(days)));
        var secrets = new InvitationTable.Hashes(Tokens.hash(code), origins.of(by).tokenHash());
        if (!invitations.create(invitation, secrets, identity.localHash(), INVITATIONS)) {
            throw new FailureException(
                    Failure.TOO_MANY_INVITATIONS, Map.of("limit", Integer.toString(INVITATIONS)));
        }
        return new Invited(OpenInvitation.of(invitation), code);
    }

    /// Withdraws an invitation.
    ///
    /// @throws FailureException `INVITATION_UNKNOWN`
    public void withdraw(Resource.OfOrganisation organisation, UUID invitation) {
        if (!invitations.withdraw(organisation.id(), invitation)) {
            throw new FailureException(Failure.INVITATION_UNKNOWN);
        }
    }

    private static void require(Outcome outcome) {
        switch (outcome) {
            case DONE -> {
                // The credentials in use get the new role by the next refresh.
            }
            case UNKNOWN -> throw new FailureException(Failure.MEMBER_UNKNOWN);
            case LAST_OWNER -> throw new FailureException(Failure.OWNER_NEEDED);
        }
    }

    private static Member member(OrganisationTable.Member member) {
        return new Member(new UserId(member.person()), member.name(), Role.valueOf(member.role()));
    }
}

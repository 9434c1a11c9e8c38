package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.PeopleTable;
import dev.qide.server.store.PeopleTable.Account;
import dev.qide.server.store.PeopleTable.Admission;
import dev.qide.server.store.PeopleTable.Invitation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// People who log in through a provider: decides who is admitted, and as which person.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class People {
    static final UUID HOME = OrganisationId.HOME.value();

    private static final Duration FIRST_OWNER_LIFETIME = Duration.ofDays(7);

    private final Identity identity;
    private final PeopleTable table;
    private final SecureRandom random;
    private final InstantSource clock;

    public People(Identity identity, PeopleTable table, SecureRandom random, InstantSource clock) {
        this.identity = identity;
        this.table = table;
        this.random = random;
        this.clock = clock;
    }

    /// A person who has proved to own an account at a provider.
    ///
    /// @param subject the provider's id of the account
    /// @param name for people, not unique
    /// @param email an address that the provider has verified, in lower case; null for none
    /// @param admittedAs the role of a newcomer whom the operator's rule admits; null for nobody
    /// @param invitation the code of an invitation; null for none
    /// @param linkTo the logged-in person who wants this account linked; null for a login
    public record LoginAttempt(
            String provider,
            String subject,
            String name,
            @Nullable String email,
            @Nullable Role admittedAs,
            @Nullable String invitation,
            @Nullable UserId linkTo) {}

    /// The outcome of an attempt.
    public sealed interface Decision {
        /// The person who is logged in now.
        record Admitted(UserId person) implements Decision {}

        /// Nothing was created; a membership by a rule that no longer holds has ended.
        record Refused(Refusal refusal) implements Decision {}
    }

    /// Why somebody is not admitted.
    public enum Refusal {
        NOT_ADMITTED,
        INVITATION_INVALID,
        /// Another person has an account with the same verified address: accounts are linked only
        /// with the consent of that person.
        EMAIL_KNOWN,
        ACCOUNT_TAKEN
    }

    /// Decides about a login and stores the result, all or nothing.
    public Decision logIn(LoginAttempt attempt) {
        return table.decide(admission -> decide(admission, attempt));
    }

    /// A link with which the first owner logs in, in place of an earlier one; it is also written to
    /// a file, readable by the operator only. Null, and without the file, when there is an owner.
    ///
    /// @param publicUrl the address that people use, with a slash at its end
    public @Nullable URI firstOwnerLink(URI publicUrl, Path file) throws IOException {
        if (table.hasOwner(HOME)) {
            Files.deleteIfExists(file);
            return null;
        }
        var code = Tokens.random(random);
        var now = clock.instant();
        var invitation =
                new Invitation(
                        UUID.randomUUID(),
                        HOME,
                        Role.OWNER.name(),
                        null,
                        now,
                        now.plus(FIRST_OWNER_LIFETIME));
        table.decide(admission -> {
            admission.inviteFirstOwner(invitation, Tokens.hash(code));
            return true;
        });
        var link = publicUrl.resolve("auth?invitation=" + code);
        Tokens.writeForOwner(file, link.toString());
        return link;
    }

    private Decision decide(Admission admission, LoginAttempt attempt) {
        var now = clock.instant();
        var known = admission.personOf(attempt.provider(), attempt.subject());
        var linkTo = attempt.linkTo();
        if (linkTo != null) {
            return linked(admission, attempt, linkTo, known == null ? null : known.person());
        }
        var code = attempt.invitation();
        var invitation =
                code == null
                        ? null
                        : admission.openInvitation(Tokens.hash(code), identity.localHash(), now);
        if (code != null && invitation == null) {
            return new Decision.Refused(Refusal.INVITATION_INVALID);
        }
        if (known == null) {
            if (attempt.email() != null && admission.hasEmail(attempt.email())) {
                return new Decision.Refused(Refusal.EMAIL_KNOWN);
            }
            if (invitation == null && attempt.admittedAs() == null) {
                return new Decision.Refused(Refusal.NOT_ADMITTED);
            }
        } else if (known.hasLeft() && invitation == null) {
            return new Decision.Refused(Refusal.NOT_ADMITTED);
        }
        var person = known == null ? UUID.randomUUID() : known.person();
        if (known == null) {
            admission.createPerson(person, attempt.name(), now);
        } else if (known.hasLeft()) {
            admission.rejoin(person);
        }
        if (invitation != null) {
            admission.accept(invitation.id(), person);
            admission.join(
                    new OrganisationId(invitation.organisation()), person, invitation.role(), null);
        }
        var account = account(attempt, now);
        if (!isMember(admission, person, account, attempt.admittedAs())) {
            return new Decision.Refused(Refusal.NOT_ADMITTED);
        }
        admission.link(account, person);
        return new Decision.Admitted(new UserId(person));
    }

    /// Applies the operator's rule to the membership in the home organisation: it makes a member of
    /// those whom no owner removed, and ends the membership of those whom it admitted with this
    /// account and admits no longer.
    ///
    /// @return whether the person is a member of any organisation or workspace
    private static boolean isMember(
            Admission admission, UUID person, Account account, @Nullable Role admittedAs) {
        var byRule = admission.isAdmittedByRule(OrganisationId.HOME, person, account);
        if (byRule == null
                && admittedAs != null
                && !admission.isRemoved(OrganisationId.HOME, person)) {
            admission.join(OrganisationId.HOME, person, admittedAs.name(), account);
            return true;
        }
        if (byRule != null && byRule && admittedAs == null) {
            admission.leave(OrganisationId.HOME, person);
            byRule = null;
        }
        return byRule != null || admission.hasOtherRole(OrganisationId.HOME, person);
    }

    private Decision linked(
            Admission admission, LoginAttempt attempt, UserId person, @Nullable UUID known) {
        if (known != null && !known.equals(person.value())) {
            return new Decision.Refused(Refusal.ACCOUNT_TAKEN);
        }
        if (!admission.isActive(person.value())) {
            return new Decision.Refused(Refusal.NOT_ADMITTED);
        }
        admission.link(account(attempt, clock.instant()), person.value());
        return new Decision.Admitted(person);
    }

    private static Account account(LoginAttempt attempt, Instant now) {
        return new Account(attempt.provider(), attempt.subject(), attempt.email(), now);
    }
}

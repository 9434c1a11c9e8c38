package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.PeopleTable;
import dev.qide.server.store.PeopleTable.Account;
import dev.qide.server.store.PeopleTable.Arrivals;
import dev.qide.server.store.PeopleTable.Invitation;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// People who log in by a provider: decides who comes in, and as whom.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class People {
    /// The organisation that every server has; its workspaces have names without a prefix.
    static final UUID HOME = UUID.nameUUIDFromBytes("qide:home".getBytes(StandardCharsets.UTF_8));

    static final String HOME_NAME = "home";

    private static final Duration FIRST_OWNER_LIFETIME = Duration.ofDays(7);

    private final PeopleTable table;
    private final SecureRandom random;
    private final InstantSource clock;

    public People(PeopleTable table, SecureRandom random, InstantSource clock) {
        this.table = table;
        this.random = random;
        this.clock = clock;
    }

    /// Somebody who has proved to have an account of a provider.
    ///
    /// @param subject the provider's id of the account
    /// @param name for people, not unique
    /// @param email an address that the provider has verified, in lower case; null for none
    /// @param admittedAs the role of a newcomer whom the operator's rule admits; null for nobody
    /// @param invitation the code of an invitation; null for none
    /// @param linkTo the logged-in person who wants this account linked; null for a login
    public record Arrival(
            String provider,
            String subject,
            String name,
            @Nullable String email,
            @Nullable Role admittedAs,
            @Nullable String invitation,
            @Nullable UserId linkTo) {}

    /// What becomes of an arrival.
    public sealed interface Decision {
        /// The person who is logged in now.
        record Admitted(UserId person) implements Decision {}

        /// Nothing was changed.
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

    /// Decides, and stores what it takes: all or nothing.
    public Decision arrive(Arrival arrival) {
        return table.decide(arrivals -> decide(arrivals, arrival));
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
        table.decide(arrivals -> {
            arrivals.inviteFirstOwner(invitation, HOME_NAME, Tokens.hash(code));
            return true;
        });
        var link = publicUrl.resolve("auth?invitation=" + code);
        Tokens.writeForOwner(file, link.toString());
        return link;
    }

    private Decision decide(Arrivals arrivals, Arrival arrival) {
        var now = clock.instant();
        var known = arrivals.personOf(arrival.provider(), arrival.subject());
        var linkTo = arrival.linkTo();
        if (linkTo != null) {
            return linked(arrivals, arrival, linkTo, known);
        }
        var invitation =
                arrival.invitation() == null
                        ? null
                        : arrivals.openInvitation(Tokens.hash(arrival.invitation()), now);
        if (arrival.invitation() != null && invitation == null) {
            return new Decision.Refused(Refusal.INVITATION_INVALID);
        }
        if (known == null) {
            if (arrival.email() != null && arrivals.hasEmail(arrival.email())) {
                return new Decision.Refused(Refusal.EMAIL_KNOWN);
            }
            if (invitation == null && arrival.admittedAs() == null) {
                return new Decision.Refused(Refusal.NOT_ADMITTED);
            }
        }
        var person = known == null ? UUID.randomUUID() : known;
        if (known == null) {
            arrivals.createPerson(person, arrival.name(), now);
        }
        arrivals.link(account(arrival, now), person);
        if (invitation != null) {
            arrivals.accept(invitation.id(), person);
            arrivals.join(invitation.organisation(), HOME_NAME, person, invitation.role());
        } else if (known == null) {
            var role = Objects.requireNonNull(arrival.admittedAs());
            arrivals.join(HOME, HOME_NAME, person, role.name());
        }
        return new Decision.Admitted(new UserId(person));
    }

    private Decision linked(
            Arrivals arrivals, Arrival arrival, UserId person, @Nullable UUID known) {
        if (known != null && !known.equals(person.value())) {
            return new Decision.Refused(Refusal.ACCOUNT_TAKEN);
        }
        if (!arrivals.isHere(person.value())) {
            return new Decision.Refused(Refusal.NOT_ADMITTED);
        }
        arrivals.link(account(arrival, clock.instant()), person.value());
        return new Decision.Admitted(person);
    }

    private static Account account(Arrival arrival, Instant now) {
        return new Account(arrival.provider(), arrival.subject(), arrival.email(), now);
    }
}

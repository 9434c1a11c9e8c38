package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.PersonalTokenTable;
import dev.qide.server.store.PersonalTokenTable.PersonalToken;
import dev.qide.server.store.TokenTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Personal access tokens: a person's tokens for programs, each with a name, scopes and an expiry.
///
/// A token never allows more than the credential it was created with: it has some of its scopes,
/// and ends with the token behind that credential. Created with the login of an account, it has the
/// role of the person at any time. Personal tokens and guests create none.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class PersonalTokens {
    /// The most valid tokens of one person.
    public static final int TOKENS = 50;

    /// The default validity of a token.
    public static final Duration LIFETIME = Duration.ofDays(30);

    /// The maximum validity of a token.
    public static final Duration LONGEST = Duration.ofDays(366);

    private final Identity identity;
    private final PersonalTokenTable table;
    private final CredentialOrigins origins;
    private final TokenTable tokens;
    private final SecureRandom random;
    private final InstantSource clock;

    public PersonalTokens(
            Identity identity, Database database, SecureRandom random, InstantSource clock) {
        this.identity = identity;
        this.table = new PersonalTokenTable(database);
        this.origins = new CredentialOrigins(identity, database);
        this.tokens = new TokenTable(database);
        this.random = random;
        this.clock = clock;
    }

    /// A valid token.
    ///
    /// @param name the person's name for it
    public record Details(
            UUID id, String name, Set<Scope> scopes, Instant createdAt, Instant expiresAt) {
        public Details {
            scopes = Set.copyOf(scopes);
        }
    }

    /// A new token.
    ///
    /// @param secret never shown again
    public record Created(Details details, String secret) {}

    /// A person's request for a token.
    ///
    /// @param name as [DisplayName]
    /// @param days 1 to 366; null for 30
    public record Request(String name, Set<Scope> scopes, @Nullable Integer days) {
        /// @throws FailureException `INVALID_PARAMS` without a scope or with an impossible expiry,
        ///   `DISPLAY_NAME_ILLEGAL`
        public Request {
            scopes = Set.copyOf(scopes);
            name = DisplayName.of(name).value();
            if (scopes.isEmpty()) {
                throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "scopes"));
            }
            if (days != null && (days < 1 || days > LONGEST.toDays())) {
                throw new FailureException(
                        Failure.INVALID_PARAMS, Map.of("member", "expiresInDays"));
            }
        }
    }

    /// Creates a token of the principal's person.
    ///
    /// @throws FailureException `FORBIDDEN` as [#requireManager], or for a scope that the
    ///   principal's credential has not; `TOO_MANY_TOKENS`
    public Created create(Principal by, Request request) {
        var origin = requireManager(by);
        for (var scope : request.scopes()) {
            if (!by.has(scope) && !(scope == Scope.READ && by.has(Scope.EDIT))) {
                throw new FailureException(
                        Failure.FORBIDDEN, Map.of("reason", "scope", "scope", scope.wireName()));
            }
        }
        var secret = Tokens.random(random);
        var now = clock.instant();
        var days = request.days();
        var token =
                new TokenTable.Token(
                        UUID.randomUUID(),
                        Tokens.hash(secret),
                        by.id().value(),
                        by.name(),
                        by.role().name(),
                        request.scopes().stream().map(Scope::name).collect(Collectors.toSet()),
                        now,
                        now.plus(days == null ? LIFETIME : Duration.ofDays(days)),
                        null);
        var personal = new PersonalToken(token, request.name(), origin.tokenHash());
        if (!table.create(personal, TOKENS)) {
            throw new FailureException(
                    Failure.TOO_MANY_TOKENS, Map.of("limit", Integer.toString(TOKENS)));
        }
        return new Created(details(personal), secret);
    }

    /// The valid tokens of the principal's person, oldest first.
    ///
    /// @throws FailureException `FORBIDDEN` as [#requireManager]
    public List<Details> list(Principal by) {
        var _ = requireManager(by);
        var all = table.ofPerson(by.id().value(), clock.instant());
        var valid =
                identity.validAmong(
                        all.stream().map(PersonalTokens::idOf).collect(Collectors.toSet()));
        return all.stream()
                .filter(one -> valid.contains(idOf(one)))
                .map(PersonalTokens::details)
                .toList();
    }

    /// Revokes a token and the logins with it. `session.Grants` closes their sockets within a
    /// second.
    ///
    /// @throws FailureException `FORBIDDEN` as [#requireManager]; `TOKEN_UNKNOWN` when the person
    ///   has no valid token of this id
    public void revoke(Principal by, UUID id) {
        var _ = requireManager(by);
        var now = clock.instant();
        boolean isThere =
                table.ofPerson(by.id().value(), now).stream()
                        .anyMatch(one -> one.token().id().equals(id));
        if (!isThere || !tokens.revoke(id, now)) {
            throw new FailureException(Failure.TOKEN_UNKNOWN);
        }
    }

    /// Requires a credential that may manage the person's tokens, sessions and accounts: a login,
    /// or a token of the operator. A program with a personal token must not outlive it by creating
    /// another or by linking an account, and those who share a guest's link do not know each other.
    ///
    /// @throws FailureException `FORBIDDEN` with a tag `reason`: `guest` or `personal-token`
    public void requireManagement(Principal by) {
        var _ = requireManager(by);
    }

    /// [#requireManagement], and what the credential was created from.
    PersonalTokenTable.Origin requireManager(Principal by) {
        if (!Authorizer.can(by, Action.MANAGE_CREDENTIALS, Resource.SERVER)) {
            throw new FailureException(Failure.FORBIDDEN, Map.of("reason", "guest"));
        }
        var origin = origins.of(by);
        if (origin.isPersonal()) {
            throw new FailureException(Failure.FORBIDDEN, Map.of("reason", "personal-token"));
        }
        return origin;
    }

    private static CredentialId idOf(PersonalToken personal) {
        return CredentialId.of(personal.token().hash());
    }

    private static Details details(PersonalToken personal) {
        var token = personal.token();
        var scopes = EnumSet.noneOf(Scope.class);
        token.scopes().forEach(name -> scopes.add(Scope.valueOf(name)));
        return new Details(
                token.id(),
                personal.label(),
                scopes,
                token.createdAt(),
                Objects.requireNonNull(token.expiresAt()));
    }
}

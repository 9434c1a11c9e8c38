package dev.qide.server.identity;

import dev.qide.server.identity.Person.Role;
import dev.qide.server.identity.Person.Scope;
import dev.qide.server.identity.Person.UserId;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.Throttle;
import dev.qide.server.store.LoginTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Who is behind a credential. Local mode: one person, the owner, who holds the token of the data
/// directory; a login changes it for a cookie secret, of which the database keeps only the hash, so
/// that logins outlive a restart.
///
/// Thread-safe.
public final class Identity {
    /// How long a login lasts.
    public static final Duration LOGIN_LIFETIME = Duration.ofDays(30);

    private static final Person OWNER =
            new Person(
                    new UserId(
                            UUID.nameUUIDFromBytes(
                                    "qide:local-owner".getBytes(StandardCharsets.UTF_8))),
                    "owner",
                    Role.OWNER,
                    EnumSet.allOf(Scope.class));

    private final String token;
    private final LoginTable logins;
    private final Throttle loginFailures;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /// @param data the data directory, which holds the file `token` (made there when it is missing)
    public Identity(Path data, LoginTable logins, Limits limits, InstantSource clock)
            throws IOException {
        this.token = Tokens.readOrCreate(data.resolve("token"), random);
        this.logins = logins;
        this.loginFailures = new Throttle(limits.loginFailures(), Limits.LOGIN_PERIOD);
        this.clock = clock;
    }

    /// The token of the data directory, for the first-start link and nothing else.
    public String token() {
        return token;
    }

    /// The person behind a bearer token, or null when it is wrong.
    public @Nullable Person byToken(String candidate) {
        return Tokens.areEqual(candidate, token) ? OWNER : null;
    }

    /// The person behind a login cookie, or null when it is unknown or expired.
    public @Nullable Person byCookie(String secret) {
        var login = logins.find(Tokens.hash(secret), clock.instant());
        return login == null
                ? null
                : new Person(
                        new UserId(login.person()),
                        login.name(),
                        Role.valueOf(login.role()),
                        login.scopes().stream().map(Scope::valueOf).collect(Collectors.toSet()));
    }

    /// Changes a token for a cookie secret.
    ///
    /// @param address where the attempt comes from: after 20 failures a minute it is refused unread
    /// @throws FailureException `UNAUTHENTICATED`, `TOO_MANY_ATTEMPTS`
    public String login(String address, String candidate) {
        if (!loginFailures.hasLeft(address)) {
            throw new FailureException(Failure.TOO_MANY_ATTEMPTS);
        }
        var person = byToken(candidate);
        if (person == null) {
            var _ = loginFailures.take(address);
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        var secret = Tokens.random(random);
        logins.create(
                new LoginTable.Login(
                        Tokens.hash(secret),
                        person.id().value(),
                        person.name(),
                        person.role().name(),
                        person.scopes().stream().map(Scope::name).collect(Collectors.toSet()),
                        clock.instant().plus(LOGIN_LIFETIME)));
        return secret;
    }

    /// Ends a login; harmless when it is unknown.
    public void logout(String secret) {
        var _ = logins.revoke(Tokens.hash(secret));
    }

    /// The person as this moment sees them: their role may have changed since they logged in.
    public @Nullable Person byId(String key) {
        return OWNER.id().value().toString().equals(key) ? OWNER : null;
    }
}

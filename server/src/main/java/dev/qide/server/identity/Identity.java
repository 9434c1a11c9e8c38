package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.limits.Limits;
import dev.qide.server.limits.Throttle;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Who is behind a credential: the token of the data directory, which is the local owner's; a token
/// that the command line made; a login, which was changed for one of them and dies with it; a
/// ticket for one handshake.
///
/// Of all but the first the database keeps the hash alone. A credential that ended acts within 300
/// ms and a query; while the database is down, what it said last stays.
///
/// Thread-safe.
public final class Identity implements AutoCloseable {
    /// How long a login lasts, unless its token ends before.
    public static final Duration LOGIN_LIFETIME = Duration.ofDays(30);

    /// How long a ticket waits for its handshake.
    public static final Duration TICKET_LIFETIME = Tickets.LIFETIME;

    static final String LOCAL_OWNER_NAME = "owner";
    static final UserId LOCAL_OWNER =
            new UserId(UUID.nameUUIDFromBytes("qide:local-owner".getBytes(StandardCharsets.UTF_8)));

    private final String token;
    private final byte[] tokenHash;
    private final Principal owner;
    private final LoginTable logins;
    private final CredentialCache live;
    private final Tickets tickets;
    private final Throttle loginFailures;
    private final InstantSource clock;
    private final List<AccessListener> watchers = new CopyOnWriteArrayList<>();
    private final SecureRandom random = new SecureRandom();

    /// @param data the data directory, which holds the file `token` (made there when it is missing)
    public Identity(
            Path data, TokenTable tokens, LoginTable logins, Limits limits, InstantSource clock)
            throws IOException {
        this.token = Tokens.readOrCreate(data.resolve("token"), random);
        this.tokenHash = Tokens.hash(token);
        this.owner =
                new Principal(
                        LOCAL_OWNER,
                        LOCAL_OWNER_NAME,
                        Role.OWNER,
                        EnumSet.allOf(Scope.class),
                        CredentialId.of(tokenHash));
        this.logins = logins;
        this.tickets = new Tickets(clock);
        this.loginFailures = new Throttle(limits.loginFailures(), Limits.LOGIN_PERIOD);
        this.clock = clock;
        this.live =
                new CredentialCache(
                        tokens,
                        logins,
                        tokenHash,
                        clock,
                        () -> watchers.forEach(AccessListener::accessChanged));
    }

    /// The token of the data directory, for the first-start link and nothing else.
    public String token() {
        return token;
    }

    /// Adds somebody to tell when credentials end or change.
    public void watch(AccessListener watcher) {
        watchers.add(watcher);
    }

    /// The person behind a bearer token, or null when it is wrong, revoked or expired. Waits for
    /// the database when the token has not been in use.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`, `TOO_MANY_REQUESTS`
    public @Nullable Principal byToken(String candidate) {
        var hash = Tokens.hash(candidate);
        return Tokens.areEqual(hash, tokenHash) ? owner : live(candidate, hash, false);
    }

    /// The person behind a login cookie, or null when it is unknown or over; waits and fails as
    /// [#byToken].
    public @Nullable Principal byCookie(String secret) {
        return live(secret, Tokens.hash(secret), true);
    }

    /// The person behind a ticket, which is used up by this; null when it is unknown, used or over,
    /// or when the credential it was bought with has ended.
    public @Nullable Principal byTicket(String ticket) {
        var credential = tickets.redeem(CredentialId.of(Tokens.hash(ticket)));
        return credential == null ? null : byId(credential);
    }

    /// The person behind a credential that was shown before, with the role and scopes that it has
    /// at this moment; null when it has ended. Never waits.
    public @Nullable Principal byId(CredentialId credential) {
        return credential.equals(owner.credential()) ? owner : live.now(credential);
    }

    /// Changes a token for a cookie secret.
    ///
    /// @param address where the attempt comes from: after 20 failures a minute it is refused unread
    /// @throws FailureException `UNAUTHENTICATED`, `TOO_MANY_ATTEMPTS`, `STORE_UNAVAILABLE`
    public String login(String address, String candidate) {
        if (!loginFailures.hasLeft(address)) {
            throw new FailureException(Failure.TOO_MANY_ATTEMPTS);
        }
        var principal = byToken(candidate);
        if (principal == null) {
            var _ = loginFailures.take(address);
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        var secret = Tokens.random(random);
        logins.create(
                new LoginTable.Login(
                        Tokens.hash(secret),
                        principal.credential().hash(),
                        principal.id().value(),
                        principal.name(),
                        principal.role().name(),
                        principal.scopes().stream().map(Scope::name).collect(Collectors.toSet()),
                        endOfLogin(principal)));
        return secret;
    }

    /// Ends a login, and what it has open; harmless when it is unknown.
    public void logout(String secret) {
        var hash = Tokens.hash(secret);
        var _ = logins.revoke(hash);
        live.ended(CredentialId.of(hash));
    }

    /// Gives a ticket for one WebSocket handshake as this person, with the scopes of the credential
    /// that was shown.
    ///
    /// @throws FailureException `TOO_MANY_REQUESTS` when too many are unused
    public String ticket(Principal principal) {
        var secret = Tokens.random(random);
        tickets.issue(CredentialId.of(Tokens.hash(secret)), principal);
        return secret;
    }

    /// Whether credentials are looked at, so that a revocation is noticed.
    public Health.State state() {
        return live.state();
    }

    @Override
    public void close() {
        live.close();
    }

    /// What cannot be a secret of ours costs no question to the database.
    private @Nullable Principal live(String secret, byte[] hash, boolean isLogin) {
        return Tokens.isOfOurShape(secret) ? live.shown(CredentialId.of(hash), isLogin) : null;
    }

    private Instant endOfLogin(Principal principal) {
        var end = clock.instant().plus(LOGIN_LIFETIME);
        var endOfToken = live.expiryOf(principal.credential());
        return endOfToken == null || endOfToken.isAfter(end) ? end : endOfToken;
    }
}

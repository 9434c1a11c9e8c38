package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.limits.RateLimiter;
import dev.qide.server.store.Database;
import dev.qide.server.store.DisplayNameTable;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.TicketTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Maps credentials to principals: the token of the data directory, which belongs to the local
/// owner; tokens created by the command line; logins, which are exchanged for a token and end with
/// it; tickets for one handshake.
///
/// Except for the first, the database stores hashes only. The end of a credential takes effect
/// within 300 ms plus one query; while the database is down, the last result remains valid.
///
/// Thread-safe.
public final class Identity implements AutoCloseable {
    /// The validity of a login, unless its token ends earlier.
    public static final Duration LOGIN_LIFETIME = Duration.ofDays(30);

    /// The time without use after which a login by an account ends.
    public static final Duration IDLE_LIFETIME = Duration.ofDays(7);

    /// The validity of a ticket.
    public static final Duration TICKET_LIFETIME = Tickets.LIFETIME;

    private static final int AGENT_CHARACTERS = 256;
    static final String LOCAL_OWNER_NAME = "owner";
    static final UserId LOCAL_OWNER =
            new UserId(UUID.nameUUIDFromBytes("qide:local-owner".getBytes(StandardCharsets.UTF_8)));

    private final String token;
    private final byte[] tokenHash;
    private volatile Principal owner;
    private final LoginTable logins;
    private final DisplayNameTable names;
    private final CredentialCache credentials;
    private final Tickets tickets;
    private final SharedTickets sharedTickets;
    private final RateLimiter loginFailures;
    private final InstantSource clock;
    private final List<AccessListener> listeners = new CopyOnWriteArrayList<>();
    private final SecureRandom random = new SecureRandom();

    /// The tables of credentials and names.
    public record Tables(
            TokenTable tokens,
            LoginTable logins,
            DisplayNameTable names,
            OrganisationTable organisations,
            TicketTable tickets) {
        public static Tables of(Database database) {
            return new Tables(
                    new TokenTable(database),
                    new LoginTable(database),
                    new DisplayNameTable(database),
                    new OrganisationTable(database),
                    new TicketTable(database));
        }
    }

    /// @param data the data directory with the file `token`, which is created when missing
    /// @param loginFailures the rate of failed logins per address
    /// @param hasPeers whether other servers use the database, or have used it
    public Identity(
            Path data,
            Tables tables,
            RateLimiter loginFailures,
            InstantSource clock,
            BooleanSupplier hasPeers)
            throws IOException {
        this.token = Tokens.readOrCreate(data.resolve("token"), random);
        this.tokenHash = Tokens.hash(token);
        this.names = tables.names();
        this.owner =
                new Principal(
                        LOCAL_OWNER,
                        Objects.requireNonNullElse(names.of(LOCAL_OWNER.value()), LOCAL_OWNER_NAME),
                        Roles.ofHomeOrganisation(Role.OWNER),
                        EnumSet.allOf(Scope.class),
                        CredentialId.of(tokenHash));
        this.logins = tables.logins();
        this.tickets = new Tickets(clock);
        this.sharedTickets = new SharedTickets(tables.tickets(), hasPeers, clock);
        this.loginFailures = loginFailures;
        this.clock = clock;
        this.credentials =
                new CredentialCache(
                        tables,
                        tokenHash,
                        clock,
                        () -> listeners.forEach(AccessListener::accessChanged));
    }

    /// The token of the data directory, used only for the first-start link.
    public String token() {
        return token;
    }

    /// Adds a listener for credentials that end or change.
    public void addListener(AccessListener listener) {
        listeners.add(listener);
    }

    /// The principal of a bearer token, or null when it is wrong, revoked or expired. Waits for the
    /// database when the token is not in use.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`, `TOO_MANY_REQUESTS`
    public @Nullable Principal byToken(String candidate) {
        var hash = Tokens.hash(candidate);
        return Tokens.areEqual(hash, tokenHash) ? owner : stored(candidate, hash, false);
    }

    /// The principal of a login cookie, or null when it is unknown or expired; waits and fails like
    /// [#byToken].
    public @Nullable Principal byCookie(String secret) {
        return stored(secret, Tokens.hash(secret), true);
    }

    /// The principal of a ticket, which this call consumes; null when the ticket is unknown, used
    /// or expired, or when its credential has ended. Waits and fails like [#byToken] while several
    /// servers use the database.
    public @Nullable Principal byTicket(String ticket) {
        var id = CredentialId.of(Tokens.hash(ticket));
        var credential = tickets.redeem(id);
        if (credential != null) {
            return byId(credential);
        }
        var shared = sharedTickets.redeem(id);
        if (shared == null) {
            return null;
        }
        return Tokens.areEqual(shared.credential(), tokenHash)
                ? owner
                : credentials.present(CredentialId.of(shared.credential()), shared.isLogin());
    }

    /// The principal of a credential presented earlier, with its current role and scopes; null when
    /// it has ended. Never waits.
    public @Nullable Principal byId(CredentialId credential) {
        return credential.equals(owner.credential()) ? owner : credentials.current(credential);
    }

    /// The name under which others see a person now: the one that the person chose last, else the
    /// credential's.
    ///
    /// @param credentialName for a person without a credential in use
    public String nameOf(UserId person, String credentialName) {
        return person.equals(LOCAL_OWNER)
                ? owner.name()
                : Objects.requireNonNullElse(credentials.nameOf(person), credentialName);
    }

    /// Gives a person another name, at once and for all of the person's credentials.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`
    public void rename(UserId person, DisplayName name) {
        names.set(person.value(), name.value());
        if (person.equals(LOCAL_OWNER)) {
            owner = owner.named(name.value());
        }
        credentials.rename(person, name.value());
        listeners.forEach(listener -> listener.renamed(person));
    }

    /// The principal of a token that somebody typed.
    ///
    /// @param address the client's address; after 20 failures per minute its attempts are refused
    ///   without a check
    /// @throws FailureException `UNAUTHENTICATED`, `TOO_MANY_ATTEMPTS`, `STORE_UNAVAILABLE`
    public Principal typed(String address, String candidate) {
        if (!loginFailures.hasTokens(address)) {
            throw new FailureException(
                    Failure.TOO_MANY_ATTEMPTS,
                    Map.of(
                            FailureBody.RETRY_AFTER_TAG,
                            Long.toString(1 + loginFailures.waitFor(address).toMillis())));
        }
        var principal = byToken(candidate);
        if (principal == null) {
            var _ = loginFailures.tryAcquire(address);
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        return principal;
    }

    /// Exchanges a token for a cookie secret.
    ///
    /// @param address the client's address
    /// @param agent the client's `User-Agent`; empty for none
    /// @throws FailureException as [#typed]
    public String login(String address, String candidate, String agent) {
        var principal = typed(address, candidate);
        var secret = Tokens.random(random);
        logins.create(
                new LoginTable.Login(
                        Tokens.hash(secret),
                        principal.credential().hash(),
                        principal.id().value(),
                        principal.name(),
                        principal.role().name(),
                        principal.scopes().stream().map(Scope::name).collect(Collectors.toSet()),
                        shortened(agent),
                        endOfLogin(principal)));
        return secret;
    }

    /// A login by an account of a provider.
    ///
    /// @param agent the browser's `User-Agent`; empty for none
    public record AccountLogin(UserId person, String provider, String subject, String agent) {}

    /// Logs in a person who has proved to own an account.
    ///
    /// @return the cookie's secret
    /// @throws FailureException `STORE_UNAVAILABLE`
    public String loginByAccount(AccountLogin login) {
        var secret = Tokens.random(random);
        var now = clock.instant();
        logins.createByAccount(
                new LoginTable.AccountLogin(
                        Tokens.hash(secret),
                        login.person().value(),
                        login.provider(),
                        login.subject(),
                        shortened(login.agent()),
                        now,
                        now.plus(LOGIN_LIFETIME)));
        return secret;
    }

    /// The token that requests with a login cookie carry in a header when they change something: a
    /// page of another site cannot read it.
    ///
    /// @param secret the cookie's secret
    public static String csrfToken(String secret) {
        return CredentialId.of(Tokens.hash("qide-csrf:" + secret)).value();
    }

    /// The principal of a login presented earlier, also when it is not in use; waits and fails like
    /// [#byToken].
    public @Nullable Principal byLogin(CredentialId login) {
        return credentials.present(login, true);
    }

    /// The valid credentials among these, by one query.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`
    Set<CredentialId> validAmong(Set<CredentialId> ids) {
        return credentials.validAmong(ids);
    }

    /// Closes the connections of a login that the database no longer has.
    void loginEnded(CredentialId login) {
        credentials.remove(login);
    }

    /// Whether a credential is the token of the data directory.
    boolean isLocalToken(CredentialId credential) {
        return credential.equals(owner.credential());
    }

    /// SHA-256 of the token of the data directory, which no table has.
    byte[] localHash() {
        return owner.credential().hash();
    }

    /// Ends a login and the connections it opened; does nothing for an unknown one.
    public void logout(CredentialId login) {
        var _ = logins.revoke(login.hash());
        credentials.remove(login);
    }

    /// Issues a ticket for one WebSocket handshake with the scopes of the principal's credential.
    ///
    /// @throws FailureException `TOO_MANY_REQUESTS` when too many are unused
    public String ticket(Principal principal) {
        var secret = Tokens.random(random);
        var id = CredentialId.of(Tokens.hash(secret));
        boolean isLogin = credentials.isLogin(principal.credential());
        if (!sharedTickets.issue(id, principal, isLogin)) {
            tickets.issue(id, principal);
        }
        return secret;
    }

    /// Makes a ticket valid once more, for its whole lifetime: the handshake that consumed it was
    /// refused for a cause that passes, and the client attempts it again.
    public void restoreTicket(String ticket, Principal principal) {
        var id = CredentialId.of(Tokens.hash(ticket));
        boolean isLogin = credentials.isLogin(principal.credential());
        try {
            if (!sharedTickets.issue(id, principal, isLogin)) {
                tickets.issue(id, principal);
            }
        } catch (FailureException failure) {
            // The person has as many tickets as are possible, and the client gets another one.
            if (failure.failure() != Failure.TOO_MANY_REQUESTS) {
                throw failure;
            }
        }
    }

    /// Whether credentials are refreshed, so that revocations take effect.
    public Health.State state() {
        return credentials.state();
    }

    @Override
    public void close() {
        credentials.close();
    }

    /// A text that cannot be one of our secrets causes no database query.
    private @Nullable Principal stored(String secret, byte[] hash, boolean isLogin) {
        return Tokens.hasSecretLength(secret)
                ? credentials.present(CredentialId.of(hash), isLogin)
                : null;
    }

    /// Text without characters that PostgreSQL does not store.
    private static String shortened(String agent) {
        var text = agent.replace("\0", "");
        return text.length() > AGENT_CHARACTERS ? text.substring(0, AGENT_CHARACTERS) : text;
    }

    private Instant endOfLogin(Principal principal) {
        var end = clock.instant().plus(LOGIN_LIFETIME);
        var endOfToken = credentials.expiryOf(principal.credential());
        return endOfToken == null || endOfToken.isAfter(end) ? end : endOfToken;
    }
}

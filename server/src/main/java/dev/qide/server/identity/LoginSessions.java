package dev.qide.server.identity;

import dev.qide.server.store.Database;
import dev.qide.server.store.LoginTable;
import dev.qide.server.store.LoginTable.Session;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The login sessions of a person, one for each browser.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class LoginSessions {
    private final Identity identity;
    private final PersonalTokens tokens;
    private final LoginTable table;
    private final InstantSource clock;

    /// @param tokens decides which credentials may manage sessions
    public LoginSessions(
            Identity identity, PersonalTokens tokens, Database database, InstantSource clock) {
        this.identity = identity;
        this.tokens = tokens;
        this.table = new LoginTable(database);
        this.clock = clock;
    }

    /// A valid session.
    ///
    /// @param provider null for a login with a token
    /// @param agent the client; empty for none
    /// @param lastUsedAt up to a minute old
    /// @param isCurrent whether the principal's own credential is this session
    public record Details(
            UUID id,
            @Nullable String provider,
            String agent,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt,
            boolean isCurrent) {}

    /// The valid sessions of the principal's person, newest first.
    ///
    /// @throws FailureException `FORBIDDEN` for a guest or a personal token
    public List<Details> list(Principal by) {
        var _ = tokens.requireManager(by);
        var all = table.ofPerson(by.id().value(), clock.instant());
        var valid =
                identity.validAmong(
                        all.stream().map(LoginSessions::idOf).collect(Collectors.toSet()));
        return all.stream()
                .filter(one -> valid.contains(idOf(one)))
                .map(one -> details(one, idOf(one).equals(by.credential())))
                .toList();
    }

    /// Ends a session and the connections it opened.
    ///
    /// @throws FailureException `FORBIDDEN` for a guest or a personal token; `SESSION_UNKNOWN` when
    ///   the person has no session of this id
    public void revoke(Principal by, UUID id) {
        var _ = tokens.requireManager(by);
        var hash = table.revoke(by.id().value(), id);
        if (hash == null) {
            throw new FailureException(Failure.SESSION_UNKNOWN);
        }
        identity.loginEnded(CredentialId.of(hash));
    }

    private static Details details(Session session, boolean isCurrent) {
        return new Details(
                session.id(),
                session.provider(),
                session.agent(),
                session.createdAt(),
                session.lastUsedAt(),
                session.expiresAt(),
                isCurrent);
    }

    private static CredentialId idOf(Session session) {
        return CredentialId.of(session.secretHash());
    }
}

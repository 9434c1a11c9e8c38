package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.ShareTable;
import dev.qide.server.store.TokenTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Shares: tokens for guests, each valid in one workspace, with one role, until it expires or is
/// revoked. Whoever presents the token is the share's person, so that two people with the same link
/// are one person to others.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class Shares {
    /// The most valid shares of one workspace.
    public static final int SHARES = 100;

    /// The default validity of a share.
    public static final Duration LIFETIME = Duration.ofDays(7);

    /// The maximum validity of a share.
    public static final Duration LONGEST = Duration.ofDays(90);

    private static final int NAME_ID_DIGITS = 4;

    private final Identity identity;
    private final CredentialOrigins origins;
    private final TokenTable tokens;
    private final ShareTable shares;
    private final SecureRandom random;
    private final InstantSource clock;

    public Shares(Identity identity, Database database, SecureRandom random, InstantSource clock) {
        this.identity = identity;
        this.origins = new CredentialOrigins(identity, database);
        this.tokens = new TokenTable(database);
        this.shares = new ShareTable(database);
        this.random = random;
        this.clock = clock;
    }

    /// The rights of a guest.
    public enum Access {
        VIEW(Role.VIEWER, Scope.READ),
        EDIT(Role.EDITOR, Scope.EDIT);

        private final Role role;
        private final Scope scope;

        Access(Role role, Scope scope) {
            this.role = role;
            this.scope = scope;
        }
    }

    /// A share.
    ///
    /// @param name the guest's first name to others
    /// @param sharedBy the person who created the share
    public record Share(
            UUID id,
            Access access,
            String name,
            UUID sharedBy,
            Instant createdAt,
            Instant expiresAt) {}

    /// A new share with its token, which is never shown again.
    public record Created(Share share, String token) {}

    /// Makes a share, which ends with the token behind the principal's credential.
    ///
    /// @param name the guest's name to others; null for one derived from access and id
    /// @param days from 1 to 90; null for 7
    /// @throws FailureException `TOO_MANY_SHARES`, `DISPLAY_NAME_ILLEGAL`, `INVALID_PARAMS` for
    ///   days out of range
    public Created create(
            WorkspaceId workspace,
            Principal by,
            Access access,
            @Nullable String name,
            @Nullable Integer days) {
        if (days != null && (days < 1 || days > LONGEST.toDays())) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("member", "expiresInDays", "reason", "1 to " + LONGEST.toDays()));
        }
        var id = UUID.randomUUID();
        var now = clock.instant();
        var secret = Tokens.random(random);
        var token =
                new TokenTable.Token(
                        id,
                        Tokens.hash(secret),
                        UUID.randomUUID(),
                        name == null ? nameOf(access, id) : DisplayName.of(name).value(),
                        access.role.name(),
                        Set.of(access.scope.name()),
                        now,
                        now.plus(days == null ? LIFETIME : Duration.ofDays(days)),
                        null);
        var share = new ShareTable.Share(token, by.id().value(), origins.of(by).tokenHash());
        if (!shares.create(workspace, share, SHARES)) {
            throw new FailureException(
                    Failure.TOO_MANY_SHARES, Map.of("limit", Integer.toString(SHARES)));
        }
        return new Created(shown(share), secret);
    }

    /// The valid shares of a workspace, oldest first.
    public List<Share> list(WorkspaceId workspace) {
        return valid(workspace, clock.instant()).stream().map(Shares::shown).toList();
    }

    /// Revokes a share and the logins with its token. `session.Grants` closes their sockets within
    /// a second.
    ///
    /// @throws FailureException `SHARE_UNKNOWN` when the workspace has no valid share of this id
    public void revoke(WorkspaceId workspace, UUID id) {
        var now = clock.instant();
        boolean isThere =
                valid(workspace, now).stream().anyMatch(one -> one.token().id().equals(id));
        if (!isThere || !tokens.revoke(id, now)) {
            throw new FailureException(Failure.SHARE_UNKNOWN);
        }
    }

    private List<ShareTable.Share> valid(WorkspaceId workspace, Instant now) {
        return shares.valid(workspace, Identity.LOCAL_OWNER.value(), identity.localHash(), now);
    }

    private static Share shown(ShareTable.Share share) {
        var token = share.token();
        return new Share(
                token.id(),
                token.role().equals(Role.EDITOR.name()) ? Access.EDIT : Access.VIEW,
                token.name(),
                share.sharedBy(),
                token.createdAt(),
                Objects.requireNonNull(token.expiresAt()));
    }

    private static String nameOf(Access access, UUID id) {
        var word = access == Access.EDIT ? "guest" : "viewer";
        return word + "-" + id.toString().substring(0, NAME_ID_DIGITS);
    }
}

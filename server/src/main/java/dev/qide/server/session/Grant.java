package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.Outgoing;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The rights of one socket in its workspace, as `identity` grants them now.
///
/// All credentials used on a socket belong to one person, whose id is the member key. The socket
/// has only the rights that every one of them grants: a viewer's token stays limited even if that
/// person has another token. Thread-safe.
final class Grant implements Access {
    private static final int CREDENTIALS = 16;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int CLOSE_FORBIDDEN = 4403;
    private static final int CLOSE_WORKSPACE_UNKNOWN = 4404;

    private final Identity identity;
    private final Outgoing outgoing;
    private final @Nullable WorkspaceId workspace;
    private final Set<CredentialId> credentials = ConcurrentHashMap.newKeySet();

    /// @param workspace null when no workspace has that name; an endpoint with in-band login
    ///   reveals that only after the login
    Grant(Identity identity, Outgoing outgoing, @Nullable WorkspaceId workspace) {
        this.identity = identity;
        this.outgoing = outgoing;
        this.workspace = workspace;
    }

    @Override
    public Member login(@Nullable Member loggedIn, String token) {
        if (loggedIn != null && token.isEmpty()) {
            return loggedIn;
        }
        var principal = identity.byToken(token);
        if (principal == null || (loggedIn != null && !loggedIn.key().equals(keyOf(principal)))) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return admit(principal);
    }

    @Override
    public Member current(Member member) {
        var person = new Principal.UserId(UUID.fromString(member.key()));
        return new Member(member.key(), identity.nameOf(person, member.name()));
    }

    @Override
    public boolean canRead(Member member) {
        return allows(Principal::canRead);
    }

    @Override
    public boolean canEdit(Member member) {
        return allows(Principal::canEdit);
    }

    /// Whether the socket may change text and files.
    boolean canEdit() {
        return allows(Principal::canEdit);
    }

    /// Whether the socket may use models, which cost money.
    boolean canAskModels() {
        return allows(principal -> principal.has(Scope.AI));
    }

    /// Records a credential used on this socket. The socket's reader thread calls it.
    ///
    /// @throws FailureException `FORBIDDEN` when it does not grant reading, `WORKSPACE_UNKNOWN`
    ///   when it is valid in another workspace only, `TOO_MANY_REQUESTS`
    Member admit(Principal principal) {
        if (!principal.canRead()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        if (workspace != null && !principal.mayEnter(workspace)) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        if (credentials.size() >= CREDENTIALS && !credentials.contains(principal.credential())) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS, Map.of("reason", "credentials-of-a-socket"));
        }
        credentials.add(principal.credential());
        return memberOf(principal);
    }

    static Member memberOf(Principal principal) {
        return new Member(keyOf(principal), principal.name());
    }

    private static String keyOf(Principal principal) {
        return principal.id().value().toString();
    }

    /// Closes the socket when one of its credentials has ended or no longer grants reading.
    ///
    /// @return whether the socket stays open
    boolean revalidate() {
        for (var credential : credentials) {
            var principal = identity.byId(credential);
            if (principal == null) {
                outgoing.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
                return false;
            }
            if (!principal.canRead()) {
                outgoing.close(CLOSE_FORBIDDEN, Failure.FORBIDDEN.wireName());
                return false;
            }
        }
        return true;
    }

    /// Closes the socket if it is in this workspace, which was deleted.
    ///
    /// @return whether it is
    boolean endIn(WorkspaceId deleted) {
        boolean isThere = deleted.equals(workspace);
        if (isThere) {
            outgoing.close(CLOSE_WORKSPACE_UNKNOWN, Failure.WORKSPACE_UNKNOWN.wireName());
        }
        return isThere;
    }

    /// Whether the socket is closed.
    boolean isOver() {
        return outgoing.isClosed();
    }

    private boolean allows(Predicate<Principal> right) {
        return !credentials.isEmpty()
                && credentials.stream()
                        .map(identity::byId)
                        .allMatch(principal -> principal != null && right.test(principal));
    }
}

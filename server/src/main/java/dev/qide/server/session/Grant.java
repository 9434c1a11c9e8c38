package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The present rights of one socket in its workspace.
///
/// All credentials used on a socket belong to one person, whose id is the member key. The socket
/// has only the rights that every one of them grants: a viewer's token stays limited even if that
/// person has another token. Thread-safe.
final class Grant implements Access {
    private static final int CREDENTIALS = 16;
    private static final int CLOSE_SERVICE_RESTART = 1012;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int CLOSE_FORBIDDEN = 4403;
    private static final int CLOSE_WORKSPACE_UNKNOWN = 4404;

    private final Identity identity;
    private final WebSocketSender outgoing;
    private final Resource.@Nullable OfWorkspace workspace;
    private final LoginListener logins;
    private final Set<CredentialId> credentials = ConcurrentHashMap.newKeySet();

    /// The rights that every one of the credentials grants; replaced as a whole.
    private volatile Set<Action> allowed = Set.of();

    /// The work that ends when an action is no longer allowed.
    private final Map<Action, Runnable> ends = new ConcurrentHashMap<>();

    /// Receives whether the socket may edit, when that has changed.
    private volatile Consumer<Boolean> editListener = _ -> {};

    /// @param workspace null when no workspace has that name; an endpoint with in-band login
    ///   reveals that only after the login
    /// @param logins called for each login by a message
    Grant(
            Identity identity,
            WebSocketSender outgoing,
            Resource.@Nullable OfWorkspace workspace,
            LoginListener logins) {
        this.identity = identity;
        this.outgoing = outgoing;
        this.workspace = workspace;
        this.logins = logins;
    }

    @Override
    public Member login(@Nullable Member loggedIn, String token) {
        if (loggedIn != null && token.isEmpty()) {
            return loggedIn;
        }
        var principal = identity.byToken(token);
        if (principal == null || (loggedIn != null && !loggedIn.key().equals(principal.key()))) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        requireReader(principal);
        logins.loggingIn(principal);
        return admit(principal);
    }

    @Override
    public Member current(Member member) {
        var person = new Principal.UserId(UUID.fromString(member.key()));
        return new Member(member.key(), identity.nameOf(person, member.name()));
    }

    @Override
    public boolean canRead(Member member) {
        return can(Action.READ_WORKSPACE);
    }

    @Override
    public boolean canEdit(Member member) {
        return can(Action.EDIT_WORKSPACE);
    }

    /// Whether the socket may currently do something in its workspace. Reads memory only: the
    /// answer of [Authorizer] is kept until a right changes.
    boolean can(Action action) {
        return allowed.contains(action);
    }

    /// Ends work under way when an action is no longer allowed, also because the credential ended;
    /// one task for each action, which must not block.
    void onLost(Action action, Runnable end) {
        ends.put(action, end);
    }

    /// Reports when the right to edit ends or comes back while the socket stays open, and for
    /// [#reportEditRight].
    ///
    /// @param listener must not block
    void onEditRightChanged(Consumer<Boolean> listener) {
        editListener = listener;
    }

    /// Reports whether the socket may edit now; a later change is reported after it.
    synchronized void reportEditRight() {
        editListener.accept(can(Action.EDIT_WORKSPACE));
    }

    /// Refuses what [#can] does not allow.
    ///
    /// @throws FailureException `FORBIDDEN` with the missing `action`
    void require(Action action) {
        if (!can(action)) {
            throw new FailureException(
                    Failure.FORBIDDEN,
                    Map.of("action", action.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
    }

    /// Records a credential used on this socket. The socket's reader thread calls it.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN` when the principal may not see the workspace,
    ///   `FORBIDDEN` when it may not read it, `TOO_MANY_REQUESTS`
    Member admit(Principal principal) {
        requireReader(principal);
        if (credentials.size() >= CREDENTIALS && !credentials.contains(principal.credential())) {
            throw Access.tooManyCredentials();
        }
        credentials.add(principal.credential());
        var _ = revalidate();
        return memberOf(principal);
    }

    private void requireReader(Principal principal) {
        if (workspace == null || !Authorizer.isVisible(principal, workspace)) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        Authorizer.require(principal, Action.READ_WORKSPACE, workspace);
    }

    static Member memberOf(Principal principal) {
        return new Member(principal.key(), principal.name());
    }

    /// Asks anew what the socket may do, and closes it when one of its credentials has ended or no
    /// longer allows reading.
    ///
    /// @return whether the socket stays open
    synchronized boolean revalidate() {
        // A login that adds a credential meanwhile asks anew itself.
        var used = Set.copyOf(credentials);
        var common = used.isEmpty() ? EnumSet.noneOf(Action.class) : EnumSet.allOf(Action.class);
        for (var credential : used) {
            var principal = identity.byId(credential);
            if (principal == null || workspace == null) {
                replace(Set.of());
                outgoing.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
                return false;
            }
            common.retainAll(Authorizer.actions(principal, workspace));
        }
        replace(common);
        if (!used.isEmpty() && !can(Action.READ_WORKSPACE)) {
            outgoing.close(CLOSE_FORBIDDEN, Failure.FORBIDDEN.wireName());
            return false;
        }
        return true;
    }

    private void replace(Set<Action> now) {
        var before = allowed;
        allowed = now;
        ends.forEach((action, end) -> {
            if (before.contains(action) && !now.contains(action)) {
                end.run();
            }
        });
        boolean canEdit = now.contains(Action.EDIT_WORKSPACE);
        if (now.contains(Action.READ_WORKSPACE)
                && before.contains(Action.EDIT_WORKSPACE) != canEdit) {
            editListener.accept(canEdit);
        }
    }

    /// Closes the socket if it is in this workspace, which was deleted.
    ///
    /// @return whether it is
    boolean endIn(WorkspaceId deleted) {
        boolean isThere = workspace != null && deleted.equals(workspace.id());
        if (isThere) {
            outgoing.close(CLOSE_WORKSPACE_UNKNOWN, Failure.WORKSPACE_UNKNOWN.wireName());
        }
        return isThere;
    }

    /// Closes the socket if it is open, and in a workspace that another node shall serve; its
    /// editor connects again.
    ///
    /// @return whether it did
    boolean move(Predicate<WorkspaceId> isMoving) {
        if (workspace == null || outgoing.isClosed() || !isMoving.test(workspace.id())) {
            return false;
        }
        outgoing.close(CLOSE_SERVICE_RESTART, Failure.WORKSPACE_MOVED.wireName());
        return true;
    }

    /// The workspace of the socket; null when no workspace has its name.
    Resource.@Nullable OfWorkspace resource() {
        return workspace;
    }

    /// Whether the socket is closed.
    boolean isOver() {
        return outgoing.isClosed();
    }
}

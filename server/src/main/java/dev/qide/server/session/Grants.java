package dev.qide.server.session;

import dev.qide.server.files.Workspace;
import dev.qide.server.identity.AccessListener;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Authorizer;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Resource;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.WebSocketSender;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The grants of all open sockets. Closes a socket when one of its credentials ends.
///
/// Thread-safe. Invariant: it holds every open socket that serves text, so that no socket outlives
/// its credential.
public final class Grants implements AccessListener {
    /// How often [#accessChanged] is called without an event.
    public static final Duration CHECK_INTERVAL = Duration.ofMillis(250);

    private static final Duration BETWEEN_MOVES = Duration.ofMillis(1);

    private final Identity identity;
    private final Set<Grant> open = ConcurrentHashMap.newKeySet();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    /// Work that goes on after its request was admitted. Close it when the work has ended.
    public final class Watch implements AutoCloseable {
        private final CredentialId credential;
        private final Action action;
        private final Resource resource;
        private final Runnable end;

        private Watch(Principal principal, Action action, Resource resource, Runnable end) {
            this.credential = principal.credential();
            this.action = action;
            this.resource = resource;
            this.end = end;
        }

        @Override
        public void close() {
            watches.remove(this);
        }

        private boolean isOver() {
            boolean isAllowed = Authorizer.can(identity.byId(credential), action, resource);
            if (!isAllowed) {
                end.run();
            }
            return !isAllowed;
        }
    }

    public Grants(Identity identity) {
        this.identity = identity;
    }

    /// Closes each socket whose credential has ended or no longer grants reading, forgets closed
    /// sockets, and ends what is watched and no longer allowed.
    @Override
    public void accessChanged() {
        open.removeIf(grant -> !grant.revalidate() || grant.isOver());
        watches.removeIf(Watch::isOver);
    }

    /// Ends work within a second when its principal may no longer do it; at once when that has
    /// happened since it was admitted.
    ///
    /// @param end must not block
    public Watch watch(Principal principal, Action action, Resource resource, Runnable end) {
        var watch = new Watch(principal, action, resource, end);
        watches.add(watch);
        // A right that ended after the admission, and before this line, is announced to nobody.
        if (watch.isOver()) {
            watches.remove(watch);
        }
        return watch;
    }

    /// Closes each socket of a deleted workspace.
    void end(WorkspaceId workspace) {
        open.removeIf(grant -> grant.endIn(workspace));
    }

    /// Closes each socket of a workspace that another node shall serve, one after the other: not
    /// all editors connect again at the same moment.
    void move(WorkspaceId workspace) throws InterruptedException {
        for (var grant : open) {
            if (grant.move(workspace::equals)) {
                Thread.sleep(BETWEEN_MOVES);
            }
        }
    }

    /// Closes each socket of such a workspace, at once.
    void moveAll(Predicate<WorkspaceId> isMoving) {
        open.forEach(grant -> {
            var _ = grant.move(isMoving);
        });
    }

    /// The grant of a socket that has just opened, whose principal the handshake has admitted.
    Grant open(WebSocketSender outgoing, Principal loggedIn, Workspace workspace) {
        var grant = new Grant(identity, outgoing, WorkspaceAccess.resource(workspace), _ -> {});
        var _ = grant.admit(loggedIn);
        open.add(grant);
        return grant;
    }

    /// The grant of a socket that has just opened at an endpoint with in-band login.
    ///
    /// @param workspace null when no workspace has that name
    Grant open(WebSocketSender outgoing, @Nullable Workspace workspace, LoginListener logins) {
        var grant =
                new Grant(
                        identity,
                        outgoing,
                        workspace == null ? null : WorkspaceAccess.resource(workspace),
                        logins);
        open.add(grant);
        return grant;
    }
}

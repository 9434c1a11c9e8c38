package dev.qide.server.session;

import dev.qide.server.identity.AccessListener;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.Outgoing;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What every open socket may do, by the credentials that were shown on it; one whose credential
/// ended is closed.
///
/// Thread-safe. Invariant: an open socket of every endpoint that serves text is here, so that no
/// credential outlives its end on one.
public final class Grants implements AccessListener {
    private final Identity identity;
    private final Set<Grant> open = ConcurrentHashMap.newKeySet();

    public Grants(Identity identity) {
        this.identity = identity;
    }

    /// Closes each socket whose credential has ended, or may no longer read, and forgets those that
    /// are closed.
    @Override
    public void accessChanged() {
        open.removeIf(grant -> !grant.lookAgain() || grant.isOver());
    }

    /// Closes each socket of a workspace, which was deleted.
    void end(WorkspaceId workspace) {
        open.removeIf(grant -> grant.endIn(workspace));
    }

    /// The grant of a socket that has just opened.
    ///
    /// @param loggedIn who logged in at the handshake, or null on an endpoint that logs in in-band
    /// @param workspace where; null when there is none of that name
    Grant open(Outgoing outgoing, @Nullable Principal loggedIn, @Nullable WorkspaceId workspace) {
        var grant = new Grant(identity, outgoing, workspace);
        if (loggedIn != null) {
            var _ = grant.admit(loggedIn);
        }
        open.add(grant);
        return grant;
    }
}

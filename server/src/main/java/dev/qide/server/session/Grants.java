package dev.qide.server.session;

import dev.qide.server.identity.AccessListener;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.Outgoing;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The grants of all open sockets. Closes a socket when one of its credentials ends.
///
/// Thread-safe. Invariant: it holds every open socket that serves text, so that no socket outlives
/// its credential.
public final class Grants implements AccessListener {
    private final Identity identity;
    private final Set<Grant> open = ConcurrentHashMap.newKeySet();

    public Grants(Identity identity) {
        this.identity = identity;
    }

    /// Closes each socket whose credential has ended or no longer grants reading, and forgets
    /// closed sockets.
    @Override
    public void accessChanged() {
        open.removeIf(grant -> !grant.revalidate() || grant.isOver());
    }

    /// Closes each socket of a deleted workspace.
    void end(WorkspaceId workspace) {
        open.removeIf(grant -> grant.endIn(workspace));
    }

    /// The grant of a socket that has just opened.
    ///
    /// @param loggedIn the principal of the handshake; null on an endpoint with in-band login
    /// @param workspace null when no workspace has that name
    Grant open(Outgoing outgoing, @Nullable Principal loggedIn, @Nullable WorkspaceId workspace) {
        var grant = new Grant(identity, outgoing, workspace);
        if (loggedIn != null) {
            var _ = grant.admit(loggedIn);
        }
        open.add(grant);
        return grant;
    }
}

package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.Action;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;

/// The principal of a session and its workspace.
///
/// @param principal as of the login; the grant decides what it may do
/// @param workspace the workspace's name
/// @param grant the current rights of this socket, checked before each use
record Editor(
        Principal principal,
        Access.Member member,
        String workspace,
        WorkspaceId workspaceId,
        Grant grant) {
    /// The principal under the name that others see now.
    Principal present() {
        return principal.named(grant.current(member).name());
    }

    /// The person's id, under which rates are counted.
    String key() {
        return principal.key();
    }

    /// Whether it may currently do something in its workspace.
    boolean can(Action action) {
        return grant.can(action);
    }
}

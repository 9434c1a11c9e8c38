package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.WorkspaceId;

/// Who sits at a session, and where.
///
/// @param principal as the credential was when it was shown; what it allows is asked of the grant
/// @param workspace the workspace's name
/// @param grant what this socket may do there, asked anew whenever it matters
record Editor(
        Principal principal,
        Access.Member member,
        String workspace,
        WorkspaceId workspaceId,
        Grant grant) {
    boolean canEdit() {
        return grant.canEdit();
    }

    boolean canAskModels() {
        return grant.canAskModels();
    }
}

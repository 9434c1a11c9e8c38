package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.Person;
import dev.qide.server.store.WorkspaceId;

/// Who sits at a session, and where.
///
/// @param workspace the workspace's name
/// @param access what this person may do there, asked anew whenever it matters
record Editor(
        Person person,
        Access.Member member,
        String workspace,
        WorkspaceId workspaceId,
        Access access) {}

package dev.qide.server.terminal;

import dev.qide.server.store.WorkspaceId;

/// Whose terminal it is, and of which workspace. Nobody else sees it.
///
/// @param person the id under which rates are counted
public record TerminalOwner(String person, WorkspaceId workspace) {}

package dev.qide.server.terminal;

import dev.qide.server.store.WorkspaceId;

/// The person and the workspace that a terminal belongs to. Nobody else sees it.
///
/// @param person the id under which rates are counted
public record TerminalOwner(String person, WorkspaceId workspace) {}

/// Messages between the people of a workspace.
///
/// - [TeamChat] checks, bounds and stores messages; `session` calls it and sends them to the
///   editors of the workspace. `store.TeamChatTable` keeps them.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.teamchat;

import org.jspecify.annotations.NullMarked;

/// Messages between the people of a workspace.
///
/// - [Chat] checks, bounds and stores messages; `session` calls it and sends them to the editors of
///   the workspace. `store.ChatTable` keeps them.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.chat;

import org.jspecify.annotations.NullMarked;

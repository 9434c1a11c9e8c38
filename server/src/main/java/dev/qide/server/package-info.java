/// The server.
///
/// - `Main` runs the command line of `cli`; for `serve` it starts a `Server`.
/// - `Server` constructs every package by constructor, in start order, and closes them in reverse.
/// - `LoginSetup` reads how people log in from the settings.
/// - `WorkspaceFoldersAdapter` connects `language` to `workspace`.
///
/// `docs/architecture.md` describes the packages below, their purposes and allowed dependencies.
/// Start and stop run on one thread each: `main` and the shutdown hook.
@NullMarked
package dev.qide.server;

import org.jspecify.annotations.NullMarked;

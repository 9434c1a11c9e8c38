/// The server. `Main` reads the command line and becomes one of its commands; `Server` constructs
/// every room in start order and closes them in reverse. Nothing else is here: the rooms are the
/// packages below, and `docs/architecture.md` says what each is for and which others it may use.
@NullMarked
package dev.qide.server;

import org.jspecify.annotations.NullMarked;

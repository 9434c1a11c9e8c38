/// Terminals of a workspace: pseudoterminals with a shell in the sandbox of language servers.
///
/// - [Terminals] opens, bounds and ends them; `session` calls it for the requests of an editor,
///   which is the [TerminalClient] of a terminal.
/// - [Terminal] is one of them: a platform thread that moves input and output, with a window of
///   unacknowledged output; [Scrollback] keeps the last output for a client that comes back,
///   [Utf8Decoder] makes it text.
/// - [Pty] is the pseudoterminal, by the calls of Linux's C library in [PtyCalls].
///   `language.SandboxedPrograms` starts the shell.
///
/// The pseudoterminal is made by java.lang.foreign and not by the library pty4j, which brings JNA
/// and native programs for several systems, starts the process itself and reads with a blocking
/// thread for each direction. Here the sandbox's launcher must start it from its one thread, and
/// eleven functions of the C library suffice, without native code of our own. The controlling
/// terminal is taken inside the sandbox, by `setsid --ctty` of util-linux: bubblewrap leaves the
/// server's session (`--new-session`) before it starts its first process.
@NullMarked
package dev.qide.server.terminal;

import org.jspecify.annotations.NullMarked;

/// The command line: commands, settings, `doctor`.
///
/// - [QideCommand] runs a command line; each command is a class: [ServeCommand], [TokenCommand],
///   [BackupCommand], [RestoreCommand], [DoctorCommand] with [Doctor], [LspCommand] with
///   [StdioRelay].
/// - [ServerConfig] is the one record of all settings, read once; [EnvironmentVariable] lists every
///   `QIDE_…` variable, so a new setting starts there.
/// - [DatabaseTarget] decides which database a command means. A command runs on the thread that
///   called it.
@NullMarked
package dev.qide.server.cli;

import org.jspecify.annotations.NullMarked;

/// The command line: commands, settings, `doctor`.
///
/// - [QideCommand] runs a command line; `Main` calls it. Each command is a class: [ServeCommand],
///   [TokenCommand], [BackupCommand], [RestoreCommand], [DoctorCommand] with [Doctor], [LspCommand]
///   with the package `relay`, [LoginCommand] and [LogoutCommand] with the package `credentials`.
/// - [ServerConfig] is the record of all settings, read once. [EnvironmentVariable] declares every
///   `QIDE_…` variable: a new setting starts there. [SettingValue] finds its value.
/// - [DatabaseTarget] chooses the database of a command.
///
/// A command runs on the main thread.
@NullMarked
package dev.qide.server.cli;

import org.jspecify.annotations.NullMarked;

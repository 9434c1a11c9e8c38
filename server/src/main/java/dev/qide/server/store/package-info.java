/// PostgreSQL: pool, migrations, one class a table family, the update log.
///
/// - [Database] holds the pools and says whether the database answers ([DatabaseProbe],
///   [SqlErrors]).
/// - [UpdateLog] commits updates in groups, by its [LogWriter]s, each with a bounded [RowQueue].
/// - Tables: [DocumentTable], [WorkspaceTable], [TokenTable], [LoginTable], [FileSyncTable],
///   [MoveTable], [TrustTable].
/// - [EmbeddedPostgres] runs a PostgreSQL of our own (`postgres`); [Backup] and [Restore] copy all
///   rows (`backup`); [CommandDatabase] is the database for the time of one command.
///
/// Thread-safe; calls block on the database.
@NullMarked
package dev.qide.server.store;

import org.jspecify.annotations.NullMarked;

/// PostgreSQL: connection pools, migrations, one class per table family, the update log.
///
/// - [Database] owns the pools and reports whether the database responds ([DatabaseProbe],
///   [SqlErrors]).
/// - [UpdateLog] commits updates in groups; each of its [UpdateLogWriter]s has a bounded
///   [RowQueue].
/// - Tables: [DocumentTable], [WorkspaceTable], [TokenTable], [LoginTable], [FileSyncTable],
///   [MoveTable], [TrustTable], [ModelTable].
/// - [EmbeddedPostgres] runs an embedded PostgreSQL (`postgres`); [Backup] and [Restore] copy all
///   rows (`backup`); [CommandDatabase] is the database during one command.
///
/// Thread-safe; calls block on the database. Only [UpdateLog#offer] never blocks.
@NullMarked
package dev.qide.server.store;

import org.jspecify.annotations.NullMarked;

/// The embedded PostgreSQL.
///
/// - [PostgresBinaries] unpacks its programs, [PostgresCommand] runs them.
/// - [PostgresSupervisor] runs and restarts the postmaster on a thread of its own.
/// - [StalePostmaster] cleans up what an earlier server left.
///
/// Used by `EmbeddedPostgres`.
@NullMarked
package dev.qide.server.store.postgres;

import org.jspecify.annotations.NullMarked;

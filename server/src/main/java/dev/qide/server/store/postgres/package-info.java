/// The embedded PostgreSQL: [PostgresBinaries] unpacks it, [PostgresCommand] starts its programs,
/// [PostgresSupervisor] runs and restarts the postmaster, [StalePostmaster] deals with one that an
/// earlier server left.
@NullMarked
package dev.qide.server.store.postgres;

import org.jspecify.annotations.NullMarked;

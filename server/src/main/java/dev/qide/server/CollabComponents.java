package dev.qide.server;

import dev.qide.server.collab.CollabLimits;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.FileTextSource;
import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import java.security.SecureRandom;
import java.time.InstantSource;

/// Wires the shared documents with their log and the leases of their workspaces.
record CollabComponents(
        CpuPool cpu,
        Scheduler scheduler,
        InstantSource clock,
        SecureRandom random,
        Metrics metrics) {
    Collaboration start(
            Database database,
            FileTextSource source,
            Health health,
            DatabaseComponents.Keeper keeper) {
        var log = keeper.keep("update log", new UpdateLog(database, metrics));
        health.register("update-log", log::state);
        var leases =
                keeper.keep(
                        "leases",
                        new WorkspaceLeases(
                                new WorkspaceTable(database), new LeaseTable(database)));
        health.register("leases", leases::state);
        return keeper.keep(
                "documents",
                new Collaboration(
                        new Collaboration.Dependencies(
                                log,
                                new DocumentTable(database),
                                leases,
                                source,
                                cpu,
                                scheduler,
                                clock,
                                random,
                                metrics),
                        CollabLimits.STANDARD));
    }
}

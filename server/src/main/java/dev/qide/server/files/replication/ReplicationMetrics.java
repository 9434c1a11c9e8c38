package dev.qide.server.files.replication;

import dev.qide.server.telemetry.Metrics;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// The metrics of files in the database. Thread-safe.
public final class ReplicationMetrics {
    private final Metrics metrics;
    private final Metrics.Histogram restores;

    public ReplicationMetrics(Metrics metrics) {
        this.metrics = metrics;
        restores =
                metrics.histogram(
                        "qide_files_restore_seconds",
                        "How long restoring a workspace's directory from the database took.");
    }

    /// Registers the gauges.
    public void observe(Supplier<Collection<WorkspaceReplication>> replications) {
        metrics.gauge(
                "qide_files_unreplicated_paths",
                "Paths of workspaces that may have changed and have yet to be compared with the database; 1 for a whole tree.",
                () -> replications.get().stream().mapToInt(WorkspaceReplication::pending).sum());
        metrics.gauge(
                "qide_files_oldest_unreplicated_seconds",
                "How long the oldest path that has yet to be compared with the database "
                        + "has waited; 0 when there is none.",
                () ->
                        replications.get().stream()
                                        .mapToLong(WorkspaceReplication::pendingNanos)
                                        .max()
                                        .orElse(0)
                                / 1e9);
        metrics.gauge(
                "qide_files_not_kept",
                "Files that are not stored in the database, by reason.",
                List.of("reason"),
                () -> excluded(replications.get()));
    }

    /// Records the duration of a restore.
    public void restored(long nanos) {
        restores.recordNanos(nanos);
    }

    private static Map<List<String>, Double> excluded(
            Collection<WorkspaceReplication> replications) {
        var counts = new HashMap<List<String>, Double>();
        for (var reason : WorkspaceReplication.Exclusion.values()) {
            counts.put(List.of(reason.name().toLowerCase(Locale.ROOT)), 0.0);
        }
        for (var replication : replications) {
            for (var reason : replication.excluded().values()) {
                counts.merge(List.of(reason.name().toLowerCase(Locale.ROOT)), 1.0, Double::sum);
            }
        }
        return counts;
    }
}

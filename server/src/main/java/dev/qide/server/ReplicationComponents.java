package dev.qide.server;

import dev.qide.server.cli.ServerConfig;
import dev.qide.server.files.FileReplication;
import dev.qide.server.limits.Limit;
import dev.qide.server.nodes.FileStorage;
import dev.qide.server.telemetry.Metrics;

/// Wires the replication of workspaces' files to the database.
final class ReplicationComponents {
    private static final int MEBIBYTE_BITS = 20;

    private ReplicationComponents() {}

    static FileReplication of(ServerConfig config, FileReplication.Parts parts, Metrics metrics) {
        return new FileReplication(
                parts,
                new FileReplication.Settings(
                        config.nodes().files() == FileStorage.DATABASE,
                        config.data().resolve("copies"),
                        config.limits().of(Limit.KEPT_FILE_MEBIBYTES) << MEBIBYTE_BITS,
                        config.limits().of(Limit.KEPT_WORKSPACE_MEBIBYTES) << MEBIBYTE_BITS),
                metrics);
    }
}

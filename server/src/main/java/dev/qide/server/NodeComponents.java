package dev.qide.server;

import dev.qide.server.ai.ModelServices;
import dev.qide.server.api.NodeEndpoints;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.nodes.Forwarder;
import dev.qide.server.nodes.NodeOverview;
import dev.qide.server.nodes.NodeUrl;
import dev.qide.server.nodes.Nodes;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.NodeTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.server.workspace.Trust;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Wires the other servers of the database, and forwarding to them.
record NodeComponents(Nodes nodes, Forwarder forwarder) implements AutoCloseable {
    /// @throws IllegalArgumentException with a sentence when a setting is wrong
    static NodeComponents of(
            ServerConfig config,
            Database database,
            SecureRandom random,
            InstantSource clock,
            Metrics metrics) {
        var nodes = Nodes.load(new NodeTable(database), new LeaseTable(database), random, clock);
        var trust = config.nodes().trust();
        return new NodeComponents(nodes, new Forwarder(nodes, trust, random, clock, metrics));
    }

    /// Publishes the server's URL once it listens, and begins to look for others, and for what they
    /// have changed.
    void begin(
            ServerConfig config,
            int port,
            ManagedWorkspaces managed,
            Trust trust,
            ModelServices models) {
        nodes.begin(
                url(config, port),
                () -> {
                    managed.refresh();
                    trust.refresh();
                    models.refresh();
                });
    }

    /// The setting; else the address of a server that only this machine reaches, if the database is
    /// on this machine too, and so every other server that uses it in this way.
    private static @Nullable NodeUrl url(ServerConfig config, int port) {
        if (config.nodes().url() != null) {
            return config.nodes().url();
        }
        var database = config.databaseUrl();
        boolean isLocal =
                config.tls() == null
                        && NodeUrl.isLoopback(config.host())
                        && database != null
                        && DatabaseAddress.parse(database.current().reveal()).isLoopback();
        return isLocal ? new NodeUrl(false, config.host(), port) : null;
    }

    /// The endpoints that show the nodes to an operator.
    static NodeEndpoints endpoints(Database database, WorkspaceAccess access) {
        return new NodeEndpoints(new NodeOverview(new NodeTable(database))::list, access);
    }

    @Override
    public void close() {
        nodes.close();
        forwarder.close();
    }
}

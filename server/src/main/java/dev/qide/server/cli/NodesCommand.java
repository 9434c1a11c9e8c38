package dev.qide.server.cli;

import dev.qide.server.nodes.NodeAdministration;
import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.NodeTable;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `nodes`: the servers of the database, with the workspaces that each has. stdout carries only the
/// list.
@Command(
        name = "nodes",
        description = "Lists the servers on the database, with their load and workspaces.",
        mixinStandardHelpOptions = true)
final class NodesCommand extends DatabaseCommand {
    private static final String ROW = "%-36s  %-8s  %-32s  %-20s  %-20s  %-13s  %-4s  %-10s  %s%n";
    private static final String HEAD =
            "ID,STATE,URL,STARTED,LAST SEEN,HEAP MB,CPU,WORKSPACES,NAMES";
    private static final long MEGABYTE = 1 << 20;
    private static final int PERCENT = 100;

    NodesCommand(QideCommand.Context context) {
        super(context);
    }

    @Override
    int run(CommandDatabase database) {
        out().printf(ROW, (Object[]) HEAD.split(",", -1));
        for (var node : new NodeTable(database.database()).list()) {
            var load = node.load();
            out().printf(
                            ROW,
                            node.id(),
                            node.state().name().toLowerCase(Locale.ROOT),
                            node.url() == null ? "none" : node.url(),
                            node.startedAt().truncatedTo(ChronoUnit.SECONDS),
                            node.seenAt().truncatedTo(ChronoUnit.SECONDS),
                            load.heapUsedBytes() / MEGABYTE
                                    + "/"
                                    + load.heapLimitBytes() / MEGABYTE,
                            Math.round(load.cpu() * PERCENT) + "%",
                            node.workspaces().size(),
                            String.join(",", node.workspaces()));
        }
        return QideCommand.DONE;
    }

    /// `nodes drain`.
    @Command(
            name = "drain",
            description =
                    "Makes a server hand its workspaces over to the others, and take none, "
                            + "until it is activated or restarted; waits until it has none. Editors "
                            + "reconnect by themselves.",
            mixinStandardHelpOptions = true)
    static final class Drain extends DatabaseCommand {
        @Parameters(
                paramLabel = "NODE",
                description = "The server's id, the beginning of it, or its URL.")
        private String node = "";

        @Option(
                names = "--timeout",
                paramLabel = "SECONDS",
                description = "How long to wait; default: ${DEFAULT-VALUE}.")
        private int timeout = 120;

        Drain(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) throws InterruptedException {
            var drained =
                    new NodeAdministration(new NodeTable(database.database()))
                            .drain(node, Duration.ofSeconds(timeout));
            out().println(drained + " has no workspaces any more.");
            return QideCommand.DONE;
        }
    }

    /// `nodes activate`.
    @Command(
            name = "activate",
            description = "Ends a server's draining: it takes workspaces again.",
            mixinStandardHelpOptions = true)
    static final class Activate extends DatabaseCommand {
        @Parameters(
                paramLabel = "NODE",
                description = "The server's id, the beginning of it, or its URL.")
        private String node = "";

        Activate(QideCommand.Context context) {
            super(context);
        }

        @Override
        int run(CommandDatabase database) {
            var activated =
                    new NodeAdministration(new NodeTable(database.database())).activate(node);
            out().println(activated + " takes workspaces.");
            return QideCommand.DONE;
        }
    }
}

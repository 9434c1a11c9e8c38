package dev.qide.server.cli;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.NodeTable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;

/// `nodes`: the servers of the database, with the workspaces that each has. stdout carries only the
/// list.
@Command(
        name = "nodes",
        description = "Lists the servers of the database and the workspaces that each has.",
        mixinStandardHelpOptions = true)
final class NodesCommand extends DatabaseCommand {
    private static final String ROW = "%-36s  %-8s  %-32s  %-20s  %-20s  %s%n";

    NodesCommand(QideCommand.Context context) {
        super(context);
    }

    @Override
    int run(CommandDatabase database) {
        out().printf(ROW, "ID", "STATE", "URL", "STARTED", "LAST SEEN", "WORKSPACES");
        for (var node : new NodeTable(database.database()).list()) {
            out().printf(
                            ROW,
                            node.id(),
                            node.isLiving() ? "living" : "ended",
                            node.url() == null ? "none" : node.url(),
                            shown(node.startedAt()),
                            shown(node.seenAt()),
                            String.join(",", node.workspaces()));
        }
        return QideCommand.DONE;
    }

    private static String shown(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}

package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.NodeProject;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Unmodified `@hocuspocus/provider` and `yjs` in Node, over real sockets.
final class StockProviderTest {
    private static final long RUN_SECONDS = 90;

    /// All at once: they wait more than they compute.
    @Test
    void stock_providers_of_every_version_converge_on_both_endpoints() throws Exception {
        var node = NodeProject.installed("collab");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var runs = new ArrayList<Future<String>>();
            for (var version : List.of("2", "3", "4")) {
                runs.add(threads.submit(() -> converge(node, version)));
            }
            for (var run : runs) {
                assertThat(run.get()).contains("stock providers converged");
            }
        }
    }

    private static String converge(NodeProject node, String version) throws Exception {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var fixture = new CollabFixture(test, database, CollabLimits.STANDARD);
                var host = new CollabHost(fixture)) {
            return node.run(RUN_SECONDS, "stock.mjs", host.url(), version);
        }
    }
}

package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.NodeProject;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import org.junit.jupiter.api.Test;

/// Unmodified `@hocuspocus/provider` and `yjs` in Node, over real sockets.
final class StockProviderTest {
    private static final long RUN_SECONDS = 90;

    @Test
    void stock_providers_converge_on_both_endpoints() throws Exception {
        var node = NodeProject.installed("collab");
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var lab = new CollabLab(test, database, CollabLimits.STANDARD);
                var host = new CollabHost(lab)) {
            assertThat(node.run(RUN_SECONDS, "stock.mjs", host.url()))
                    .contains("stock providers converged");
        }
    }
}

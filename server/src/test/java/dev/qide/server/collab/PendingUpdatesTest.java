package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.StockClients.ClientSpec;
import dev.qide.server.collab.StockClients.Kind;
import dev.qide.server.store.Database;
import java.net.URI;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// Updates with missing dependencies do not reach unmodified clients.
final class PendingUpdatesTest {
    private static final int UPDATES_A_SECOND = 150;
    private static final long PERIOD_NANOS = 1_000_000_000L / UPDATES_A_SECOND;
    private static final int LETTERS = 900;
    private static final int UPDATES = 2 * PendingUpdates.UPDATES_PER_PRINCIPAL;

    @Test
    void updates_with_missing_dependencies_reach_no_client_until_they_are_complete()
            throws Exception {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var fixture = new CollabFixture(test, database, CollabLimits.STANDARD);
                var host = new CollabHost(fixture);
                var stockClients = StockClients.start()) {
            stockClients.target(URI.create(host.url()).getPort());
            stockClients.open(new ClientSpec("vera", Kind.HOCUSPOCUS, "demo", PATH, "vera"));
            assertThat(stockClients.awaitOneText("vera")).isEqualTo("x=1\n");
            long before = processorTime(stockClients);
            int frames = stockClients.state("vera").count("frames");

            flood(
                    List.of(
                            fixture.client(ANN).joinSettled(""),
                            fixture.client(BOB).joinSettled("")));

            System.out.println(
                    "processor time of a client in the flood: "
                            + (processorTime(stockClients) - before) / 1_000
                            + " ms");
            assertThat(stockClients.state("vera").count("frames")).isLessThan(frames + 10);
            assertThat(stockClients.state("vera").text()).isEqualTo("x=1\n");
            fixture.client(ANN).joinSettled("").update(new Typist(7).type("abc"));
            int whole = "abcx=1\n".length() + UPDATES * LETTERS;
            await(() -> stockClients.state("vera").text().length() == whole);
        }
    }

    private static void flood(List<FrameClient> senders) {
        long next = System.nanoTime();
        for (int i = 0; i < UPDATES; i++) {
            var update = Typist.behind(100 + i, 0, 7, 2, "b".repeat(LETTERS));
            senders.get(i % 2).update(update);
            next += PERIOD_NANOS;
            LockSupport.parkNanos(next - System.nanoTime());
        }
        senders.forEach(FrameClient::fence);
        senders.forEach(one -> assertThat(one.count("closed")).isZero());
    }

    private static long processorTime(StockClients stockClients) {
        return stockClients.commandAll("processorTime").getAsLong();
    }
}

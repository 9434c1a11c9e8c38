package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random plans: clients type while connections fail, the database stalls and servers are killed.
/// Whenever a client's counter reports everything as saved, its edits are in the rows. At the end
/// every client has all content, and reconnecting stores nothing.
///
/// `-Dplan.seed=N` runs one plan; `-Dplan.count=N` sets the number of plans.
final class CollabPlanTest {
    private static final int CLIENTS = 4;
    private static final int STEPS = 250;
    private static final long QUIET_NANOS = 20_000_000_000L;

    private static TestDatabase test;
    private static Database database;

    @BeforeAll
    static void openDatabase() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
        test.close();
    }

    static IntStream seeds() {
        var one = Integer.getInteger("plan.seed");
        return one != null
                ? IntStream.of(one)
                : IntStream.range(0, Integer.getInteger("plan.count", 6));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void edits_reported_as_saved_are_in_the_rows(int seed) {
        try (var fixture = new CollabFixture(test, database)) {
            var plan = new Plan(fixture, seed);
            for (int step = 0; step < STEPS; step++) {
                plan.step();
            }
            plan.converge();
            // A document that is idle for a moment is evicted and its rows are compacted, so their
            // number alone may shrink.
            long stored = fixture.stored(fixture.document());
            for (int round = 0; round < 3; round++) {
                plan.reconnectAll();
                plan.converge();
            }
            assertThat(fixture.stored(fixture.document()))
                    .as("updates stored after idle reconnects")
                    .isEqualTo(stored);
        }
    }

    /// One running plan.
    private static final class Plan {
        private final Random random;
        private final CollabFixture fixture;
        private final List<CountingClient> clients = new ArrayList<>();
        private CollabFixture.@Nullable Stall stall;

        Plan(CollabFixture fixture, int seed) {
            this.fixture = fixture;
            random = new Random(seed);
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new CountingClient(fixture, 100 + i));
            }
        }

        void step() {
            var client = clients.get(random.nextInt(CLIENTS));
            int dice = random.nextInt(1_000);
            if (dice < 60) {
                client.disconnect();
            } else if (dice < 90) {
                client.loseConnection();
            } else if (dice < 300) {
                clients.stream().filter(one -> !one.isConnected()).forEach(CountingClient::connect);
            } else if (dice < 330) {
                toggleStall();
            } else if (dice < 338) {
                kill();
            } else if (dice < 430 && client.isConnected() && client.length() > 0) {
                client.delete(random.nextInt(client.length()));
            } else {
                client.type("z".repeat(1 + random.nextInt(random.nextInt(10) == 0 ? 90 : 5)));
            }
            if (random.nextInt(3) == 0) {
                pause();
            }
            receive();
        }

        void reconnectAll() {
            clients.forEach(CountingClient::disconnect);
            clients.forEach(CountingClient::connect);
        }

        /// Removes all faults and waits until everything is saved and every client has all content.
        void converge() {
            endStall();
            reconnectAll();
            long end = System.nanoTime() + QUIET_NANOS;
            while (!hasConverged()) {
                assertThat(System.nanoTime()).as("not at rest: " + words()).isLessThan(end);
                receive();
                clients.stream().filter(one -> !one.isConnected()).forEach(CountingClient::connect);
                pause();
            }
        }

        private boolean hasConverged() {
            if (!clients.stream().allMatch(CountingClient::isSaved)) {
                return false;
            }
            var rows = fixture.rows(fixture.document()).stream().map(UpdateHeader::read).toList();
            return clients.stream().allMatch(client -> rows.stream().allMatch(client::knows));
        }

        private void receive() {
            for (var client : clients) {
                boolean isAny = client.receive();
                client.drained();
                if (isAny && client.isSaved()) {
                    var rows = new IdCoverage();
                    fixture.rows(fixture.document())
                            .forEach(row -> rows.add(UpdateHeader.read(row)));
                    assertThat(client.isIn(rows)).as("saved edits are in the rows").isTrue();
                }
            }
        }

        private void toggleStall() {
            if (stall == null) {
                stall = fixture.stall();
            } else {
                endStall();
            }
        }

        private void endStall() {
            if (stall != null) {
                stall.close();
                stall = null;
            }
        }

        private void kill() {
            clients.forEach(CountingClient::disconnect);
            fixture.kill();
        }

        private String words() {
            return clients.stream()
                    .map(client -> client.client + ":" + client.isSaved())
                    .toList()
                    .toString();
        }

        /// Gives the server's threads time to run between steps.
        private static void pause() {
            LockSupport.parkNanos(1_000_000);
        }
    }
}

package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import org.junit.jupiter.api.Test;

/// A document whose rows do not load: its clients, and the other documents of their sockets.
class DamagedDocumentTest {
    @Test
    void a_damaged_document_does_not_interrupt_the_others_of_a_stock_socket() throws Exception {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var fixture = new CollabFixture(test, database)) {
            fixture.client(CollabFixture.BOB).join("").awaitsText("x=1\n").close();
            await(() -> fixture.collaboration.documentsInMemory() == 0);
            var id = fixture.document().value().toString();
            test.execute("CREATE TABLE kept AS SELECT * FROM document_updates");
            assertThat(
                            test.execute(
                                    "UPDATE document_updates SET data = '\\x05'::bytea"
                                            + " WHERE document_id = ?::uuid",
                                    id))
                    .isPositive();

            // As a stock provider, which logs in in-band and has documents only.
            var stock = fixture.client(null, CollabFixture.PATH).auth("ann").step1("");
            var editor = fixture.client(CollabFixture.BOB).auth("").step1("");
            editor.awaits("denied document-unavailable");
            fixture.advance(PendingJoins.DAMAGE_WAIT.dividedBy(2));
            // A refusal to a new client shows that an attempt has failed meanwhile.
            fixture.client(CollabFixture.VERA).auth("").awaits("denied document-unavailable");
            assertThat(stock.count("socket")).isZero();
            assertThat(stock.count("denied")).isZero();

            test.execute(
                    "UPDATE document_updates SET data = kept.data FROM kept"
                            + " WHERE kept.document_id = document_updates.document_id"
                            + " AND kept.seq = document_updates.seq");
            stock.awaits("step2").awaitsText("x=1\n");
            stock.close();
            editor.close();
        }
    }

    @Test
    void a_stock_socket_is_closed_in_the_end() throws Exception {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var fixture = new CollabFixture(test, database)) {
            fixture.client(CollabFixture.BOB).join("").close();
            await(() -> fixture.collaboration.documentsInMemory() == 0);
            assertThat(test.execute("UPDATE document_updates SET data = '\\x05'::bytea"))
                    .isPositive();
            var stock = fixture.client(null, CollabFixture.PATH).auth("ann").step1("");
            await(() -> {
                // Its thread may not have joined it yet.
                fixture.advance(PendingJoins.DAMAGE_WAIT);
                return stock.count("socket") > 0;
            });
            stock.awaits("socket 1013 document-unavailable").close();
        }
    }
}

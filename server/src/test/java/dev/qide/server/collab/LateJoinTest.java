package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A join that times out because the document is busy.
class LateJoinTest {
    private TestDatabase test;
    private Database database;
    private CollabLab lab;

    @BeforeEach
    void open() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        lab = new CollabLab(test, database);
    }

    @AfterEach
    void close() {
        lab.close();
        database.close();
        test.close();
    }

    @Test
    void a_join_that_times_out_releases_the_document() throws Exception {
        var bob = lab.client(CollabLab.BOB).join("");
        var isFree = new CountDownLatch(1);
        var isBusy = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var edit =
                    threads.submit(() ->
                            lab.collaboration.edit(
                                    lab.workspace,
                                    CollabLab.PATH,
                                    text -> {
                                        isBusy.countDown();
                                        awaitUninterrupted(isFree);
                                        return text;
                                    }));
            assertThat(isBusy.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < CollabLab.LIMITS.inboxMessages(); i++) {
                bob.bare(3);
            }
            var late = lab.client(CollabLab.VERA);
            var joins = threads.submit(() -> late.auth(""));
            joins.get(30, TimeUnit.SECONDS);
            late.awaits("socket 1013 document-unavailable").close();
            isFree.countDown();
            edit.get(30, TimeUnit.SECONDS);
        }
        bob.close();

        CollabLab.await(() -> lab.collaboration.documentsInMemory() == 0);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            var _ = latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

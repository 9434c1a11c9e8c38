package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A join that times out because the document is busy.
class LateJoinTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void a_join_that_times_out_releases_the_document() throws Exception {
        var bob = COLLAB.fixture().client(CollabFixture.BOB).join("");
        var isFree = new CountDownLatch(1);
        var isBusy = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var edit =
                    threads.submit(() ->
                            COLLAB.fixture()
                                    .collaboration
                                    .edit(
                                            COLLAB.fixture().workspace,
                                            CollabFixture.PATH,
                                            text -> {
                                                isBusy.countDown();
                                                awaitUninterrupted(isFree);
                                                return text;
                                            }));
            assertThat(isBusy.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < CollabFixture.LIMITS.inboxMessages(); i++) {
                bob.bare(3);
            }
            var late = COLLAB.fixture().client(CollabFixture.VERA);
            var joins = threads.submit(() -> late.auth(""));
            joins.get(30, TimeUnit.SECONDS);
            late.awaits("socket 1013 document-unavailable").close();
            isFree.countDown();
            edit.get(30, TimeUnit.SECONDS);
        }
        bob.close();

        await(() -> COLLAB.fixture().collaboration.documentsInMemory() == 0);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            var _ = latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

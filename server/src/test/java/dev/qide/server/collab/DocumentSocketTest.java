package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Pings, slow clients and large states on the socket of shared documents.
///
/// Each test covers one rule and fails without it.
final class DocumentSocketTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void pings_go_only_to_sockets_that_have_sent_a_frame() {
        var silent = COLLAB.fixture().client(ANN);
        var bob = COLLAB.fixture().client(BOB).join("");
        // After a slow moment two pings follow each other at once.
        await(() -> bob.count("ping") >= 3);
        bob.raw(9).awaits("pong");
        assertThat(silent.count("ping")).isZero();
    }

    @Test
    void a_provider_before_version_4_is_kept_alive_and_ended_in_words_that_it_knows()
            throws Exception {
        var early = COLLAB.fixture().client(ANN).authWithoutVersion("").step1("").awaits("step2");
        early.awaitsWithin("presence", "");
        COLLAB.fixture().collaboration.retire(COLLAB.fixture().workspace, PATH);
        early.awaits("denied document-replaced");
        assertThat(early.count("ping")).isZero();
        assertThat(early.count("closed")).isZero();
    }

    /// A client that logs in again while its document is being opened replaces its subscription.
    @Test
    void a_replaced_subscription_sends_nothing_and_keeps_nothing() {
        var fixture = COLLAB.fixture();
        fixture.client(ANN).joinSettled("").close();
        fixture.restart();
        var ann = fixture.client(ANN);
        // The lease is locked, so that the document is not opened yet.
        try (var stall = fixture.stall()) {
            ann.auth("").step1("").auth("").step1("");
            assertThat(stall).isNotNull();
        }
        ann.awaits("step2");
        var bob = fixture.client(BOB).joinSettled("");
        bob.update(Typist.atRoot(7, 0, "a")).awaits(2, "saved");
        ann.awaits("update 7:0-1").fence();

        assertThat(ann.count("update")).isEqualTo(1);
        assertThat(ann.count("auth")).isEqualTo(1);
        assertThat(ann.count("step2")).isEqualTo(1);
        ann.close();
        bob.update(Typist.atRoot(8, 0, "b")).awaits(3, "saved").fence();
        assertThat(ann.count("update")).as("after the end of its socket").isEqualTo(1);
        bob.close();
        await(() -> fixture.collaboration.documentsInMemory() == 0);
    }

    @Test
    void a_slow_client_receives_one_difference_instead_of_a_backlog() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        var slow = COLLAB.fixture().client(BOB).joinSettled("");
        slow.capacity(0);
        for (int i = 0; i < 6; i++) {
            ann.update(seven.type("a")).awaits(2 + i, "saved");
        }
        assertThat(slow.count("update")).isZero();
        slow.capacity(Integer.MAX_VALUE);
        slow.awaits("update 7:0-6");
        ann.update(seven.type("b"));
        slow.awaits("update 7:6-7");
        assertThat(slow.count("update")).isEqualTo(2);
    }

    @Test
    void a_large_state_is_sent_in_parts_that_end_with_step_2() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        for (int i = 0; i < 6; i++) {
            ann.update(Typist.atRoot(20 + i, 0, "x".repeat(99_000))).awaits(2 + i, "saved");
        }
        var slow = COLLAB.fixture().client(BOB);
        slow.capacity(4);
        slow.auth("").step1("").awaits("update");
        ann.update(new Typist(7).type("b")).awaits(8, "saved");
        assertThat(slow.count("step2")).isZero();
        slow.capacity(Integer.MAX_VALUE);
        slow.awaits("step2");
        ann.update(new Typist(8).type("c"));
        slow.awaits("update 8:0-1");
        assertThat(slow.count("update")).isBetween(3, 5);
        assertThat(slow.text()).isEqualTo(ann.text()).hasSizeGreaterThan(594_000);
    }

    @Test
    void updates_committed_together_leave_in_one_frame() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        var seven = new Typist(7);
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(seven.type("a")).fence();
            for (int i = 0; i < 3; i++) {
                ann.update(seven.type("b"));
            }
            ann.fence();
        }
        ann.awaits(5, "saved");
        bob.fence();
        assertThat(bob.text()).contains("abbb");
        // The first row may be committed alone.
        assertThat(bob.count("update")).isBetween(1, 2);
    }
}

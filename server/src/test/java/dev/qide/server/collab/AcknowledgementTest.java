package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// When an edit is acknowledged: holds, resent edits, and both sync steps.
///
/// Each test covers one rule and fails without it.
final class AcknowledgementTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    // Hold

    @Test
    void acknowledgements_are_held_until_the_servers_step_1_is_answered() {
        var ann = COLLAB.fixture().client(ANN).join("");
        var seven = new Typist(7);
        ann.update(seven.type("a")).awaits("update 7:0-1").fence();
        assertThat(ann.count("saved")).isZero();
        ann.step2(seven.everything()).awaits(2, "saved");
    }

    @Test
    void the_hold_ends_when_the_answer_is_committed() {
        var ann = COLLAB.fixture().client(ANN).join("");
        ann.update(new Typist(7).type("a")).awaits("update 7:0-1");
        try (var _ = COLLAB.fixture().stall()) {
            ann.step2(Typist.atRoot(8, 0, "typed before the connection failed")).fence();
            assertThat(ann.count("saved")).isZero();
        }
        ann.awaits(2, "saved");
    }

    // Resent edits

    @Test
    void an_update_named_in_the_clients_step_1_is_stored_and_never_acknowledged() {
        var ann = COLLAB.fixture().client(ANN);
        var seven = new Typist(7);
        var offline = seven.type("offline");
        ann.join(seven.vector());
        ann.update(offline).step2(seven.everything()).awaits(1, "saved");
        ann.update(seven.type("!")).awaits(2, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(2);
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(3);
    }

    @Test
    void a_deletion_queued_with_named_updates_is_not_acknowledged_before_the_pong() {
        var ann = COLLAB.fixture().client(ANN);
        var seven = new Typist(7);
        var offline = seven.type("offline");
        ann.join(seven.vector());
        ann.update(offline).update(Typist.delete(7, 0, 1));
        ann.step2(seven.everything()).awaits(1, "saved");
        ann.raw(10).update(Typist.delete(7, 1, 1)).awaits(2, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(2);
    }

    @Test
    void a_step_1_cancels_outstanding_acknowledgements() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(seven.type("a")).step1(seven.vector()).fence();
        }
        ann.step2(seven.everything()).awaits(2, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(2);
    }

    // Step 2

    @Test
    void only_the_first_step_2_after_a_step_1_is_acknowledged() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.step2(Typist.atRoot(8, 0, "a")).awaits("update 8:0-1").fence();
        assertThat(ann.count("saved")).isEqualTo(1);
        ann.step1("8:1").step2(Typist.atRoot(8, 0, "a")).awaits(2, "saved");
    }

    // Step 1 of the server

    @Test
    void at_most_one_step_1_of_the_server_is_unanswered() {
        var ann = COLLAB.fixture().client(ANN).join("");
        ann.step1("").step1("").fence();
        ann.update(Typist.behind(7, 0, 99, 0, "its left neighbour is missing")).fence();
        assertThat(ann.count("step1")).isEqualTo(1);
        ann.step2(new byte[] {0, 0}).step1("").fence();
        assertThat(ann.count("step1")).isEqualTo(2);
    }
}

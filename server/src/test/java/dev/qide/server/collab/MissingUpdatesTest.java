package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Updates beyond the bound, and updates that depend on missing ones.
///
/// Each test covers one rule and fails without it.
final class MissingUpdatesTest {
    private static final byte[] NOTHING = {0, 0};

    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    // The bound

    @Test
    void updates_beyond_the_bound_are_dropped_and_requested_again() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        var big = "a long line that alone is over the bound of sixty-four uncommitted bytes, far";
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(seven.type(big)).update(seven.type("b")).update(seven.type("c")).fence();
            assertThat(ann.count("step1")).isEqualTo(1);
        }
        ann.awaits(2, "step1");
        assertThat(ann.last("step1")).isEqualTo("step1 7:" + big.length() + " G:5");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(2);
        ann.update(seven.type("d")).fence();
        assertThat(ann.count("saved")).isEqualTo(1);
        ann.step2(seven.everything()).awaits(5, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(5);
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(3);
    }

    @Test
    void at_the_bound_a_covered_update_is_acknowledged() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        var update = new Typist(8).type("b");
        bob.update(update).awaits(2, "saved");
        try (var _ = COLLAB.fixture().stall()) {
            fillTheBound(ann);
            bob.update(update).awaits(3, "saved");
        }
    }

    @Test
    void a_dropped_step_2_is_requested_again() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).join("");
        var eight = new Typist(8);
        var offline = eight.type("offline");
        try (var _ = COLLAB.fixture().stall()) {
            fillTheBound(ann);
            bob.step2(offline).fence();
        }
        bob.awaits(2, "step1").step2(offline).awaits(1, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(3);
    }

    // Missing ids

    @Test
    void missing_ids_are_requested_once_per_gap() {
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1");
        bob.step2(Typist.atRoot(9, 0, "not what was missing")).awaits(2, "saved");
        bob.update(Typist.behind(8, 1, 7, 2, "b")).awaits(3, "saved").fence();
        assertThat(bob.count("step1")).isEqualTo(2);
        bob.update(Typist.behind(8, 2, 6, 2, "b")).awaits(3, "step1");
    }

    @Test
    void an_update_with_missing_ids_is_stored_and_broadcast_after_they_arrive() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1").step2(NOTHING);
        bob.awaits(2, "saved");
        await(() -> COLLAB.fixture().rows(COLLAB.fixture().document()).size() == 2);
        ann.update(Typist.atRoot(9, 0, "unrelated")).awaits("update 9:0-9");
        assertThat(COLLAB.fixture().client(BOB).join("").last("step2"))
                .isEqualTo("step2 9:0-9 G:0-5");
        COLLAB.fixture().restart();
        ann = COLLAB.fixture().client(ANN).joinSettled("");
        var late = COLLAB.fixture().client(BOB).join("");
        assertThat(late.last("step2")).isEqualTo("step2 9:0-9 G:0-5");
        ann.update(new Typist(7).type("abc")).awaits("update 7:0-3 8:0-1");
        assertThat(late.awaits("update 7:0-3 8:0-1").text()).contains("abcb");
        assertThat(COLLAB.fixture().client(BOB).join("").last("step2"))
                .isEqualTo("step2 7:0-3 8:0-1 9:0-9 G:0-5");
    }

    @Test
    void a_deletion_of_missing_ids_is_broadcast_after_they_arrive() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        bob.update(Typist.delete(7, 1, 2)).awaits(2, "step1").step2(NOTHING).awaits(2, "saved");
        ann.update(new Typist(7).type("abcd")).awaits(2, "saved");
        ann.awaitsText("adx=1\n");
        bob.awaitsText("adx=1\n");
    }

    /// A provider sends what it queued while it was offline as soon as the server says anything;
    /// what was lost with the former socket is only in the step 2 that follows.
    @Test
    void what_was_queued_offline_waits_for_the_step_2_whatever_its_number() {
        // Its bound on uncommitted bytes is not met.
        COLLAB.fixture().restart(CollabLimits.STANDARD);
        var typist = new Typist(7);
        var _ = typist.type("lost with the socket ");
        int count = PendingUpdates.UPDATES_PER_PRINCIPAL + 20;
        var queued = new ArrayList<byte[]>();
        while (queued.size() < count) {
            queued.add(typist.type("a"));
        }
        var bob = COLLAB.fixture().client(BOB).join(typist.vector());
        queued.forEach(bob::update);
        bob.fence();
        assertThat(bob.count("closed") + bob.count("refused")).isZero();
        bob.step2(typist.everything()).awaits("saved").fence();
        assertThat(bob.count("saved")).as("only the step 2 was counted").isEqualTo(1);
        assertThat(COLLAB.fixture().client(ANN).join("").text())
                .contains("lost with the socket " + "a".repeat(count));
    }

    @Test
    void waiting_updates_are_bounded_per_person() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1").step2(NOTHING);
        for (int i = 1; i < PendingUpdates.UPDATES_PER_PRINCIPAL; i++) {
            bob.update(Typist.behind(8, i, 8, i - 1, "b")).awaits(2 + i, "saved");
        }
        bob.update(Typist.behind(8, 999, 7, 2, "b")).awaits("closed too-many-requests");
        assertThat(bob.count("refused")).isEqualTo(1);
        var again = COLLAB.fixture().client(BOB).joinSettled("");
        again.update(Typist.atRoot(9, 0, "whole")).awaits(2, "saved");
        again.update(Typist.behind(10, 0, 7, 2, "b")).awaits("closed too-many-requests");
        ann.update(Typist.behind(11, 0, 7, 2, "a")).awaits(2, "step1").step2(NOTHING);
        ann.awaits(2, "saved").update(new Typist(7).type("abc")).awaits(3, "saved");
        ann.awaits("update 7:0-3 8:0-256 11:0-1");
        COLLAB.fixture()
                .client(BOB)
                .joinSettled("")
                .update(Typist.behind(10, 0, 12, 0, "b"))
                .awaits(2, "step1");
    }

    /// It would send the same on each connection, and its other documents would be interrupted.
    @Test
    void a_stock_provider_over_the_bound_of_a_person_keeps_its_socket() {
        var bob = COLLAB.fixture().client(null, CollabFixture.PATH).auth("bob").step1("");
        bob.awaits("step2").step2(NOTHING).awaits("saved");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1").step2(NOTHING);
        for (int i = 1; i < PendingUpdates.UPDATES_PER_PRINCIPAL; i++) {
            bob.update(Typist.behind(8, i, 8, i - 1, "b")).awaits(2 + i, "saved");
        }
        bob.update(Typist.behind(8, 999, 7, 2, "b")).awaits("closed too-many-requests");
        bob.auth("bob").awaits(2, "auth read-write");
        assertThat(bob.count("socket")).isZero();
    }

    @Test
    void dependencies_on_uncommitted_rows_are_not_requested() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        try (var _ = COLLAB.fixture().stall()) {
            var seven = new Typist(7);
            ann.update(seven.type("a")).update(seven.type("b")).fence();
        }
        ann.awaits(3, "saved");
        assertThat(ann.count("step1")).isEqualTo(1);
    }

    /// Reaches the bound on uncommitted bytes while the database stalls.
    private static void fillTheBound(FrameClient client) {
        client.update(Typist.atRoot(99, 0, "_".repeat(99))).fence();
    }
}

package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Awareness states of the clients of one document.
///
/// Each test covers one rule and fails without it.
final class AwarenessTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void a_joining_client_receives_all_awareness_states() {
        COLLAB.fixture()
                .client(ANN)
                .join("")
                .presence(7, 1, "{\"name\":\"Ann\"}")
                .awaits("presence");
        var bob = COLLAB.fixture().client(BOB).join("").awaits("presence");
        assertThat(bob.last("presence")).isEqualTo("presence 7@1{\"name\":\"Ann\"}");
    }

    @Test
    void awareness_carries_the_authenticated_identity() {
        var bob = COLLAB.fixture().client(BOB).join("");
        var changed = new LinkedBlockingQueue<String>();
        COLLAB.fixture().collaboration.addAwarenessListener((_, path) -> changed.add(path));
        var ann = COLLAB.fixture().client(ANN).join("");
        ann.presence(7, 1, "{\"user\":{\"name\":\"Bob\"},\"qide\":{\"id\":\"bob\"},\"n\":1.50}");
        bob.awaits("presence");
        assertThat(bob.lastState())
                .isEqualTo(
                        "{\"user\":{\"name\":\"Bob\"},\"qide\":{\"id\":\"ann\",\"name\":\"Ann\"},"
                                + "\"n\":1.50}");
        assertThat(COLLAB.fixture().collaboration.present(COLLAB.fixture().workspace, PATH))
                .containsExactly(new AwarenessListener.PresentClient(7, ANN));
        ann.presence(7, 2, "{\"cursor\":3}").fence();
        ann.close();
        bob.awaits("presence 7@2null");
        await(() -> changed.size() == 2);
        assertThat(COLLAB.fixture().collaboration.present(COLLAB.fixture().workspace)).isEmpty();
        assertThat(changed).containsExactly(PATH, PATH);
    }

    @Test
    void a_departing_client_is_removed_at_the_same_clock() {
        var bob = COLLAB.fixture().client(BOB).join("");
        var ann = COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}").awaits("presence");
        bob.awaits(1, "presence");
        ann.close();
        bob.awaits(2, "presence");
        assertThat(bob.last("presence")).isEqualTo("presence 7@4null");
    }

    @Test
    void a_client_cannot_change_or_restore_the_state_of_another() {
        var bob = COLLAB.fixture().client(BOB).join("").presence(8, 1, "{}");
        var ann =
                COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}").awaits("presence 7@4{}");
        bob.presence(7, 9, "null").fence();
        assertThat(bob.last("presence")).contains("7@4{}");
        ann.close();
        bob.awaits("presence 7@4null").presence(7, 4, "{}").fence();
        assertThat(bob.last("presence")).isEqualTo("presence 8@1{}");
    }

    @Test
    void a_reconnecting_client_keeps_its_awareness_state() {
        var bob = COLLAB.fixture().client(BOB).join("");
        var before =
                COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}").awaits("presence 7@4{}");
        COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}").fence();
        before.close();
        bob.fence();
        assertThat(bob.last("presence")).isEqualTo("presence 7@4{}");
        assertThat(bob.count("presence 7@4null")).isZero();
    }

    /// A provider queues the removal of others while it is offline and sends it before its step 1.
    @Test
    void a_reconnecting_client_keeps_its_awareness_state_behind_queued_messages() {
        var bob = COLLAB.fixture().client(BOB).join("").presence(8, 1, "{}");
        bob.awaits("presence 8@1{}");
        var before = COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}");
        bob.awaits("presence 7@4{}");
        var after = COLLAB.fixture().client(ANN).auth("").presence(8, 1, "null").step1("");
        after.awaits("step2").presence(7, 4, "{}").fence();
        before.close();
        bob.presence(8, 2, "{}").awaitsWithin("presence", "8@2{}");
        assertThat(bob.all()).noneMatch(event -> event.contains("null"));
    }

    /// The first message of a connection may move the state of the person's own client to it.
    @Test
    void a_first_message_neither_changes_nor_removes_the_state_of_another() {
        var ann = COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}");
        ann.awaits("presence 7@4{}");
        COLLAB.fixture().client(BOB).join("").presence(7, 9, "null");
        COLLAB.fixture().client(BOB).join("").presence(7, 9, "{\"x\":1}");
        var otherTab = COLLAB.fixture().client(ANN).join("").presence(7, 4, "null");
        otherTab.presence(9, 1, "{}").awaitsWithin("presence", "9@1{}");
        assertThat(otherTab.all()).noneMatch(event -> event.contains("7@4null"));
        ann.presence(7, 5, "{}");
        otherTab.awaitsWithin("presence", "7@5{}");
        assertThat(COLLAB.fixture().collaboration.present(COLLAB.fixture().workspace, PATH))
                .contains(new AwarenessListener.PresentClient(7, ANN));
    }

    /// Stock providers can repeat their step 1, and some send back the awareness that they receive.
    @Test
    void a_client_that_syncs_again_does_not_take_over_a_state_that_it_sends_back() {
        var ann = COLLAB.fixture().client(ANN).join("").presence(7, 4, "{}");
        ann.awaits("presence 7@4{}");
        var bob = COLLAB.fixture().client(BOB).join("").presence(8, 1, "{}");
        var otherTab = COLLAB.fixture().client(ANN).join("").presence(9, 1, "{}");
        bob.step1("").presence(7, 4, "{}");
        ann.presence(7, 5, "{}");
        bob.awaitsWithin("presence", "7@5{}");
        otherTab.step1("").presence(7, 5, "{}");
        ann.presence(7, 6, "{}");
        bob.awaitsWithin("presence", "7@6{}");
    }

    @Test
    void awareness_waits_briefly_behind_its_authors_updates() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).join("");
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(new Typist(7).type("a")).presence(7, 1, "{}").fence();
            assertThat(bob.fence().last("presence")).isEqualTo("presence");
            COLLAB.fixture().advance(CollabFixture.LIMITS.presenceWait().plusSeconds(1));
            bob.awaits("presence 7@1{}");
            assertThat(bob.count("update 7:0-1")).isZero();
        }
    }

    @Test
    void the_states_of_one_subscription_are_bounded_together() {
        var large = "{\"x\":\"" + "x".repeat(16_000) + "\"}";
        var ann = COLLAB.fixture().client(ANN).join("");
        var bob = COLLAB.fixture().client(BOB).join("");
        for (int i = 0; i < 8; i++) {
            ann.presence(100 + i, 1, large);
        }
        bob.presence(8, 1, "{}");
        ann.awaitsWithin("presence", "8@1").fence();

        assertThat(ann.all().stream().filter(it -> it.contains(" 103@1")).toList()).isNotEmpty();
        assertThat(ann.all().stream().filter(it -> it.contains(" 104@1")).toList()).isEmpty();
    }

    /// Each answer would be fifty thousand times as long as the query.
    @Test
    void queries_with_a_large_answer_are_answered_once_a_second() {
        var large = "{\"x\":\"" + "x".repeat(16_000) + "\"}";
        for (int i = 0; i < 5; i++) {
            var ann = COLLAB.fixture().client(ANN).join("");
            ann.presence(10L * i, 1, large).presence(10L * i + 1, 1, large);
        }
        var bob = COLLAB.fixture().client(BOB).join("");
        int before = bob.count("presence");
        for (int i = 0; i < 500; i++) {
            bob.bare(3);
        }
        bob.fence();

        assertThat(bob.count("presence") - before).isLessThan(50);
    }

    /// Stock clients send back all awareness that they receive, in their own notation.
    @Test
    void a_state_beyond_the_bounds_is_ignored_and_its_document_stays_open() {
        var ann = COLLAB.fixture().client(ANN).join("");
        ann.presence(7, 1, "{\"x\":\"" + "x".repeat(16_370) + "\"}").awaits("presence");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        var withIdentity = bob.awaits("presence").lastState();
        assertThat(withIdentity.length()).isGreaterThan(16 * 1024);
        bob.presence(7, 1, withIdentity);
        bob.presence(8, 1, "{\"x\":[" + "100000000000000000000,".repeat(800) + "1]}");
        bob.presence(8, 1, "{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}");
        bob.presence(9, 1, "{}").awaitsWithin("presence", "9@1{}");
        bob.update(new Typist(8).type("a")).awaits(2, "saved");
        assertThat(bob.all()).noneMatch(event -> event.contains("8@1"));
        assertThat(bob.count("closed")).isZero();
    }

    /// A client that joins sends back the states of all others in one message.
    @Test
    void an_awareness_message_may_have_as_many_states_as_a_document() {
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        bob.presences(100, 4_095, "null", 8, "{}").awaits("presence 8@1{}");
        bob.presences(100, 5_000, "null", 9, "{}");
        bob.presence(10, 1, "{}").awaits("presence 10@1{}");
        bob.update(new Typist(8).type("a")).awaits(2, "saved");
        assertThat(bob.all()).noneMatch(event -> event.contains("9@1"));
        assertThat(bob.count("closed")).isZero();
    }

    @Test
    void malformed_awareness_is_refused() {
        COLLAB.fixture()
                .client(ANN)
                .join("")
                .presence(7, 1, "{\"a\":")
                .awaits("closed frame-malformed");
        COLLAB.fixture().client(ANN).join("").presence(7, 1, "17").awaits("closed frame-malformed");
    }
}

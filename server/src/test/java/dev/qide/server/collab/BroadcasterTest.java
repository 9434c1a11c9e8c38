package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Broadcasts to many subscriptions of one document: contents, order and frequency.
final class BroadcasterTest {
    private static final int SUBSCRIPTIONS = 200;

    /// A broadcast takes at least this long.
    private static final Duration COST = Duration.ofMillis(5);

    private static final Duration PAUSE = COST.multipliedBy(BroadcastThrottle.PERIODS);
    private static final int EDITS = 150;

    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    private FrameClient ann;
    private FrameClient bob;
    private List<FrameClient> others;

    @BeforeEach
    void open() {
        ann = COLLAB.fixture().client(ANN).joinSettled("");
        bob = COLLAB.fixture().client(BOB).join("");
        others = new ArrayList<>();
        while (others.size() < SUBSCRIPTIONS - 2) {
            others.add(COLLAB.fixture().client(BOB).join(""));
        }
    }

    @Test
    void edits_are_acknowledged_individually_and_broadcast_once_per_pause() {
        others.getFirst().costs(COST);
        var seven = new Typist(7);
        var begun = System.nanoTime();
        for (int i = 1; i <= EDITS; i++) {
            ann.update(seven.type("a")).awaits(1 + i, "saved");
        }
        bob.awaitsText("a".repeat(EDITS) + "x=1\n");
        assertThat(bob.count("update")).isLessThanOrEqualTo(pausesSince(begun));
        others.forEach(other -> other.awaitsText("a".repeat(EDITS) + "x=1\n"));
    }

    @Test
    void a_client_that_joins_during_a_pause_receives_every_edit() {
        var seven = new Typist(7);
        var late = new ArrayList<FrameClient>();
        for (int i = 1; i <= EDITS; i++) {
            ann.update(seven.type("a")).awaits(1 + i, "saved");
            if (i % 10 == 0) {
                late.add(COLLAB.fixture().client(BOB).join(""));
                assertThat(late.getLast().text()).isEqualTo("a".repeat(i) + "x=1\n");
            }
        }
        late.forEach(one -> one.awaitsText("a".repeat(EDITS) + "x=1\n"));
    }

    @Test
    void a_full_socket_receives_the_missed_batch_after_it_drains() {
        var slow = COLLAB.fixture().client(BOB).join("");
        var seven = new Typist(7);
        for (int i = 1; i <= 40; i += 2) {
            slow.capacity(0);
            ann.update(seven.type("a")).awaits(1 + i, "saved");
            ann.update(seven.type("a")).awaits(2 + i, "saved");
            bob.awaitsText("a".repeat(1 + i) + "x=1\n");
            slow.capacity(Integer.MAX_VALUE);
            slow.awaitsText("a".repeat(1 + i) + "x=1\n");
        }
    }

    @Test
    void a_cursor_arrives_after_the_text_it_points_into() {
        var seven = new Typist(7);
        for (int i = 1; i <= EDITS; i++) {
            ann.update(seven.type("a")).presence(7, i, "{\"at\":" + i + "}").awaits(1 + i, "saved");
        }
        bob.awaits("presence 7@" + EDITS + "{\"at\":" + EDITS + "}");
        long receivedUpTo = 0;
        for (var event : bob.all()) {
            if (event.startsWith("update 7:")) {
                receivedUpTo = Long.parseLong(event.split("-", 2)[1]);
            } else if (event.startsWith("presence 7@")) {
                long pointsTo = Long.parseLong(event.split("[@{]", 3)[1]);
                assertThat(pointsTo).as(event).isLessThanOrEqualTo(receivedUpTo);
            }
        }
    }

    @Test
    void one_person_cannot_use_up_the_subscriptions_of_a_document_under_any_name() {
        var last = bob;
        for (int i = others.size(); i < 1_024; i++) {
            var named = new Access.Member(BOB.key(), "Bob " + i);
            var client = COLLAB.fixture().client(named, CollabFixture.PATH + "\0" + i);
            client.auth("");
            last = client;
        }
        last.awaits("denied too-many-documents");
        COLLAB.fixture().client(ANN).join("");
    }

    @Test
    void cursors_of_many_clients_leave_in_one_frame() {
        others.getFirst().costs(COST);
        var begun = System.nanoTime();
        for (int clock = 1; clock <= 10; clock++) {
            for (int i = 0; i < others.size(); i++) {
                others.get(i).presence(100 + i, clock, "{}");
            }
        }
        for (int i = 0; i < others.size(); i++) {
            bob.awaitsWithin("presence", (100 + i) + "@10{}");
        }
        assertThat(bob.count("presence")).isLessThanOrEqualTo(pausesSince(begun));
    }

    /// The maximum number of broadcasts since then; the first one leaves at once.
    private static int pausesSince(long begun) {
        return 2 + (int) ((System.nanoTime() - begun) / PAUSE.toNanos());
    }
}

package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static dev.qide.server.collab.CollabFixture.VERA;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Opening a shared document, and committing an edit before anybody sees it.
///
/// Each test covers one rule and fails without it.
final class CollabTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    // Opening

    @Test
    void a_joining_client_receives_auth_step_1_and_the_text() {
        var ann = COLLAB.fixture().client(ANN).join("");
        assertThat(ann.seen()).containsExactly("auth read-write", "step1 G:5", "step2 G:0-5");
    }

    @Test
    void a_genesis_update_equals_the_encoding_of_yjs() {
        var update = Genesis.update((1L << 32) + 7, "0190", "x=1\n");
        assertThat(HexFormat.of().formatHex(update))
                .isEqualTo(
                        "01028780808010002801047169646"
                                + "50b696e6361726e6174696f6e01770430313930"
                                + "040107636f6e74656e7404783d310a00");
        assertThat(HexFormat.of().formatHex(Genesis.update((1L << 32) + 7, "0190", "")))
                .isEqualTo(
                        "0101878080801000280104716964650b696e6361726e6174696f6e0177043031393000");
    }

    @Test
    void ten_clients_that_open_a_new_file_together_create_one_genesis() {
        var clients = new ArrayList<FrameClient>();
        for (int i = 0; i < 10; i++) {
            clients.add(COLLAB.fixture().client(ANN, "new.py"));
        }
        clients.parallelStream().forEach(client -> client.auth("").step1(""));
        clients.forEach(client -> client.awaits("step2 G:0-1"));
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document("new.py"))).hasSize(1);
        assertThat(COLLAB.fixture().texts.files).containsEntry("new.py", "");
    }

    @Test
    void answers_repeat_the_session_id_of_the_address() {
        var ann = COLLAB.fixture().client(ANN, PATH + "\0tab-1").join("");
        assertThat(ann.connection().hasOpen(PATH)).isTrue();
        assertThat(ann.count("auth")).isEqualTo(1);
    }

    @Test
    void an_illegal_or_missing_path_is_denied_with_its_failure() {
        COLLAB.fixture().client(ANN, "../etc/passwd").auth("").awaits("denied path-illegal");
        COLLAB.fixture().client(VERA, "new.py").auth("").awaits("denied file-unknown");
        assertThat(COLLAB.fixture().texts.files).doesNotContainKey("new.py");
    }

    @Test
    void a_late_joiner_receives_only_what_it_lacks() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        ann.update(seven.type("ab")).update(seven.type("c")).awaits(3, "saved");
        assertThat(COLLAB.fixture().client(BOB).join("").seen())
                .containsExactly("auth read-write", "step1 7:3 G:5", "step2 7:0-3 G:0-5");
        var again = COLLAB.fixture().client(BOB);
        again.auth("").step1("7:2").awaits("step2");
        assertThat(again.last("step2")).isEqualTo("step2 7:2-3 G:0-5");
    }

    // Commit first

    @Test
    void an_update_is_neither_broadcast_nor_acknowledged_before_its_commit() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).join("");
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(new Typist(7).type("a")).fence();
            bob.fence();
            assertThat(ann.count("saved")).isEqualTo(1);
            assertThat(ann.count("update 7:0-1")).isZero();
            assertThat(bob.count("update 7:0-1")).isZero();
            var late = COLLAB.fixture().client(BOB).join("");
            assertThat(late.last("step1")).isEqualTo("step1 G:5");
            assertThat(late.last("step2")).isEqualTo("step2 G:0-5");
        }
        ann.awaits(2, "saved");
        bob.awaits("update 7:0-1");
    }

    @Test
    void a_loaded_document_stays_readable_while_the_database_stalls_and_all_edits_arrive() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var _ = COLLAB.fixture().stall()) {
            for (int i = 0; i < 5; i++) {
                ann.update(seven.type("a"));
            }
            assertThat(COLLAB.fixture().client(BOB).join("").last("step2"))
                    .isEqualTo("step2 G:0-5");
        }
        ann.awaits(6, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(6);
    }

    @Test
    void listeners_are_notified_of_committed_content_only() {
        var changed = new LinkedBlockingQueue<String>();
        COLLAB.fixture().collaboration.addDocumentListener((_, path) -> changed.add(path));
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(new Typist(7).type("a")).fence();
            assertThat(changed).isEmpty();
        }
        ann.awaits(2, "saved");
        assertThat(changed).containsExactly(PATH);
    }

    // Covered

    @Test
    void an_update_without_new_content_is_acknowledged_and_not_stored() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var update = new Typist(7).type("abc");
        var deletion = Typist.delete(7, 1, 1);
        ann.update(update).update(deletion).awaits(3, "saved");
        ann.update(update).update(deletion).awaits(5, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(3);
        assertThat(ann.count("update")).isBetween(1, 2);
    }

    @Test
    void a_deletion_of_known_letters_is_new() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(new Typist(7).type("abc")).awaits(2, "saved");
        ann.update(Typist.delete(7, 0, 1)).awaits(3, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(3);
    }

    @Test
    void an_update_covered_by_uncommitted_rows_waits_for_them_and_is_not_stored() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        var update = new Typist(7).type("abc");
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(update).fence();
            bob.update(update).fence();
            assertThat(bob.count("saved")).isEqualTo(1);
        }
        bob.awaits(2, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(2);
    }

    @Test
    void a_refused_row_refuses_the_updates_that_waited_for_it() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        var update = new Typist(7).type("abc");
        // The lease check, once a second, would close the document before it refuses the update.
        COLLAB.fixture().collaboration.leases().close();
        COLLAB.fixture().workspaces.raiseEpoch(COLLAB.fixture().workspace);
        ann.update(update);
        bob.update(update);
        ann.awaits("closed document-unavailable");
        bob.awaits("closed document-unavailable");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(ann.count("saved")).isEqualTo(1);
    }
}

package dev.qide.server.collab;

import static dev.qide.server.collab.CollabLab.ANN;
import static dev.qide.server.collab.CollabLab.BOB;
import static dev.qide.server.collab.CollabLab.PATH;
import static dev.qide.server.collab.CollabLab.VERA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The rules of shared documents; each test covers one rule and fails without it.
final class CollabTest {
    private static final byte[] NOTHING = {0, 0};

    private static TestDatabase test;
    private static Database database;
    private CollabLab lab;

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

    @BeforeEach
    void open() {
        lab = new CollabLab(test, database);
    }

    @AfterEach
    void close() {
        lab.close();
    }

    // Opening

    @Test
    void a_joining_client_receives_auth_step_1_and_the_text() {
        var ann = lab.client(ANN).join("");
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
            clients.add(lab.client(ANN, "new.py"));
        }
        clients.parallelStream().forEach(client -> client.auth("").step1(""));
        clients.forEach(client -> client.awaits("step2 G:0-1"));
        assertThat(lab.rows(lab.document("new.py"))).hasSize(1);
        assertThat(lab.texts.files).containsEntry("new.py", "");
    }

    @Test
    void answers_repeat_the_session_id_of_the_address() {
        var ann = lab.client(ANN, PATH + "\0tab-1").join("");
        assertThat(ann.connection().hasOpen(PATH)).isTrue();
        assertThat(ann.count("auth")).isEqualTo(1);
    }

    @Test
    void an_illegal_or_missing_path_is_denied_with_its_failure() {
        lab.client(ANN, "../etc/passwd").auth("").awaits("denied path-illegal");
        lab.client(VERA, "new.py").auth("").awaits("denied file-unknown");
        assertThat(lab.texts.files).doesNotContainKey("new.py");
    }

    @Test
    void a_late_joiner_receives_only_what_it_lacks() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        ann.update(seven.type("ab")).update(seven.type("c")).awaits(3, "saved");
        assertThat(lab.client(BOB).join("").seen())
                .containsExactly("auth read-write", "step1 7:3 G:5", "step2 7:0-3 G:0-5");
        var again = lab.client(BOB);
        again.auth("").step1("7:2").awaits("step2");
        assertThat(again.last("step2")).isEqualTo("step2 7:2-3 G:0-5");
    }

    // Commit first

    @Test
    void an_update_is_neither_broadcast_nor_acknowledged_before_its_commit() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).join("");
        try (var _ = lab.stall()) {
            ann.update(new Typist(7).type("a")).fence();
            bob.fence();
            assertThat(ann.count("saved")).isEqualTo(1);
            assertThat(ann.count("update 7:0-1")).isZero();
            assertThat(bob.count("update 7:0-1")).isZero();
            var late = lab.client(BOB).join("");
            assertThat(late.last("step1")).isEqualTo("step1 G:5");
            assertThat(late.last("step2")).isEqualTo("step2 G:0-5");
        }
        ann.awaits(2, "saved");
        bob.awaits("update 7:0-1");
    }

    @Test
    void a_loaded_document_stays_readable_while_the_database_stalls_and_all_edits_arrive() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var _ = lab.stall()) {
            for (int i = 0; i < 5; i++) {
                ann.update(seven.type("a"));
            }
            assertThat(lab.client(BOB).join("").last("step2")).isEqualTo("step2 G:0-5");
        }
        ann.awaits(6, "saved");
        assertThat(lab.rows(lab.document())).hasSize(6);
    }

    @Test
    void listeners_are_notified_of_committed_content_only() {
        var changed = new LinkedBlockingQueue<String>();
        lab.collaboration.watch((_, path) -> changed.add(path));
        var ann = lab.client(ANN).joinSettled("");
        try (var _ = lab.stall()) {
            ann.update(new Typist(7).type("a")).fence();
            assertThat(changed).isEmpty();
        }
        ann.awaits(2, "saved");
        assertThat(changed).containsExactly(PATH);
    }

    // Covered

    @Test
    void an_update_without_new_content_is_acknowledged_and_not_stored() {
        var ann = lab.client(ANN).joinSettled("");
        var update = new Typist(7).type("abc");
        var deletion = Typist.delete(7, 1, 1);
        ann.update(update).update(deletion).awaits(3, "saved");
        ann.update(update).update(deletion).awaits(5, "saved");
        assertThat(lab.rows(lab.document())).hasSize(3);
        assertThat(ann.count("update")).isBetween(1, 2);
    }

    @Test
    void a_deletion_of_known_letters_is_new() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(new Typist(7).type("abc")).awaits(2, "saved");
        ann.update(Typist.delete(7, 0, 1)).awaits(3, "saved");
        assertThat(lab.rows(lab.document())).hasSize(3);
    }

    @Test
    void an_update_covered_by_uncommitted_rows_waits_for_them_and_is_not_stored() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        var update = new Typist(7).type("abc");
        try (var _ = lab.stall()) {
            ann.update(update).fence();
            bob.update(update).fence();
            assertThat(bob.count("saved")).isEqualTo(1);
        }
        bob.awaits(2, "saved");
        assertThat(lab.rows(lab.document())).hasSize(2);
    }

    @Test
    void a_refused_row_refuses_the_updates_that_waited_for_it() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        var update = new Typist(7).type("abc");
        lab.workspaces.raiseEpoch(lab.workspace);
        ann.update(update);
        bob.update(update);
        ann.awaits("closed server-stopping");
        bob.awaits("closed server-stopping");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(ann.count("saved")).isEqualTo(1);
    }

    // Hold

    @Test
    void acknowledgements_are_held_until_the_servers_step_1_is_answered() {
        var ann = lab.client(ANN).join("");
        var seven = new Typist(7);
        ann.update(seven.type("a")).awaits("update 7:0-1").fence();
        assertThat(ann.count("saved")).isZero();
        ann.step2(seven.everything()).awaits(2, "saved");
    }

    @Test
    void the_hold_ends_when_the_answer_is_committed() {
        var ann = lab.client(ANN).join("");
        ann.update(new Typist(7).type("a")).awaits("update 7:0-1");
        try (var _ = lab.stall()) {
            ann.step2(Typist.atRoot(8, 0, "typed before the connection failed")).fence();
            assertThat(ann.count("saved")).isZero();
        }
        ann.awaits(2, "saved");
    }

    // Resent edits

    @Test
    void an_update_named_in_the_clients_step_1_is_stored_and_never_acknowledged() {
        var ann = lab.client(ANN);
        var seven = new Typist(7);
        var offline = seven.type("offline");
        ann.join(seven.vector());
        ann.update(offline).step2(seven.everything()).awaits(1, "saved");
        ann.update(seven.type("!")).awaits(2, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(2);
        assertThat(lab.rows(lab.document())).hasSize(3);
    }

    @Test
    void a_deletion_queued_with_named_updates_is_not_acknowledged_before_the_pong() {
        var ann = lab.client(ANN);
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
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var _ = lab.stall()) {
            ann.update(seven.type("a")).step1(seven.vector()).fence();
        }
        ann.step2(seven.everything()).awaits(2, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(2);
    }

    // Step 2

    @Test
    void only_the_first_step_2_after_a_step_1_is_acknowledged() {
        var ann = lab.client(ANN).joinSettled("");
        ann.step2(Typist.atRoot(8, 0, "a")).awaits("update 8:0-1").fence();
        assertThat(ann.count("saved")).isEqualTo(1);
        ann.step1("8:1").step2(Typist.atRoot(8, 0, "a")).awaits(2, "saved");
    }

    // Step 1 of the server

    @Test
    void at_most_one_step_1_of_the_server_is_unanswered() {
        var ann = lab.client(ANN).join("");
        ann.step1("").step1("").fence();
        ann.update(Typist.behind(7, 0, 99, 0, "its left neighbour is missing")).fence();
        assertThat(ann.count("step1")).isEqualTo(1);
        ann.step2(new byte[] {0, 0}).step1("").fence();
        assertThat(ann.count("step1")).isEqualTo(2);
    }

    // The bound

    @Test
    void updates_beyond_the_bound_are_dropped_and_requested_again() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        var big = "a long line that alone is over the bound of sixty-four uncommitted bytes, far";
        try (var _ = lab.stall()) {
            ann.update(seven.type(big)).update(seven.type("b")).update(seven.type("c")).fence();
            assertThat(ann.count("step1")).isEqualTo(1);
        }
        ann.awaits(2, "step1");
        assertThat(ann.last("step1")).isEqualTo("step1 7:" + big.length() + " G:5");
        assertThat(lab.rows(lab.document())).hasSize(2);
        ann.update(seven.type("d")).fence();
        assertThat(ann.count("saved")).isEqualTo(1);
        ann.step2(seven.everything()).awaits(5, "saved").fence();
        assertThat(ann.count("saved")).isEqualTo(5);
        assertThat(lab.rows(lab.document())).hasSize(3);
    }

    @Test
    void at_the_bound_a_covered_update_is_acknowledged() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        var update = new Typist(8).type("b");
        bob.update(update).awaits(2, "saved");
        try (var _ = lab.stall()) {
            fillTheBound(ann);
            bob.update(update).awaits(3, "saved");
        }
    }

    @Test
    void a_dropped_step_2_is_requested_again() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).join("");
        var eight = new Typist(8);
        var offline = eight.type("offline");
        try (var _ = lab.stall()) {
            fillTheBound(ann);
            bob.step2(offline).fence();
        }
        bob.awaits(2, "step1").step2(offline).awaits(1, "saved");
        assertThat(lab.rows(lab.document())).hasSize(3);
    }

    // Missing ids

    @Test
    void missing_ids_are_requested_once_per_gap() {
        var bob = lab.client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1");
        bob.step2(Typist.atRoot(9, 0, "not what was missing")).awaits(2, "saved");
        bob.update(Typist.behind(8, 1, 7, 2, "b")).awaits(3, "saved").fence();
        assertThat(bob.count("step1")).isEqualTo(2);
        bob.update(Typist.behind(8, 2, 6, 2, "b")).awaits(3, "step1");
    }

    @Test
    void an_update_with_missing_ids_is_stored_and_broadcast_after_they_arrive() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1").step2(NOTHING);
        bob.awaits(2, "saved");
        CollabLab.await(() -> lab.rows(lab.document()).size() == 2);
        ann.update(Typist.atRoot(9, 0, "unrelated")).awaits("update 9:0-9");
        assertThat(lab.client(BOB).join("").last("step2")).isEqualTo("step2 9:0-9 G:0-5");
        lab.restart();
        ann = lab.client(ANN).joinSettled("");
        var late = lab.client(BOB).join("");
        assertThat(late.last("step2")).isEqualTo("step2 9:0-9 G:0-5");
        ann.update(new Typist(7).type("abc")).awaits("update 7:0-3 8:0-1");
        assertThat(late.awaits("update 7:0-3 8:0-1").text()).contains("abcb");
        assertThat(lab.client(BOB).join("").last("step2"))
                .isEqualTo("step2 7:0-3 8:0-1 9:0-9 G:0-5");
    }

    @Test
    void a_deletion_of_missing_ids_is_broadcast_after_they_arrive() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        bob.update(Typist.delete(7, 1, 2)).awaits(2, "step1").step2(NOTHING).awaits(2, "saved");
        ann.update(new Typist(7).type("abcd")).awaits(2, "saved");
        ann.awaitsText("adx=1\n");
        bob.awaitsText("adx=1\n");
    }

    @Test
    void waiting_updates_are_bounded_per_person() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        bob.update(Typist.behind(8, 0, 7, 2, "b")).awaits(2, "step1").step2(NOTHING);
        for (int i = 1; i < PendingUpdates.UPDATES_PER_PRINCIPAL; i++) {
            bob.update(Typist.behind(8, i, 8, i - 1, "b")).awaits(2 + i, "saved");
        }
        bob.update(Typist.behind(8, 999, 7, 2, "b")).awaits("closed too-many-requests");
        assertThat(bob.count("refused")).isEqualTo(1);
        var again = lab.client(BOB).joinSettled("");
        again.update(Typist.atRoot(9, 0, "whole")).awaits(2, "saved");
        again.update(Typist.behind(10, 0, 7, 2, "b")).awaits("closed too-many-requests");
        ann.update(Typist.behind(11, 0, 7, 2, "a")).awaits(2, "step1").step2(NOTHING);
        ann.awaits(2, "saved").update(new Typist(7).type("abc")).awaits(3, "saved");
        ann.awaits("update 7:0-3 8:0-256 11:0-1");
        lab.client(BOB).joinSettled("").update(Typist.behind(10, 0, 12, 0, "b")).awaits(2, "step1");
    }

    @Test
    void dependencies_on_uncommitted_rows_are_not_requested() {
        var ann = lab.client(ANN).joinSettled("");
        try (var _ = lab.stall()) {
            var seven = new Typist(7);
            ann.update(seven.type("a")).update(seven.type("b")).fence();
        }
        ann.awaits(3, "saved");
        assertThat(ann.count("step1")).isEqualTo(1);
    }

    // Viewers

    @Test
    void a_viewers_update_is_acknowledged_after_its_author_sends_it() {
        var ann = lab.client(ANN).joinSettled("");
        var vera = lab.client(VERA).joinSettled("");
        var update = new Typist(7).type("a");
        vera.update(update).fence();
        assertThat(vera.count("saved")).isEqualTo(1);
        ann.update(update).awaits(2, "saved");
        vera.awaits(2, "saved");
        assertThat(vera.count("refused")).isZero();
    }

    @Test
    void a_viewers_own_edit_is_refused_and_its_document_stays_open() {
        var vera = lab.client(VERA).joinSettled("");
        var ann = lab.client(ANN).joinSettled("");
        vera.update(new Typist(9).type("mine")).awaits(1, "refused");
        ann.update(new Typist(7).type("a")).awaits(2, "saved");
        vera.awaits("update 7:0-1");
        assertThat(vera.count("closed")).isZero();
        assertThat(vera.seen()).startsWith("auth readonly");
        assertThat(lab.rows(lab.document())).hasSize(2);
    }

    @Test
    void a_viewers_refused_step_2_ends_the_hold() {
        var vera = lab.client(VERA).join("");
        vera.step2(new Typist(9).type("mine")).awaits(1, "refused");
        vera.update(new byte[] {0, 0}).awaits(1, "saved");
    }

    // Awareness

    @Test
    void a_joining_client_receives_all_awareness_states() {
        lab.client(ANN).join("").presence(7, 1, "{\"name\":\"Ann\"}").awaits("presence");
        var bob = lab.client(BOB).join("").awaits("presence");
        assertThat(bob.last("presence")).isEqualTo("presence 7@1{\"name\":\"Ann\"}");
    }

    @Test
    void awareness_carries_the_authenticated_identity() {
        var bob = lab.client(BOB).join("");
        var changed = new LinkedBlockingQueue<String>();
        lab.collaboration.watchPresence((_, path) -> changed.add(path));
        var ann = lab.client(ANN).join("");
        ann.presence(7, 1, "{\"user\":{\"name\":\"Bob\"},\"qide\":{\"id\":\"bob\"},\"n\":1.50}");
        bob.awaits("presence");
        assertThat(bob.lastState())
                .isEqualTo(
                        "{\"user\":{\"name\":\"Bob\"},\"qide\":{\"id\":\"ann\",\"name\":\"Ann\"},"
                                + "\"n\":1.50}");
        assertThat(lab.collaboration.present(lab.workspace, PATH))
                .containsExactly(new AwarenessListener.Present(7, ANN));
        ann.presence(7, 2, "{\"cursor\":3}").fence();
        ann.close();
        bob.awaits("presence 7@2null");
        CollabLab.await(() -> changed.size() == 2);
        assertThat(lab.collaboration.present(lab.workspace)).isEmpty();
        assertThat(changed).containsExactly(PATH, PATH);
    }

    @Test
    void a_departing_client_is_removed_at_the_same_clock() {
        var bob = lab.client(BOB).join("");
        var ann = lab.client(ANN).join("").presence(7, 4, "{}").awaits("presence");
        bob.awaits(1, "presence");
        ann.close();
        bob.awaits(2, "presence");
        assertThat(bob.last("presence")).isEqualTo("presence 7@4null");
    }

    @Test
    void a_client_cannot_change_or_restore_the_state_of_another() {
        var bob = lab.client(BOB).join("").presence(8, 1, "{}");
        var ann = lab.client(ANN).join("").presence(7, 4, "{}").awaits("presence 7@4{}");
        bob.presence(7, 9, "null").fence();
        assertThat(bob.last("presence")).contains("7@4{}");
        ann.close();
        bob.awaits("presence 7@4null").presence(7, 4, "{}").fence();
        assertThat(bob.last("presence")).isEqualTo("presence 8@1{}");
    }

    @Test
    void a_reconnecting_client_keeps_its_awareness_state() {
        var bob = lab.client(BOB).join("");
        var before = lab.client(ANN).join("").presence(7, 4, "{}").awaits("presence 7@4{}");
        lab.client(ANN).join("").presence(7, 4, "{}").fence();
        before.close();
        bob.fence();
        assertThat(bob.last("presence")).isEqualTo("presence 7@4{}");
        assertThat(bob.count("presence 7@4null")).isZero();
    }

    @Test
    void awareness_waits_briefly_behind_its_authors_updates() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).join("");
        try (var _ = lab.stall()) {
            ann.update(new Typist(7).type("a")).presence(7, 1, "{}").fence();
            assertThat(bob.fence().last("presence")).isEqualTo("presence");
            bob.awaits("presence 7@1{}");
            assertThat(bob.count("update 7:0-1")).isZero();
        }
    }

    @Test
    void malformed_awareness_is_refused() {
        lab.client(ANN).join("").presence(7, 1, "{\"a\":").awaits("closed frame-malformed");
        lab.client(ANN).join("").presence(7, 1, "17").awaits("closed frame-malformed");
        lab.client(ANN)
                .join("")
                .presence(7, 1, "{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}")
                .awaits("closed message-too-large");
    }

    // Refusals

    @Test
    void a_client_of_another_generation_is_refused_and_not_merged() {
        var before = lab.client(ANN).joinSettled("");
        var author = author(before);
        before.close();
        retire();
        lab.texts.files.put(PATH, "checked out\n");
        var stale = lab.client(ANN).auth("").step1(author + ":5 7:3");
        stale.awaits("closed document-replaced");
        stale.update(Typist.atRoot(7, 0, "abc"));
        assertThat(lab.client(BOB).joinSettled("").last("step2")).isEqualTo("step2 G:0-13");
        assertThat(lab.rows(lab.document())).hasSize(1);
    }

    @Test
    void a_large_client_id_is_accepted_unless_it_is_a_genesis_author() {
        var ann = lab.client(ANN).joinSettled("5000000000:1");
        ann.update(new Typist(5_000_000_001L).type("a")).awaits(2, "saved");
    }

    @Test
    void writing_as_a_genesis_author_is_refused() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(Typist.behind(author(ann), 5, author(ann), 4, "forged"));
        ann.awaits("closed genesis-forged");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(lab.rows(lab.document())).hasSize(1);
    }

    @Test
    void after_a_refusal_messages_are_dropped_until_a_new_auth() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(new byte[] {1, 2, 3}).awaits("closed update-malformed");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(ann.connection().hasOpen(PATH)).isFalse();
        ann.update(new Typist(7).type("dropped"));
        ann.forget();
        ann.joinSettled("").update(new Typist(8).type("a")).awaits(2, "saved");
        assertThat(lab.rows(lab.document())).hasSize(2);
    }

    @Test
    void a_frame_without_an_address_closes_the_socket() {
        lab.client(ANN).raw(0x7f, 1, 2).awaits("socket 1007 frame-malformed");
        lab.client(ANN).raw(0x2a).awaits("socket 1007 frame-malformed");
        lab.client(ANN).join("").bare(6).awaits("closed frame-malformed");
        lab.client(ANN).join("").bare(99).awaits("closed frame-malformed");
    }

    @Test
    void a_client_without_read_access_is_refused() {
        var vera = lab.client(VERA).join("");
        lab.mayRead.remove("vera");
        vera.step1("").awaits("closed forbidden");
        lab.client(VERA).auth("").awaits("denied forbidden");
    }

    @Test
    void a_renewed_login_keeps_the_subscription() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).join("");
        try (var _ = lab.stall()) {
            ann.update(new Typist(7).type("a")).presence(7, 1, "{}").auth("ann");
            ann.awaits(2, "auth read-write");
        }
        ann.awaits(2, "saved");
        bob.auth("bob").awaits(2, "auth read-write").awaits("presence 7@1{}");
        ann.update(new Typist(8).type("b")).awaits(3, "saved");
        bob.awaits("update 8:0-1");
    }

    @Test
    void a_stale_tab_does_not_recreate_a_deleted_file() throws InterruptedException {
        var held = author(lab.client(ANN).joinSettled("")) + ":5";
        lab.texts.files.remove(PATH);
        lab.collaboration.retire(lab.workspace, PATH);
        lab.client(ANN).auth("").step1(held).awaits("closed document-replaced");
        assertThat(lab.texts.files).doesNotContainKey(PATH);
        lab.client(ANN, "waits.py").auth("").awaits("auth read-write").step1("").awaits("step2");
        lab.client(BOB).join("");
        assertThat(lab.texts.files).containsKey(PATH);
    }

    // Before the login

    @Test
    void messages_before_an_auth_are_handled_after_it() {
        var bob = lab.client(null, PATH).step1("").presence(8, 1, "{}").raw(9);
        assertThat(bob.seen()).isEmpty();
        bob.auth("bob").awaits("step2").awaits("presence 8@1{}");
        assertThat(bob.seen()).containsExactly("auth read-write", "step1 G:5", "step2 G:0-5");
    }

    @Test
    void a_wrong_or_foreign_token_is_denied() {
        lab.client(null, PATH).auth("wrong").awaits("denied unauthenticated");
        lab.client(ANN).auth("bob").awaits("denied unauthenticated");
        lab.client(ANN).auth("ann").awaits("auth read-write");
    }

    @Test
    void messages_and_time_before_the_login_are_bounded() {
        var many = lab.client(null, PATH);
        for (int i = 0; i < 300; i++) {
            many.step1("");
        }
        many.awaits("socket 4401 unauthenticated");
        var big = lab.client(null, PATH);
        var typed = new Typist(7).type("0123456789".repeat(60_000));
        big.update(typed).update(typed).awaits("socket 4401 unauthenticated");
        lab.client(null, PATH).awaits("socket 4408 unauthenticated");
    }

    @Test
    void a_socket_has_a_bounded_number_of_documents() {
        var first = lab.client(ANN, "0.py").auth("").awaits("auth");
        for (int i = 1; i < CollabLab.LIMITS.documentsOfASocket(); i++) {
            first.raw(auth(i + ".py"));
        }
        first.raw(auth("one-too-many.py")).awaits("one-too-many.py: denied too-many-documents");
        lab.client(BOB, "one-too-many.py").auth("").awaits("auth read-write");
        for (int i = 0; i < CollabLab.LIMITS.documentsOfASocket(); i++) {
            first.raw(auth("another-" + i + ".py"));
        }
        first.awaits("socket 1013 too-many-documents");
    }

    @Test
    void a_flood_before_an_auth_closes_an_authenticated_socket_with_too_many_requests() {
        var many = lab.client(ANN, PATH);
        for (int i = 0; i < 300; i++) {
            many.step1("");
        }
        many.awaits("socket 1013 too-many-requests");
    }

    // The socket

    @Test
    void pings_go_only_to_sockets_that_have_sent_a_frame() {
        var silent = lab.client(ANN);
        lab.client(BOB).join("").awaits(3, "ping").raw(9).awaits("pong");
        assertThat(silent.count("ping")).isZero();
    }

    @Test
    void a_provider_before_version_4_is_kept_alive_and_ended_in_words_that_it_knows()
            throws Exception {
        var early = lab.client(ANN).authWithoutVersion("").step1("").awaits("step2");
        early.awaitsWithin("presence", "");
        lab.collaboration.retire(lab.workspace, PATH);
        early.awaits("denied document-replaced");
        assertThat(early.count("ping")).isZero();
        assertThat(early.count("closed")).isZero();
    }

    @Test
    void a_slow_client_receives_one_difference_instead_of_a_backlog() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        var slow = lab.client(BOB).joinSettled("");
        slow.room(0);
        for (int i = 0; i < 6; i++) {
            ann.update(seven.type("a")).awaits(2 + i, "saved");
        }
        assertThat(slow.count("update")).isZero();
        slow.room(Integer.MAX_VALUE);
        slow.awaits("update 7:0-6");
        ann.update(seven.type("b"));
        slow.awaits("update 7:6-7");
        assertThat(slow.count("update")).isEqualTo(2);
    }

    @Test
    void a_large_state_is_sent_in_parts_that_end_with_step_2() {
        var ann = lab.client(ANN).joinSettled("");
        for (int i = 0; i < 6; i++) {
            ann.update(Typist.atRoot(20 + i, 0, "x".repeat(99_000))).awaits(2 + i, "saved");
        }
        var slow = lab.client(BOB);
        slow.room(5);
        slow.auth("").step1("").awaits("update");
        ann.update(new Typist(7).type("b")).awaits(8, "saved");
        assertThat(slow.count("step2")).isZero();
        slow.room(Integer.MAX_VALUE);
        slow.awaits("step2");
        ann.update(new Typist(8).type("c"));
        slow.awaits("update 8:0-1");
        assertThat(slow.count("update")).isBetween(3, 5);
        assertThat(slow.text()).isEqualTo(ann.text()).hasSizeGreaterThan(594_000);
    }

    @Test
    void updates_committed_together_leave_in_one_frame() {
        var ann = lab.client(ANN).joinSettled("");
        var bob = lab.client(BOB).joinSettled("");
        var seven = new Typist(7);
        try (var _ = lab.stall()) {
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

    private void retire() {
        try {
            assertThat(lab.collaboration.retire(lab.workspace, PATH)).isTrue();
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    /// Reaches the bound on uncommitted bytes while the database stalls.
    private static void fillTheBound(FrameClient client) {
        client.update(Typist.atRoot(99, 0, "_".repeat(99))).fence();
    }

    /// The genesis author in the content that a client received.
    private static long author(FrameClient client) {
        var header = UpdateHeader.read(client.updates().getFirst());
        return header.structs().clients().findFirst().orElseThrow();
    }

    private static int[] auth(String address) {
        var frame =
                new Lib0Encoder()
                        .writeVarString(address)
                        .writeVarUint(2)
                        .writeVarUint(0)
                        .writeVarString("")
                        .toBytes();
        var bytes = new int[frame.length];
        for (int i = 0; i < frame.length; i++) {
            bytes[i] = frame[i];
        }
        return bytes;
    }
}

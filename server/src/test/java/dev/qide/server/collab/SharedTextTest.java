package dev.qide.server.collab;

import static dev.qide.server.collab.CollabLab.ANN;
import static dev.qide.server.collab.CollabLab.BOB;
import static dev.qide.server.collab.CollabLab.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Objects;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The text of a shared document: edits by the server, the file on disk, rows and memory.
final class SharedTextTest {
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

    // The text

    @Test
    void the_server_removes_carriage_returns() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(Typist.atRoot(7, 0, "a\r\nb\r")).awaits("update del 7:1-2 del 7:4-5");
        assertThat(ann.text()).doesNotContain("\r").contains("a\nb");
        assertThat(ann.count("saved")).isEqualTo(2);
        assertThat(lab.client(BOB).join("").text()).isEqualTo(ann.text());
    }

    @Test
    void an_edit_of_the_server_has_a_new_client_id_and_is_committed_first()
            throws InterruptedException {
        var ann = lab.client(ANN).joinSettled("");
        var text = lab.collaboration.edit(lab.workspace, PATH, it -> it.replace("1", "42 😀"));
        assertThat(text).isNotNull();
        assertThat(Objects.requireNonNull(text).text()).isEqualTo("x=42 😀\n");
        ann.awaits("update");
        assertThat(ann.text()).isEqualTo("x=42 😀\n");
        assertThat(lab.rows(lab.document())).hasSize(2);
        assertThat(lab.collaboration.edit(lab.workspace, "none.py", it -> it + "!")).isNull();
        lab.restart();
        var again = lab.collaboration.edit(lab.workspace, PATH, it -> it.replace("😀", "😁"));
        assertThat(Objects.requireNonNull(again).text()).isEqualTo("x=42 😁\n");
        var authors = new HashSet<Long>();
        lab.rows(lab.document())
                .forEach(row -> UpdateHeader.read(row).structs().clients().forEach(authors::add));
        assertThat(authors).hasSize(3);
    }

    @Test
    void concurrent_edits_of_server_and_clients_lose_nothing() throws Exception {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                var mark = "<" + i + ">";
                var _ =
                        pool.submit(() ->
                                lab.collaboration.edit(lab.workspace, PATH, text -> text + mark));
                ann.update(seven.type("a")).awaits(2 + i, "saved");
            }
        }
        var text = Objects.requireNonNull(lab.collaboration.committedText(lab.workspace, PATH));
        assertThat(text.text()).contains("a".repeat(20));
        for (int i = 0; i < 20; i++) {
            assertThat(text.text()).containsOnlyOnce("<" + i + ">");
        }
    }

    @Test
    void a_full_document_accepts_only_deletions() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        ann.update(seven.type("x".repeat((int) CollabLab.LIMITS.textCharacters() - 4)))
                .awaits(2, "saved");
        ann.update(Typist.delete(7, 0, 2)).awaits(3, "saved");
        ann.update(seven.type("yy")).awaits(4, "saved");
        ann.update(seven.type("y")).awaits("closed file-too-large");
    }

    // The file

    @Test
    void an_unchanged_file_keeps_its_generation_after_a_restart() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(new Typist(7).type("a")).awaits(2, "saved");
        var document = lab.document();
        ann.close();
        lab.restart();
        assertThat(lab.client(BOB).join("").last("step2")).isEqualTo("step2 7:0-1 G:0-5");
        assertThat(lab.document()).isEqualTo(document);
    }

    @Test
    void a_changed_file_is_merged_before_the_first_client_is_served() {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(new Typist(7).type("typed")).awaits(2, "saved");
        var document = lab.document();
        ann.close();
        lab.texts.files.put(PATH, "checked out\n");
        var bob = lab.client(BOB).join("");
        assertThat(bob.text()).contains("typed").contains("checked out\n");
        assertThat(lab.document()).isEqualTo(document);
        bob.close();
        lab.restart();
        assertThat(lab.client(BOB).join("").text()).isEqualTo(bob.text());
    }

    @Test
    void a_deleted_file_ends_the_generation() {
        var ann = lab.client(ANN).joinSettled("");
        var before = lab.document();
        ann.close();
        lab.texts.files.remove(PATH);
        assertThat(lab.client(BOB).join("").last("step2")).isEqualTo("step2 G:0-1");
        assertThat(lab.document()).isNotEqualTo(before);
    }

    @Test
    void clients_of_a_retired_or_moved_document_are_notified() throws InterruptedException {
        var ann = lab.client(ANN).joinSettled("");
        ann.update(new Typist(7).type("kept")).awaits(2, "saved");
        assertThat(lab.collaboration.move(lab.workspace, PATH, "src/moved.py")).isTrue();
        ann.awaits("closed document-replaced");
        lab.texts.files.put("src/moved.py", ann.text());
        var moved = lab.client(BOB, "src/moved.py").joinSettled("");
        assertThat(moved.text()).contains("kept");
        assertThat(lab.collaboration.retire(lab.workspace, "src/moved.py")).isTrue();
        moved.awaits("closed document-replaced");
        assertThat(lab.collaboration.retire(lab.workspace, "src/moved.py")).isFalse();
    }

    // Many rows, many documents

    @Test
    void the_rows_of_an_idle_document_are_joined_and_kept_as_history() {
        var ann = lab.client(ANN).joinSettled("");
        var seven = new Typist(7);
        for (int i = 0; i < 99; i++) {
            ann.update(seven.type("ab")).awaits(2 + i, "saved");
        }
        ann.update(Typist.delete(7, 3, 50)).awaits(101, "saved");
        var document = lab.document();
        var reader = lab.client(BOB).join("");
        var text = reader.text();
        reader.close();
        ann.close();
        CollabLab.await(() -> lab.rows(document).size() == 1);
        assertThat(lab.history(document)).isEqualTo(101);
        lab.restart();
        var bob = lab.client(BOB).joinSettled("");
        assertThat(bob.text()).isEqualTo(text);
        bob.update(seven.type("!")).awaits(2, "saved");
        assertThat(bob.text()).hasSize(text.length() + 1);
    }

    @Test
    void idle_documents_are_evicted_and_the_number_of_open_documents_is_bounded() {
        var limits = CollabLab.LIMITS;
        var first = lab.client(ANN, "0.py").joinSettled("");
        first.update(Typist.atRoot(7, 0, "x".repeat(1_000_000))).awaits(2, "saved");
        var open = new ArrayList<FrameClient>();
        for (int i = 1; i < 9; i++) {
            var one = lab.client(ANN, i + ".py").joinSettled("");
            one.update(Typist.atRoot(7, 0, "x".repeat(1_000_000))).awaits(2, "saved");
            open.add(one);
        }
        assertThat(limits.memoryBytes()).isLessThan(9L * 1_000_000 * 3 / 2);
        lab.client(BOB, "9.py").auth("").awaits("denied too-many-documents");
        open.getFirst().close();
        CollabLab.await(() -> !lab.collaboration.isOpen(lab.workspace, "1.py"));
        lab.client(BOB, "9.py").join("");
    }
}

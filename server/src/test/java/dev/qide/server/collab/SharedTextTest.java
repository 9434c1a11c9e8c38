package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.store.DocumentId;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The text of a shared document: edits by the server, the file on disk, rows and memory.
final class SharedTextTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    // The text

    @Test
    void the_server_removes_carriage_returns() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(Typist.atRoot(7, 0, "a\r\nb\r")).awaits("update del 7:1-2 del 7:4-5");
        assertThat(ann.text()).doesNotContain("\r").contains("a\nb");
        assertThat(ann.count("saved")).isEqualTo(2);
        assertThat(COLLAB.fixture().client(BOB).join("").text()).isEqualTo(ann.text());
    }

    @Test
    void an_edit_of_the_server_has_a_new_client_id_and_is_committed_first()
            throws InterruptedException {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var text =
                COLLAB.fixture()
                        .collaboration
                        .edit(COLLAB.fixture().workspace, PATH, it -> it.replace("1", "42 😀"));
        assertThat(text).isNotNull();
        assertThat(Objects.requireNonNull(text).text()).isEqualTo("x=42 😀\n");
        ann.awaits("update");
        assertThat(ann.text()).isEqualTo("x=42 😀\n");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(2);
        assertThat(
                        COLLAB.fixture()
                                .collaboration
                                .edit(COLLAB.fixture().workspace, "none.py", it -> it + "!"))
                .isNull();
        COLLAB.fixture().restart();
        var again =
                COLLAB.fixture()
                        .collaboration
                        .edit(COLLAB.fixture().workspace, PATH, it -> it.replace("😀", "😁"));
        assertThat(Objects.requireNonNull(again).text()).isEqualTo("x=42 😁\n");
        var authors = new HashSet<Long>();
        COLLAB.fixture()
                .rows(COLLAB.fixture().document())
                .forEach(row -> UpdateHeader.read(row).structs().clients().forEach(authors::add));
        assertThat(authors).hasSize(3);
    }

    @Test
    void concurrent_edits_of_server_and_clients_lose_nothing() throws Exception {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                var mark = "<" + i + ">";
                var _ =
                        pool.submit(() ->
                                COLLAB.fixture()
                                        .collaboration
                                        .edit(
                                                COLLAB.fixture().workspace,
                                                PATH,
                                                text -> text + mark));
                ann.update(seven.type("a")).awaits(2 + i, "saved");
            }
        }
        var text =
                Objects.requireNonNull(
                        COLLAB.fixture()
                                .collaboration
                                .committedText(COLLAB.fixture().workspace, PATH));
        assertThat(text.text()).contains("a".repeat(20));
        for (int i = 0; i < 20; i++) {
            assertThat(text.text()).containsOnlyOnce("<" + i + ">");
        }
    }

    @Test
    void a_text_is_whole_when_every_outcome_is_known() throws InterruptedException {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        assertThat(isWhole()).isTrue();
        try (var _ = COLLAB.fixture().stall()) {
            ann.update(new Typist(7).type("a"));
            await(() -> COLLAB.fixture().waitingForLock("WITH held AS") > 0);
            assertThat(isWhole()).isFalse();
        }
        ann.awaits(2, "saved");
        assertThat(isWhole()).isTrue();
    }

    private static boolean isWhole() throws InterruptedException {
        return Objects.requireNonNull(
                        COLLAB.fixture()
                                .collaboration
                                .committedText(COLLAB.fixture().workspace, PATH))
                .isWhole();
    }

    @Test
    void a_full_document_accepts_only_deletions() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        ann.update(seven.type("x".repeat((int) CollabFixture.LIMITS.textCharacters() - 4)))
                .awaits(2, "saved");
        ann.update(Typist.delete(7, 0, 2)).awaits(3, "saved");
        ann.update(seven.type("yy")).awaits(4, "saved");
        ann.update(seven.type("y")).awaits("closed file-too-large");
    }

    // The file

    @Test
    void an_unchanged_file_keeps_its_generation_after_a_restart() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(new Typist(7).type("a")).awaits(2, "saved");
        var document = COLLAB.fixture().document();
        ann.close();
        COLLAB.fixture().restart();
        assertThat(COLLAB.fixture().client(BOB).join("").last("step2"))
                .isEqualTo("step2 7:0-1 G:0-5");
        assertThat(COLLAB.fixture().document()).isEqualTo(document);
    }

    @Test
    void a_changed_file_is_merged_before_the_first_client_is_served() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(new Typist(7).type("typed")).awaits(2, "saved");
        var document = COLLAB.fixture().document();
        ann.close();
        COLLAB.fixture().texts.files.put(PATH, "checked out\n");
        var bob = COLLAB.fixture().client(BOB).join("");
        assertThat(bob.text()).contains("typed").contains("checked out\n");
        assertThat(COLLAB.fixture().document()).isEqualTo(document);
        bob.close();
        COLLAB.fixture().restart();
        assertThat(COLLAB.fixture().client(BOB).join("").text()).isEqualTo(bob.text());
    }

    @Test
    void a_deleted_file_ends_the_generation() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var before = COLLAB.fixture().document();
        ann.close();
        COLLAB.fixture().texts.files.remove(PATH);
        assertThat(COLLAB.fixture().client(BOB).join("").last("step2")).isEqualTo("step2 G:0-1");
        assertThat(COLLAB.fixture().document()).isNotEqualTo(before);
    }

    @Test
    void clients_of_a_retired_or_moved_document_are_notified() throws InterruptedException {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(new Typist(7).type("kept")).awaits(2, "saved");
        assertThat(
                        COLLAB.fixture()
                                .collaboration
                                .move(COLLAB.fixture().workspace, PATH, "src/moved.py"))
                .isTrue();
        ann.awaits("closed document-replaced");
        COLLAB.fixture().texts.files.put("src/moved.py", ann.text());
        var moved = COLLAB.fixture().client(BOB, "src/moved.py").joinSettled("");
        assertThat(moved.text()).contains("kept");
        assertThat(
                        COLLAB.fixture()
                                .collaboration
                                .retire(COLLAB.fixture().workspace, "src/moved.py"))
                .isTrue();
        moved.awaits("closed document-replaced");
        assertThat(
                        COLLAB.fixture()
                                .collaboration
                                .retire(COLLAB.fixture().workspace, "src/moved.py"))
                .isFalse();
    }

    // Many rows, many documents

    @Test
    void the_rows_of_an_idle_document_are_joined_and_kept_as_history() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var seven = new Typist(7);
        for (int i = 0; i < 99; i++) {
            ann.update(seven.type("ab")).awaits(2 + i, "saved");
        }
        ann.update(Typist.delete(7, 3, 50)).awaits(101, "saved");
        var document = COLLAB.fixture().document();
        var reader = COLLAB.fixture().client(BOB).join("");
        var text = reader.text();
        reader.close();
        ann.close();
        await(() -> COLLAB.fixture().rows(document).size() == 1);
        assertThat(COLLAB.fixture().history(document)).isEqualTo(101);
        COLLAB.fixture().restart();
        var bob = COLLAB.fixture().client(BOB).joinSettled("");
        assertThat(bob.text()).isEqualTo(text);
        bob.update(seven.type("!")).awaits(2, "saved");
        assertThat(bob.text()).hasSize(text.length() + 1);
    }

    /// The lease is locked, so that every compaction that has begun waits in its transaction.
    @Test
    void at_most_two_documents_are_compacted_at_once() {
        var fixture = COLLAB.fixture();
        var documents = new ArrayList<DocumentId>();
        var clients = new ArrayList<FrameClient>();
        for (int i = 0; i < 6; i++) {
            var path = i + ".py";
            var ann = fixture.client(ANN, path).joinSettled("");
            var seven = new Typist(7);
            for (int edit = 0; edit < CollabFixture.LIMITS.leavingRows(); edit++) {
                ann.update(seven.type("ab")).awaits(2 + edit, "saved");
            }
            documents.add(fixture.document(path));
            clients.add(ann);
        }
        try (var stall = fixture.stall()) {
            clients.forEach(FrameClient::close);
            await(() -> fixture.waitingForLease() == 2);
            // All six are due at the next tick; several pass.
            for (int tick = 0; tick < 20; tick++) {
                LockSupport.parkNanos(CollabFixture.LIMITS.tick().toNanos());
                assertThat(fixture.waitingForLease()).isLessThanOrEqualTo(2);
            }
            assertThat(stall).isNotNull();
        }
        for (var document : documents) {
            await(() -> fixture.rows(document).size() == 1);
        }
    }

    @Test
    void idle_documents_are_evicted_and_the_number_of_open_documents_is_bounded() {
        var limits = CollabFixture.LIMITS;
        var first = COLLAB.fixture().client(ANN, "0.py").joinSettled("");
        first.update(Typist.atRoot(7, 0, "x".repeat(1_000_000))).awaits(2, "saved").fence();
        var open = new ArrayList<FrameClient>();
        for (int i = 1; i < 9; i++) {
            var one = COLLAB.fixture().client(ANN, i + ".py").joinSettled("");
            one.update(Typist.atRoot(7, 0, "x".repeat(1_000_000))).awaits(2, "saved").fence();
            open.add(one);
        }
        assertThat(limits.memoryBytes()).isLessThan(9L * 1_000_000 * 3 / 2);
        COLLAB.fixture().client(BOB, "9.py").auth("").awaits("denied too-many-documents");
        open.getFirst().close();
        await(() -> !COLLAB.fixture().collaboration.isOpen(COLLAB.fixture().workspace, "1.py"));
        await(() ->
                COLLAB.fixture().collaboration.of(COLLAB.fixture().workspace).stream()
                        .noneMatch(one -> one.path().equals("1.py") && !one.isIdle()));
        COLLAB.fixture().client(BOB, "9.py").join("");
    }
}

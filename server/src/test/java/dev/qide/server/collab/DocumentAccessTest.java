package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static dev.qide.server.collab.CollabFixture.VERA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.UpdateHeader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Who may read and edit a shared document: viewers, refusals and the login.
///
/// Each test covers one rule and fails without it.
final class DocumentAccessTest {
    /// More than a socket may have queued before its Auth messages.
    private static final int MANY = 300;

    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    // Viewers

    @Test
    void a_viewers_update_is_acknowledged_after_its_author_sends_it() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var vera = COLLAB.fixture().client(VERA).joinSettled("");
        var update = new Typist(7).type("a");
        vera.update(update).fence();
        assertThat(vera.count("saved")).isEqualTo(1);
        ann.update(update).awaits(2, "saved");
        vera.awaits(2, "saved");
        assertThat(vera.count("refused")).isZero();
    }

    @Test
    void a_viewers_own_edit_is_refused_and_its_document_stays_open() {
        var vera = COLLAB.fixture().client(VERA).joinSettled("");
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        vera.update(new Typist(9).type("mine")).fence();
        COLLAB.fixture().advance(CollabFixture.LIMITS.viewerWait().plusSeconds(1));
        vera.awaits(1, "refused");
        ann.update(new Typist(7).type("a")).awaits(2, "saved");
        vera.awaits("update 7:0-1");
        assertThat(vera.count("closed")).isZero();
        assertThat(vera.seen()).startsWith("auth readonly");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(2);
    }

    @Test
    void a_viewers_refused_step_2_ends_the_hold() {
        var vera = COLLAB.fixture().client(VERA).join("");
        vera.step2(new Typist(9).type("mine")).fence();
        COLLAB.fixture().advance(CollabFixture.LIMITS.viewerWait().plusSeconds(1));
        vera.awaits(1, "refused");
        vera.update(new byte[] {0, 0}).awaits(1, "saved");
    }

    // Refusals

    @Test
    void a_client_of_another_generation_is_refused_and_not_merged() {
        var before = COLLAB.fixture().client(ANN).joinSettled("");
        var author = author(before);
        before.close();
        retire();
        COLLAB.fixture().texts.files.put(PATH, "checked out\n");
        var stale = COLLAB.fixture().client(ANN).auth("").step1(author + ":5 7:3");
        stale.awaits("closed document-replaced");
        stale.update(Typist.atRoot(7, 0, "abc"));
        assertThat(COLLAB.fixture().client(BOB).joinSettled("").last("step2"))
                .isEqualTo("step2 G:0-13");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(1);
    }

    @Test
    void a_large_client_id_is_accepted_unless_it_is_a_genesis_author() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("5000000000:1");
        ann.update(new Typist(5_000_000_001L).type("a")).awaits(2, "saved");
    }

    @Test
    void writing_as_a_genesis_author_is_refused() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(Typist.behind(author(ann), 5, author(ann), 4, "forged"));
        ann.awaits("closed genesis-forged");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(1);
    }

    @Test
    void after_a_refusal_messages_are_dropped_until_a_new_auth() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        ann.update(new byte[] {1, 2, 3}).awaits("closed update-malformed");
        assertThat(ann.count("refused")).isEqualTo(1);
        assertThat(ann.connection().hasOpen(PATH)).isFalse();
        ann.update(new Typist(7).type("dropped"));
        ann.forget();
        ann.joinSettled("").update(new Typist(8).type("a")).awaits(2, "saved");
        assertThat(COLLAB.fixture().rows(COLLAB.fixture().document())).hasSize(2);
    }

    @Test
    void a_frame_without_an_address_closes_the_socket() {
        COLLAB.fixture().client(ANN).raw(0x7f, 1, 2).awaits("socket 1007 frame-malformed");
        COLLAB.fixture().client(ANN).raw(0x2a).awaits("socket 1007 frame-malformed");
        COLLAB.fixture().client(ANN).join("").bare(6).awaits("closed frame-malformed");
        COLLAB.fixture().client(ANN).join("").bare(99).awaits("closed frame-malformed");
    }

    @Test
    void a_client_without_read_access_is_refused() {
        var vera = COLLAB.fixture().client(VERA).join("");
        COLLAB.fixture().mayRead.remove("vera");
        vera.step1("").awaits("closed forbidden");
        COLLAB.fixture().client(VERA).auth("").awaits("denied forbidden");
    }

    @Test
    void a_renewed_login_keeps_the_subscription() {
        var ann = COLLAB.fixture().client(ANN).joinSettled("");
        var bob = COLLAB.fixture().client(BOB).join("");
        try (var _ = COLLAB.fixture().stall()) {
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
        COLLAB.fixture().restart(CollabFixture.SLOW_LIMITS);
        var held = author(COLLAB.fixture().client(ANN).joinSettled("")) + ":5";
        COLLAB.fixture().texts.files.remove(PATH);
        COLLAB.fixture().collaboration.retire(COLLAB.fixture().workspace, PATH);
        COLLAB.fixture().client(ANN).auth("").step1(held).awaits("closed document-replaced");
        assertThat(COLLAB.fixture().texts.files).doesNotContainKey(PATH);
        COLLAB.fixture()
                .client(ANN, "waits.py")
                .auth("")
                .awaits("auth read-write")
                .step1("")
                .awaits("step2");
        COLLAB.fixture().client(BOB).join("");
        assertThat(COLLAB.fixture().texts.files).containsKey(PATH);
    }

    // Before the login

    @Test
    void messages_before_an_auth_are_handled_after_it() {
        var bob = COLLAB.fixture().client(null, PATH).step1("").presence(8, 1, "{}").raw(9);
        assertThat(bob.seen()).isEmpty();
        bob.auth("bob").awaits("step2").awaits("presence 8@1{}");
        assertThat(bob.seen()).containsExactly("auth read-write", "step1 G:5", "step2 G:0-5");
    }

    @Test
    void a_wrong_or_foreign_token_is_denied() {
        COLLAB.fixture().client(null, PATH).auth("wrong").awaits("denied unauthenticated");
        COLLAB.fixture().client(ANN).auth("bob").awaits("denied unauthenticated");
        COLLAB.fixture().client(ANN).auth("ann").awaits("auth read-write");
    }

    @Test
    void messages_and_time_before_the_login_are_bounded() {
        var many = COLLAB.fixture().client(null, PATH);
        for (int i = 0; i < 300; i++) {
            many.step1("");
        }
        many.awaits("socket 4401 unauthenticated");
        var big = COLLAB.fixture().client(null, PATH);
        var typed = new Typist(7).type("0123456789".repeat(60_000));
        big.update(typed).update(typed).awaits("socket 4401 unauthenticated");
        COLLAB.fixture().client(null, PATH).awaits("socket 4408 unauthenticated");
    }

    @Test
    void a_socket_has_a_bounded_number_of_documents_and_stays_open_beyond_it() {
        var first = COLLAB.fixture().client(ANN, "0.py").joinSettled("");
        for (int i = 1; i < CollabFixture.LIMITS.documentsPerSocket(); i++) {
            first.raw(auth(i + ".py"));
        }
        first.raw(auth("one-too-many.py")).awaits("one-too-many.py: denied too-many-documents");
        COLLAB.fixture().client(BOB, "one-too-many.py").auth("").awaits("auth read-write");
        for (int i = 0; i < MANY; i++) {
            first.raw(auth("another-" + i + ".py"));
        }
        first.awaits("another-" + (MANY - 1) + ".py: denied too-many-documents");
        for (int i = 0; i < MANY; i++) {
            first.raw(step1("one-too-many.py"));
        }
        first.update(new Typist(7).type("a")).awaits("saved");
        assertThat(first.count("socket")).isZero();
        first.leave().raw(auth("one-too-many.py")).awaits("one-too-many.py: auth read-write");
    }

    @Test
    void a_document_that_was_denied_or_closed_keeps_no_place_on_its_socket() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN, "last.py");
        int documents = CollabFixture.LIMITS.documentsPerSocket();
        for (int i = 0; i < documents; i += 2) {
            var path = i + ".py";
            ann.raw(auth(path)).awaits(path + ": auth read-write");
            assertThat(fixture.collaboration.retire(fixture.workspace, path)).isTrue();
            ann.awaits(path + ": denied document-replaced");
            var illegal = "../" + path;
            ann.raw(auth(illegal)).awaits(illegal + ": denied path-illegal");
        }

        ann.auth("").awaits("auth read-write");

        // Messages of the others are still dropped until their next Auth.
        ann.raw(step1("0.py")).raw(auth("0.py")).awaits(2, "0.py: auth read-write");
        ann.raw(bytes(frame("0.py", 3))).awaits("0.py: presence");
        assertThat(ann.count("0.py: step2")).isZero();
    }

    @Test
    void the_page_knows_how_many_documents_a_socket_may_have_open() {
        var page = Path.of(System.getProperty("basedir", "."), "../web-client/src");
        int documents = CollabLimits.STANDARD.documentsPerSocket();
        assertThat(page.resolve("text/bulk-edits.ts"))
                .content()
                .contains("OPEN_DOCUMENTS = %d;".formatted(documents));
    }

    @Test
    void a_flood_before_an_auth_closes_an_authenticated_socket_with_too_many_requests() {
        var many = COLLAB.fixture().client(ANN, PATH);
        for (int i = 0; i < 300; i++) {
            many.step1("");
        }
        many.awaits("socket 1013 too-many-requests");
    }

    @Test
    void a_join_that_is_interrupted_does_not_keep_its_document_in_memory() {
        var fixture = COLLAB.fixture();
        var client = fixture.client(ANN, PATH);
        var plain =
                fixture.collaboration.connectPlain(
                        fixture.workspace, PATH, fixture.access, ANN, client);

        Thread.currentThread().interrupt();
        client.auth("");
        assertThat(Thread.interrupted()).isTrue();
        await(() -> fixture.collaboration.documentsInMemory() == 0);

        Thread.currentThread().interrupt();
        plain.receive(new byte[] {0, 0, 1, 0});
        assertThat(Thread.interrupted()).isTrue();
        await(() -> fixture.collaboration.documentsInMemory() == 0);

        fixture.client(BOB).join("");
    }

    private void retire() {
        try {
            assertThat(COLLAB.fixture().collaboration.retire(COLLAB.fixture().workspace, PATH))
                    .isTrue();
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    /// The genesis author in the content that a client received.
    private static long author(FrameClient client) {
        var header = UpdateHeader.read(client.updates().getFirst());
        return header.structs().clients().findFirst().orElseThrow();
    }

    private static int[] auth(String address) {
        return bytes(frame(address, 2).writeVarUint(0).writeVarString(""));
    }

    private static int[] step1(String address) {
        return bytes(frame(address, 0).writeVarUint(0).writeVarBytes(new byte[] {0}));
    }

    private static Lib0Encoder frame(String address, int type) {
        return new Lib0Encoder().writeVarString(address).writeVarUint(type);
    }

    private static int[] bytes(Lib0Encoder encoder) {
        var frame = encoder.toBytes();
        var bytes = new int[frame.length];
        for (int i = 0; i < frame.length; i++) {
            bytes[i] = frame[i];
        }
        return bytes;
    }
}

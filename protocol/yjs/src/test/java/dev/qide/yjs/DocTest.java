package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// A document in a server: loaded from stored updates, edited by its own author, observed, and sent
/// to late joiners.
class DocTest {
    private static final Value TRUE = Value.of(true);

    private final List<byte[]> stored = new ArrayList<>();
    private final Doc author = new Doc(Doc.Options.of(7));

    DocTest() {
        author.onUpdate((update, _) -> stored.add(update));
    }

    private Doc loaded() {
        return Doc.load(Doc.Options.of(1), new Random(5), stored);
    }

    @Test
    void a_document_loaded_on_another_thread_is_equal() throws Exception {
        author.text("t").insert(0, "hello");
        author.text("t").insert(5, " world");
        author.map("m").set("k", Value.of(1));
        Callable<Doc> load = this::loaded;
        Doc doc;
        try (var cpu = Executors.newSingleThreadExecutor()) {
            doc = cpu.submit(load).get();
        }
        assertThat(doc.text("t").toString()).isEqualTo("hello world");
        assertThat(doc.encodeStateAsUpdate()).isEqualTo(author.encodeStateAsUpdate());
        doc.text("t").insert(11, "!");
        author.applyUpdate(doc.encodeStateAsUpdate(author.stateVector()));
        assertThat(author.text("t").toString()).isEqualTo("hello world!");
    }

    @Test
    void each_load_has_a_new_author() {
        author.text("t").insert(0, "a");
        var random = new Random(5);
        var first = Doc.load(Doc.Options.of(1), random, stored);
        var second = Doc.load(Doc.Options.of(1), random, stored);
        assertThat(first.clientId()).isNotEqualTo(second.clientId()).isNotEqualTo(1);
        assertThat(first.isAuthor(first.clientId())).isFalse();
        assertThat(first.isAuthor(7)).isTrue();
    }

    @Test
    void an_author_id_that_is_in_use_is_drawn_again() {
        author.text("t").insert(0, "a");
        author.text("t").insert(1, "b");
        var ids = List.of(7L, 7L, 9L).iterator();
        RandomGenerator drawsTheKnownFirst =
                new RandomGenerator() {
                    @Override
                    public long nextLong() {
                        return ids.next();
                    }

                    @Override
                    public long nextLong(long bound) {
                        return ids.next();
                    }
                };
        var waiting = List.of(stored.get(1));
        var doc = Doc.load(Doc.Options.of(1), drawsTheKnownFirst, waiting);
        assertThat(doc.isWaiting()).isTrue();
        assertThat(doc.clientId()).isEqualTo(9);
    }

    @Test
    void no_updates_make_an_empty_document() {
        assertThat(loaded().stateVector()).isEqualTo(StateVector.EMPTY);
    }

    @Test
    void a_late_joiner_gets_only_what_it_lacks() {
        author.text("t").insert(0, "x".repeat(10_000));
        var joiner = loaded();
        author.text("t").insert(10_000, "y");
        author.text("t").delete(0, 1);
        byte[] lacking = author.encodeStateAsUpdate(joiner.stateVector());
        assertThat(lacking).hasSizeLessThan(40);
        joiner.applyUpdate(lacking);
        assertThat(joiner.text("t").toString()).isEqualTo(author.text("t").toString());
        assertThat(joiner.text("t").length()).isEqualTo(10_000);
    }

    @Test
    void an_observer_gets_positions_in_utf16_and_the_origin() {
        author.text("t").insert(0, "a😀b");
        var doc = loaded();
        var heard = new ArrayList<String>();
        doc.text("t").observe(event -> heard.add(event.origin() + " " + event.delta()));
        author.text("t").insert(3, "日");
        author.text("t").delete(0, 1);
        doc.applyUpdate(stored.get(1), "socket 1");
        doc.applyUpdate(stored.get(2), "socket 2");
        assertThat(heard)
                .containsExactly(
                        "socket 1 [Retain[length=3, attributes={}],"
                                + " InsertText[text=日, attributes={}]]",
                        "socket 2 [Delete[length=1]]");
    }

    @Test
    void equal_client_ids_and_edits_produce_equal_bytes() {
        var random = new Random(3);
        var again = new Random(3);
        var twin = new Doc(Doc.Options.of(7));
        for (int i = 0; i < 300; i++) {
            RandomEdits.edit(random, author);
            RandomEdits.edit(again, twin);
        }
        assertThat(twin.encodeStateAsUpdate()).isEqualTo(author.encodeStateAsUpdate());
    }

    @Test
    void without_garbage_collection_deleted_text_is_kept() {
        var keeping = new Doc(new Doc.Options(8, false, true, DecodeLimits.STANDARD));
        var freeing = new Doc(Doc.Options.of(8));
        for (var doc : List.of(keeping, freeing)) {
            doc.text("t").insert(0, "secret");
            doc.text("t").delete(0, 6);
            assertThat(doc.text("t").toString()).isEmpty();
        }
        assertThat(Golden.hex(keeping.encodeStateAsUpdate())).contains("736563726574");
        assertThat(Golden.hex(freeing.encodeStateAsUpdate())).doesNotContain("736563726574");
    }

    @Test
    void redundant_marks_of_concurrent_edits_are_deleted_unless_switched_off() {
        author.text("t").insert(0, "word");
        var other = Doc.load(Doc.Options.of(1), new Random(5), stored);
        author.text("t").format(0, 4, Map.of("bold", TRUE));
        other.text("t").format(0, 4, Map.of("bold", TRUE));
        byte[] theirs = other.encodeStateAsUpdate(author.stateVector());
        var relay = new Doc(new Doc.Options(9, true, false, DecodeLimits.STANDARD));
        relay.text("t");
        var written = new ArrayList<byte[]>();
        relay.applyUpdate(author.encodeStateAsUpdate());
        relay.onUpdate((update, _) -> written.add(update));
        relay.applyUpdate(theirs);
        stored.clear();
        author.applyUpdate(theirs);
        assertThat(written).hasSize(1);
        assertThat(stored).as("the update and the clean-up").hasSize(2);
        assertThat(relay.text("t").toDelta()).isEqualTo(author.text("t").toDelta());
    }

    @Test
    void sub_documents_are_kept_by_name() {
        var options = new HashMap<String, Value>(Map.of("meta", Value.of("m"), "gc", TRUE));
        author.map("m").set("sub", new Subdocument("guid-1", new Value.Obj(options)));
        var sub = loaded().map("m").get("sub");
        assertThat(sub).isInstanceOf(Subdocument.class);
        if (sub instanceof Subdocument(var guid, var kept)) {
            assertThat(guid).isEqualTo("guid-1");
            assertThat(kept.members()).isEqualTo(Map.of("meta", Value.of("m")));
        }
    }

    @Test
    void the_state_vector_of_an_update_is_that_of_its_document() {
        for (int i = 0; i < 50; i++) {
            RandomEdits.edit(new Random(i), author);
        }
        byte[] state = author.encodeStateAsUpdate();
        assertThat(Updates.stateVectorOf(state)).isEqualTo(author.stateVector());
        assertThat(Updates.stateVectorOf(stored.getLast())).isEqualTo(StateVector.EMPTY);
    }
}

package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// The memory that documents report, against the actual heap size.
class MemoryTest {
    private static final int COPIES = 10;
    private static final int ROUNDS = 3;

    @Test
    void a_document_knows_about_how_much_memory_it_holds() {
        var random = new Random(1);
        check("typed in one go", doc -> doc.text("t").insert(0, "x".repeat(200_000)));
        check(
                "typed here and there",
                doc -> {
                    for (int i = 0; i < 5_000; i++) {
                        doc.text("t")
                                .insert(random.nextInt((int) doc.text("t").length() + 1), "some ");
                    }
                });
        check("two bytes a unit", doc -> doc.text("t").insert(0, "日本".repeat(50_000)));
        check(
                "marks",
                doc -> {
                    doc.text("t").insert(0, "plain text ".repeat(2_000));
                    for (int i = 0; i < 2_000; i++) {
                        doc.text("t").format(i * 11L, 5, Map.of("bold", Value.of(true)));
                    }
                });
        check("bytes", doc -> doc.array("a").push(Value.of(new byte[300_000])));
        check(
                "values",
                doc -> {
                    for (int i = 0; i < 5_000; i++) {
                        doc.array("a").push(Value.of(Map.of("n", i)), Value.of("text " + i));
                    }
                });
        check(
                "entries",
                doc -> {
                    for (int i = 0; i < 3_000; i++) {
                        doc.map("m").set("key " + i, new YMap(Map.of("k", Value.of(i))));
                    }
                });
    }

    @Test
    void deleted_entries_are_no_longer_counted() {
        var doc = new Doc(Doc.Options.of(1));
        long empty = doc.retainedBytes();
        doc.array("a").push(Value.of(new byte[300_000]), new YMap(Map.of("k", Value.of("v"))));
        doc.text("t").insert(0, "x".repeat(100_000));
        assertThat(doc.retainedBytes()).isGreaterThan(400_000);
        doc.array("a").delete(0, 2);
        doc.text("t").delete(0, 100_000);
        assertThat(doc.retainedBytes()).isLessThan(empty + 1_500);
    }

    @Test
    void typing_with_and_without_an_observer_uses_the_same_memory() {
        var doc = new Doc(Doc.Options.of(1));
        var observed = new Doc(Doc.Options.of(1));
        observed.text("t").observe(_ -> {});
        for (int i = 0; i < 500; i++) {
            doc.text("t").insert(i, "x");
            observed.text("t").insert(i, "x");
        }
        assertThat(observed.retainedBytes()).isEqualTo(doc.retainedBytes());
    }

    private static void check(String what, Consumer<Doc> edit) {
        var made = new Doc(Doc.Options.of(1));
        edit.accept(made);
        byte[] state = made.encodeStateAsUpdate();
        var rounds = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
            rounds.add(measure(state));
        }
        long measured = rounds.stream().sorted().toList().get(ROUNDS / 2);
        long said = Doc.load(Doc.Options.of(1), new Random(1), List.of(state)).retainedBytes();
        assertThat((double) said / measured)
                .as("%s: said against measured (%d bytes)", what, measured)
                .isBetween(0.67, 1.5);
    }

    /// The heap that a document frees when it is dropped. Other threads may free memory meanwhile,
    /// so it is measured more than once.
    private static long measure(byte[] state) {
        var docs = new ArrayList<Doc>();
        for (int i = 0; i < COPIES; i++) {
            docs.add(Doc.load(Doc.Options.of(1), new Random(i), List.of(state)));
        }
        long with = Heap.used();
        assertThat(docs).hasSize(COPIES);
        docs.clear();
        return (with - Heap.used()) / COPIES;
    }
}

package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Equal edits in this library and in a live Yjs produce equal bytes: the positions of items and
/// marks are part of the format. Enabled by the properties of [LiveTest].
class LocalEditsTest {
    private static final int DOCUMENTS = 20;
    private static final int EDITS = 1_000;

    @Test
    @EnabledIfSystemProperty(named = "golden.cases", matches = "\\d+")
    void the_same_edits_have_the_same_bytes() throws IOException {
        long seed = Long.getLong("golden.seed", 1);
        for (long i = 0; i < DOCUMENTS; i++) {
            checkEdits(String.valueOf(seed + i), i % 2 == 1);
        }
        System.out.println("local: " + DOCUMENTS * EDITS + " edits have the bytes of yjs");
    }

    /// @param isObserved whether a type is observed, which disables the fast path of
    ///   [TypingFastPath]
    private static void checkEdits(String seed, boolean isObserved) throws IOException {
        var doc = new Doc(Doc.Options.of(1));
        if (isObserved) {
            doc.text("plain").observe(event -> assertThat(event.delta()).isNotNull());
        }
        int states = 0;
        try (var node = NodeYjs.start("local.mjs", seed, String.valueOf(EDITS))) {
            for (String line = node.output().readLine();
                    line != null;
                    line = node.output().readLine()) {
                var edit = ((Value.Obj) Json.parse(line)).members();
                if (text(edit, "op").equals("state")) {
                    assertThat(Golden.hex(doc.encodeStateAsUpdate()).equals(text(edit, "hex")))
                            .as("seed %s, state %d", seed, ++states)
                            .isTrue();
                } else {
                    make(edit, doc);
                }
            }
        }
        doc.checkInvariants();
        assertThat(states).isEqualTo(EDITS / 50);
    }

    private static void make(Map<String, Value> edit, Doc doc) {
        String root = text(edit, "root");
        switch (text(edit, "op")) {
            case "insert" -> {
                if (edit.containsKey("marks")) {
                    doc.text(root).insert(at(edit), text(edit, "text"), members(edit, "marks"));
                } else {
                    doc.text(root).insert(at(edit), text(edit, "text"));
                }
            }
            case "embed" ->
                    doc.text(root)
                            .insertEmbed(at(edit), member(edit, "value"), members(edit, "marks"));
            case "format" ->
                    doc.text(root).format(at(edit), number(edit, "count"), members(edit, "marks"));
            case "delete" -> {
                if (root.equals("list")) {
                    doc.array(root).delete(at(edit), number(edit, "count"));
                } else {
                    doc.text(root).delete(at(edit), number(edit, "count"));
                }
            }
            case "push" ->
                    doc.array(root)
                            .insert(
                                    at(edit),
                                    List.copyOf(((Value.Arr) member(edit, "values")).elements()));
            case "set" -> doc.map(root).set(text(edit, "key"), member(edit, "value"));
            case "remove" -> doc.map(root).delete(text(edit, "key"));
            default -> throw new IllegalStateException("unknown edit " + edit);
        }
    }

    private static Value member(Map<String, Value> members, String key) {
        var value = members.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no " + key + " in " + members);
        }
        return value;
    }

    private static Map<String, Value> members(Map<String, Value> edit, String key) {
        return ((Value.Obj) member(edit, key)).members();
    }

    private static String text(Map<String, Value> edit, String key) {
        return ((Value.Str) member(edit, key)).value();
    }

    private static long number(Map<String, Value> edit, String key) {
        return (long) ((Value.Num) member(edit, key)).value();
    }

    private static long at(Map<String, Value> edit) {
        return number(edit, "at");
    }

    @Test
    @EnabledIfSystemProperty(named = "traces", matches = ".+")
    void a_recorded_session_replayed_here_has_the_bytes_of_yjs() throws IOException {
        int count = 0;
        try (var files =
                Files.newDirectoryStream(Path.of(System.getProperty("traces")), "*.json.gz")) {
            for (var file : files) {
                var trace = Trace.read(file);
                if (!trace.isConcurrent()) {
                    var doc = new Doc(Doc.Options.of(1));
                    trace.transactions().forEach(transaction -> trace.apply(transaction, doc));
                    try (var node = NodeYjs.start("local.mjs", file.toAbsolutePath().toString())) {
                        String expected = node.output().readLine();
                        assertThat(Golden.hex(doc.encodeStateAsUpdate()).equals(expected))
                                .as("bytes of %s", file)
                                .isTrue();
                    }
                    count++;
                }
            }
        }
        System.out.println("traces: " + count + " have the bytes of yjs");
        assertThat(count).isPositive();
    }
}

package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A document with undo managers, edited and undone step by step, and the results of each step in
/// the real Yjs: see `golden/undo.mjs`.
final class UndoCase {
    private static final int HASH_DIGITS = 8;
    private static final long START = 1_000_000;

    private final String name;
    private final Doc doc;
    private final List<UndoManager> managers = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private Lib0Encoder events = new Lib0Encoder();
    private long now = START;
    private final boolean isReacting;
    private int undone;

    private UndoCase(String[] head) {
        name = head[1];
        doc =
                new Doc(
                        new Doc.Options(
                                Long.parseLong(head[3]),
                                head[2].equals("1"),
                                true,
                                DecodeLimits.STANDARD));
        doc.text("text");
        doc.text("rich");
        doc.array("list");
        doc.map("map");
        doc.xmlFragment("xml");
        doc.onUpdate((update, _) -> events.writeRaw(update));
        isReacting = head[4].equals("1");
        if (isReacting) {
            doc.text("text").observe(_ -> doc.map("map").set("k", Value.of(now)));
        }
    }

    /// The next case, or null at the end.
    static @Nullable UndoCase read(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line == null) {
            return null;
        }
        var read = new UndoCase(line.split(" ", -1));
        for (line = lines.readLine(); !"end".equals(line); line = lines.readLine()) {
            if (line == null) {
                throw new IOException("the cases end inside case " + read.name);
            }
            if (line.startsWith("manager ")) {
                read.managers.add(read.manager(line.split(" ", -1)));
            } else {
                read.steps.add(line);
            }
        }
        return read;
    }

    private UndoManager manager(String[] words) {
        var timeout = Duration.ofMillis(Long.parseLong(words[3]));
        var options =
                UndoManager.Options.standard()
                        .withCaptureTimeout(timeout, () -> Instant.ofEpochMilli(now))
                        .withTrackedOrigins(origins(words[2]))
                        .withOverwrites(words[4].equals("1"));
        if (words[1].equals("*")) {
            return new UndoManager(doc, options);
        }
        var scope = List.of(words[1].split(",", -1)).stream().map(this::root).toList();
        return new UndoManager(scope, options);
    }

    private static @Nullable Object[] origins(String words) {
        String[] names = words.split(",", -1);
        var origins = new @Nullable Object[names.length];
        for (int i = 0; i < names.length; i++) {
            origins[i] = origin(names[i]);
        }
        return origins;
    }

    private static @Nullable Object origin(String word) {
        return word.equals("-") ? null : word;
    }

    private SharedType root(String root) {
        return switch (root) {
            case "text", "rich" -> doc.text(root);
            case "list" -> doc.array(root);
            case "map" -> doc.map(root);
            case "xml" -> doc.xmlFragment(root);
            default -> throw new IllegalStateException("no root " + root);
        };
    }

    /// Makes all steps and compares the results of each; returns the number of undo and redo steps
    /// that changed anything.
    int check() {
        for (int i = 0; i < steps.size(); i++) {
            String[] halves = steps.get(i).split(" = ", -1);
            String[] words = halves[0].split(" ", -1);
            var place = "case %s, step %d, %s".formatted(name, i, words[1]);
            now += Long.parseLong(words[0]);
            events = new Lib0Encoder();
            if (words[1].equals("position")) {
                var position = RelativePosition.decode(Golden.bytes(words[2])).resolve(doc);
                assertThat(position == null ? -1 : position.index())
                        .as(place)
                        .isEqualTo(Long.parseLong(words[3]));
            } else {
                make(words);
                assertThat(results()).as(place).isEqualTo(halves[1]);
            }
        }
        doc.checkInvariants();
        return undone;
    }

    private void make(String[] words) {
        switch (words[1]) {
            case "edit" -> {
                var edits = (Value.Arr) Any.read(new Lib0Decoder(Golden.bytes(words[3])));
                doc.transact(
                        origin(words[2]),
                        _ -> edits.elements().forEach(edit -> make(members(edit))));
            }
            case "remote" -> doc.applyUpdate(Golden.bytes(words[3]), origin(words[2]));
            case "undo" -> undone += managers.get(index(words)).undo() == null ? 0 : 1;
            case "redo" -> undone += managers.get(index(words)).redo() == null ? 0 : 1;
            case "within" ->
                    doc.transact(
                            origin(words[2]),
                            _ -> {
                                var manager = managers.get(Integer.parseInt(words[3]));
                                undone += manager.undo() == null ? 0 : 1;
                            });
            case "scope" -> {
                long client = Long.parseLong(words[3]);
                managers.get(index(words)).addToScope(type(client, Long.parseLong(words[4])));
            }
            case "stop" -> managers.get(index(words)).stopCapturing();
            case "clear" ->
                    managers.get(index(words)).clear(words[3].equals("1"), words[4].equals("1"));
            default -> throw new IllegalStateException("unknown step " + words[1]);
        }
    }

    private static int index(String[] words) {
        return Integer.parseInt(words[2]);
    }

    private String results() {
        var contents =
                new Value.Arr(
                        List.of(
                                doc.text("text").toJson(),
                                GoldenCase.delta(doc.text("rich").toDelta()),
                                doc.array("list").toJson(),
                                doc.map("map").toJson()));
        var results = new StringBuilder();
        results.append(isReacting ? "-" : hash(events.toBytes())).append(' ');
        results.append(hash(doc.encodeStateAsUpdate())).append(' ');
        results.append(hash(GoldenCase.any(contents)));
        for (var manager : managers) {
            results.append(' ').append(manager.undoItems().size());
            results.append(' ').append(manager.redoItems().size());
        }
        return results.toString();
    }

    private static String hash(byte[] bytes) {
        return Golden.hash(bytes).substring(0, HASH_DIGITS);
    }

    private void make(Map<String, Value> edit) {
        var type = type(value(edit, "on"));
        var marks = edit.get("marks") instanceof Value.Obj(var given) ? given : null;
        switch (text(edit, "op")) {
            case "insert" -> {
                if (marks == null) {
                    ((YText) type).insert(number(edit, "at"), text(edit, "text"));
                } else {
                    ((YText) type).insert(number(edit, "at"), text(edit, "text"), marks);
                }
            }
            case "embed" ->
                    ((YText) type)
                            .insertEmbed(
                                    number(edit, "at"),
                                    value(edit, "value"),
                                    marks == null ? Map.of() : marks);
            case "embedType" ->
                    ((YText) type).insertEmbed(number(edit, "at"), template(edit), Map.of());
            case "format" ->
                    ((YText) type)
                            .format(
                                    number(edit, "at"),
                                    number(edit, "count"),
                                    marks == null ? Map.of() : marks);
            case "delete" -> delete(type, number(edit, "at"), number(edit, "count"));
            case "add" -> ((YArray) type).insert(number(edit, "at"), elements(edit, "values"));
            case "addType" -> ((YArray) type).insert(number(edit, "at"), List.of(template(edit)));
            case "set" -> ((YMap) type).set(text(edit, "key"), value(edit, "value"));
            case "setType" -> ((YMap) type).set(text(edit, "key"), template(edit));
            case "unset" -> ((YMap) type).delete(text(edit, "key"));
            default -> throw new IllegalStateException("unknown edit " + edit);
        }
    }

    private static void delete(SharedType type, long at, long count) {
        if (type instanceof YText text) {
            text.delete(at, count);
        } else {
            ((YArray) type).delete(at, count);
        }
    }

    /// A root by its name, or a nested type by the id of its item.
    private SharedType type(Value on) {
        if (on instanceof Value.Arr(var id)) {
            return type(number(id.getFirst()), number(id.getLast()));
        }
        return root(((Value.Str) on).value());
    }

    private SharedType type(long client, long clock) {
        var item = (Item) doc.store.find(client, clock);
        return SharedType.of(((Content.Type) item.content).branch());
    }

    private static SharedType template(Map<String, Value> edit) {
        var members = members(value(edit, "type"));
        return switch (text(members, "kind")) {
            case "text" -> new YText(text(members, "value"));
            case "array" -> new YArray(elements(members, "value"));
            case "map" -> new YMap(new LinkedHashMap<>(members(value(members, "value"))));
            default -> throw new IllegalStateException("unknown type " + members);
        };
    }

    private static Value value(Map<String, Value> members, String key) {
        var value = members.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no " + key + " in " + members);
        }
        return value;
    }

    private static Map<String, Value> members(Value value) {
        return ((Value.Obj) value).members();
    }

    private static String text(Map<String, Value> members, String key) {
        return ((Value.Str) value(members, key)).value();
    }

    private static List<Value> elements(Map<String, Value> members, String key) {
        return ((Value.Arr) value(members, key)).elements();
    }

    private static long number(Map<String, Value> members, String key) {
        return number(value(members, key));
    }

    private static long number(Value value) {
        return (long) ((Value.Num) value).value();
    }
}

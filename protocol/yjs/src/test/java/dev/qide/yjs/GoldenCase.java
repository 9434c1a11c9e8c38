package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One history and its results in the real Yjs: see `golden/cases.mjs`.
final class GoldenCase {
    private final String name;
    private final boolean collectsGarbage;
    private final List<byte[]> updates = new ArrayList<>();
    private final List<String[]> expectations = new ArrayList<>();

    private GoldenCase(String[] head) {
        name = head[1];
        collectsGarbage = head[2].equals("1");
    }

    /// The next case, or null at the end.
    static @Nullable GoldenCase read(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line == null) {
            return null;
        }
        var golden = new GoldenCase(line.split(" ", -1));
        for (line = lines.readLine(); !"end".equals(line); line = lines.readLine()) {
            if (line == null) {
                throw new IOException("the cases end inside case " + golden.name);
            }
            String[] words = line.split(" ", -1);
            if (words[0].equals("update")) {
                golden.updates.add(Golden.bytes(words[1]));
            } else {
                golden.expectations.add(words);
            }
        }
        return golden;
    }

    List<byte[]> updates() {
        return updates;
    }

    static Doc typed(boolean collectsGarbage) {
        var doc =
                new Doc(new Doc.Options(999_999_937, collectsGarbage, true, DecodeLimits.STANDARD));
        doc.text("text");
        doc.text("rich");
        doc.array("list");
        doc.map("map");
        doc.xmlFragment("xml");
        return doc;
    }

    /// Replays the history with the Java engine and compares all results.
    void check() {
        var doc = typed(collectsGarbage);
        var known = StateVector.EMPTY;
        var snapshot = Snapshot.EMPTY;
        byte[] merged = {};
        byte[] mergedV2 = {};
        var restored = typed(false);
        for (String[] words : expectations) {
            switch (words[0]) {
                case "half" -> applyAll(doc, updates.subList(0, Integer.parseInt(words[1])));
                case "halfway" -> {
                    checkState(doc, words);
                    known = doc.stateVector();
                    snapshot = Snapshot.of(doc);
                    int half = Integer.parseInt(expectations.getFirst()[1]);
                    applyAll(doc, updates.subList(half, updates.size()));
                }
                case "whole" -> checkState(doc, words);
                case "since" -> {
                    same(words, words[1], doc.encodeStateAsUpdate(known));
                    sameHash(words, words[2], doc.encodeStateAsUpdateV2(known));
                }
                case "json" -> {
                    same(words, words[1], any(doc.text("text").toJson()));
                    same(words, words[2], any(doc.array("list").toJson()));
                    same(words, words[3], any(doc.map("map").toJson()));
                }
                case "delta" -> same(words, words[1], any(delta(doc.text("rich").toDelta())));
                case "position" -> checkPosition(doc, words);
                case "merge" -> {
                    var some = new ArrayList<byte[]>();
                    for (String index : words[1].split(",", -1)) {
                        if (!index.isEmpty()) {
                            some.add(updates.get(Integer.parseInt(index)));
                        }
                    }
                    merged = Updates.merge(some);
                    same(words, words[2], merged);
                    var someV2 = some.stream().map(UpdateV2Encoder::fromDocument).toList();
                    mergedV2 = Updates.mergeV2(someV2);
                    sameHash(words, words[3], mergedV2);
                }
                case "vector" -> {
                    same(words, words[1], Updates.stateVectorOf(merged).encode());
                    sameHash(words, words[2], Updates.stateVectorOfV2(mergedV2).encode());
                }
                case "diff" -> {
                    same(words, words[1], Updates.diff(merged, known));
                    sameHash(words, words[2], Updates.diffV2(mergedV2, known));
                }
                case "loaded" -> {
                    var loaded = typed(collectsGarbage);
                    loaded.applyUpdate(Updates.merge(updates));
                    loaded.checkInvariants();
                    checkState(loaded, words);
                }
                case "converted" -> checkConverted(words);
                case "snapshot" -> checkSnapshot(snapshot, words);
                case "restored" -> {
                    restored = typed(false);
                    snapshot.restore(doc, restored);
                    restored.checkInvariants();
                    checkState(restored, words);
                }
                case "text" -> {
                    same(words, words[1], any(restored.text("text").toJson()));
                    same(words, words[2], any(delta(restored.text("rich").toDelta())));
                }
                default -> throw new IllegalStateException("unknown line " + words[0]);
            }
        }
    }

    /// Each update in format v2 as a document wrote it, converted from v1, and back.
    private void checkConverted(String[] words) {
        var written = new Lib0Encoder();
        var converted = new Lib0Encoder();
        var back = new Lib0Encoder();
        for (byte[] update : updates) {
            written.writeRaw(UpdateV2Encoder.fromDocument(update));
            byte[] v2 = Updates.toV2(update);
            converted.writeRaw(v2);
            back.writeRaw(Updates.toV1(v2));
        }
        sameHash(words, words[1], written.toBytes());
        sameHash(words, words[2], converted.toBytes());
        sameHash(words, words[3], back.toBytes());
    }

    private void checkSnapshot(Snapshot snapshot, String[] words) {
        same(words, words[1], snapshot.encode());
        sameHash(words, words[2], snapshot.encodeV2());
        assertThat(Snapshot.decode(snapshot.encode())).isEqualTo(snapshot);
        assertThat(Snapshot.decodeV2(snapshot.encodeV2())).isEqualTo(snapshot);
    }

    private static void applyAll(Doc doc, List<byte[]> updates) {
        updates.forEach(doc::applyUpdate);
        doc.checkInvariants();
    }

    private void checkState(Doc doc, String[] words) {
        same(words, words[1], doc.stateVector().encode());
        same(words, words[2], doc.encodeStateAsUpdate());
        sameHash(words, words[3], doc.encodeStateAsUpdateV2(StateVector.EMPTY));
    }

    private void checkPosition(Doc doc, String[] words) {
        var text = doc.text(words[1]);
        var position =
                RelativePosition.of(text, Long.parseLong(words[2]), Integer.parseInt(words[3]));
        same(words, words[4], position.encode());
        assertThat(RelativePosition.decode(position.encode())).isEqualTo(position);
        var resolved = position.resolve(doc);
        assertThat(resolved == null ? -1 : resolved.index())
                .as("case %s: position %s", name, String.join(" ", words))
                .isEqualTo(Long.parseLong(words[5]));
    }

    private void same(String[] words, String expected, byte[] actual) {
        if (!expected.equals(Golden.hex(actual))) {
            assertThat(Golden.hex(actual)).as("case %s: %s", name, words[0]).isEqualTo(expected);
        }
    }

    /// Compares with the first 64 bits of a SHA-256.
    private void sameHash(String[] words, String expected, byte[] actual) {
        assertThat(Golden.hash(actual).substring(0, expected.length()))
                .as("case %s: hash of %s in format v2: %s", name, words[0], Golden.hex(actual))
                .isEqualTo(expected);
    }

    static byte[] any(Value value) {
        var encoder = new Lib0Encoder();
        Any.write(encoder, canonical(value));
        return encoder.toBytes();
    }

    static Value delta(List<Delta> delta) {
        var steps = new ArrayList<Value>();
        for (var step : delta) {
            var members = new LinkedHashMap<String, Value>();
            var attributes =
                    switch (step) {
                        case Delta.InsertText(var text, var marks) -> {
                            members.put("insert", new Value.Str(text));
                            yield marks;
                        }
                        case Delta.InsertEmbed(Value value, var marks) -> {
                            members.put("insert", value);
                            yield marks;
                        }
                        case Delta.InsertEmbed(var type, var marks) -> {
                            var inner = new LinkedHashMap<String, Value>();
                            inner.put("type", ContentConversion.toJson(type));
                            members.put("insert", new Value.Obj(inner));
                            yield marks;
                        }
                        case Delta.InsertElements _, Delta.Retain _, Delta.Delete _ ->
                                throw new IllegalStateException("no description of content");
                    };
            if (!attributes.isEmpty()) {
                members.put("attributes", new Value.Obj(attributes));
            }
            steps.add(new Value.Obj(members));
        }
        return new Value.Arr(steps);
    }

    private static Value canonical(Value value) {
        return switch (value) {
            case Value.Arr(var elements) ->
                    new Value.Arr(elements.stream().map(GoldenCase::canonical).toList());
            case Value.Obj(var members) -> {
                var sorted = new TreeMap<String, Value>();
                members.forEach((key, member) -> sorted.put(key, canonical(member)));
                yield new Value.Obj(PropertyOrder.sorted(sorted));
            }
            default -> value;
        };
    }
}

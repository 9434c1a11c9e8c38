package dev.qide.yjs;

import java.util.List;
import java.util.Map;
import java.util.Random;

/// Random edits of a document with the roots `text`, `rich`, `list` and `map`.
final class RandomEdits {
    private static final List<String> WORDS =
            List.of("a", "bc", "hello ", "é", "😀", "𝒳y", "日本", "\n", "the quick fox ");

    /// Words without surrogate pairs: a redundant mark that begins inside a pair breaks it in one
    /// replica only, as in Yjs (yjs/yjs#248). Every text that a replica may mark consists of these
    /// words, also inside lists: the live peer marks all texts but the root `text`.
    private static final List<String> RICH_WORDS =
            WORDS.stream()
                    .filter(word ->
                            word.codePoints().noneMatch(Character::isSupplementaryCodePoint))
                    .toList();

    private static final List<Map<String, Value>> MARKS =
            List.of(
                    Map.of("bold", Value.of(true)),
                    Map.of("bold", Value.NULL),
                    Map.of("color", Value.of("red")),
                    Map.of("color", Value.NULL));

    private RandomEdits() {}

    static void edit(Random random, Doc doc) {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> editText(random, doc.text("text"), WORDS);
            case 3 -> editText(random, doc.text("rich"), RICH_WORDS);
            case 4 -> editRich(random, doc.text("rich"));
            case 5 -> editList(random, doc.array("list"));
            case 6 -> editMap(random, doc.map("map"));
            default ->
                    doc.transact(() -> {
                        editText(random, doc.text("text"), WORDS);
                        editText(random, doc.text("text"), WORDS);
                        editMap(random, doc.map("map"));
                    });
        }
    }

    private static <T> T of(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static int place(Random random, long length) {
        int bound = (int) (random.nextInt(3) == 0 ? Math.min(length, 3) : length);
        return random.nextInt(bound + 1);
    }

    private static void editText(Random random, YText text, List<String> words) {
        if (text.length() > 0 && random.nextInt(3) == 0) {
            int at = random.nextInt((int) text.length());
            text.delete(at, 1 + random.nextInt((int) Math.min(5, text.length() - at)));
        } else {
            text.insert(place(random, text.length()), of(random, words));
        }
    }

    private static void editRich(Random random, YText text) {
        if (text.length() == 0) {
            text.insert(0, of(random, RICH_WORDS));
            return;
        }
        int at = random.nextInt((int) text.length());
        int length = 1 + random.nextInt((int) Math.min(8, text.length() - at));
        switch (random.nextInt(5)) {
            case 0, 1 -> text.format(at, length, of(random, MARKS));
            case 2 -> text.insert(at, of(random, RICH_WORDS), of(random, MARKS));
            case 3 -> text.insertEmbed(at, Value.of(Map.of("image", "y.png")), Map.of());
            default ->
                    text.applyDelta(
                            List.of(
                                    new Delta.Retain(at, Map.of()),
                                    new Delta.InsertText("δ", Map.of("italic", Value.of(true))),
                                    new Delta.Delete(1)));
        }
    }

    private static void editList(Random random, YArray list) {
        if (list.length() > 0 && random.nextInt(3) == 0) {
            list.delete(random.nextInt((int) list.length()), 1);
            return;
        }
        int at = place(random, list.length());
        switch (random.nextInt(3)) {
            case 0 -> list.insert(at, List.of(new YText(of(random, RICH_WORDS))));
            case 1 -> list.insert(at, List.of(new YMap(Map.of("k", Value.of(1)))));
            default ->
                    list.insert(
                            at,
                            List.of(
                                    Value.of(random.nextInt(100)),
                                    Value.of(of(random, WORDS)),
                                    Value.of(new byte[] {1, 2}),
                                    Value.NULL,
                                    Value.of(0.1)));
        }
    }

    private static void editMap(Random random, YMap map) {
        String key = of(random, List.of("k", "é", "title"));
        switch (random.nextInt(4)) {
            case 0 -> map.delete(key);
            case 1 -> map.set(key, new YArray(List.of(Value.of(1), Value.of("x"))));
            default -> map.set(key, Value.of(random.nextInt(9)));
        }
    }
}

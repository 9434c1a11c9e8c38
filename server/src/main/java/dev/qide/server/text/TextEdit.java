package dev.qide.server.text;

import dev.qide.yjs.Delta;
import dev.qide.yjs.YText;
import java.util.ArrayList;
import java.util.List;

/// Minimal edits from one text to another, which disturb concurrent typing as little as possible.
public final class TextEdit {
    private static final long STEPS = 50_000_000;
    private static final int REFINED_CHARACTERS = 64 << 10;

    /// Replaces `removed` UTF-16 units at `from`.
    public record Hunk(int from, int removed, String inserted) {}

    private TextEdit() {}

    /// The differences, by lines, and by words within changed lines; never splits a surrogate pair.
    ///
    /// @return in ascending order; hunks do not touch; empty when the texts are equal
    public static List<Hunk> between(String before, String after) {
        var cost = new TextDiff.Cost(STEPS);
        var hunks = new ArrayList<Hunk>();
        for (var lines :
                split(
                        TokenSequence.Granularity.LINES,
                        new Hunk(0, before.length(), after),
                        before,
                        cost)) {
            boolean isRefined = lines.removed() + lines.inserted().length() <= REFINED_CHARACTERS;
            for (var hunk :
                    isRefined
                            ? split(TokenSequence.Granularity.WORDS, lines, before, cost)
                            : List.of(lines)) {
                hunks.add(trimmed(hunk, before));
            }
        }
        return hunks;
    }

    /// Splits a hunk into equivalent hunks of a finer granularity.
    private static List<Hunk> split(
            TokenSequence.Granularity granularity, Hunk hunk, String text, TextDiff.Cost cost) {
        if (hunk.removed() == 0 || hunk.inserted().isEmpty()) {
            return hunk.removed() == 0 && hunk.inserted().isEmpty() ? List.of() : List.of(hunk);
        }
        var vocabulary = new TokenSequence.Vocabulary();
        var before =
                TokenSequence.of(
                        text.substring(hunk.from(), hunk.from() + hunk.removed()), granularity);
        var after = TokenSequence.of(hunk.inserted(), granularity);
        var numbers = before.numbers(vocabulary);
        var others = after.numbers(vocabulary);
        return TextDiff.between(numbers, others, vocabulary.size(), cost).stream()
                .map(found ->
                        new Hunk(
                                hunk.from() + before.start(found.from()),
                                before.start(found.to()) - before.start(found.from()),
                                after.text(found.otherFrom(), found.otherTo())))
                .toList();
    }

    /// Removes the common prefix and suffix.
    private static Hunk trimmed(Hunk hunk, String text) {
        int end = hunk.from() + hunk.removed();
        var inserted = hunk.inserted();
        int start = 0;
        int shorter = Math.min(hunk.removed(), inserted.length());
        while (start < shorter && text.charAt(hunk.from() + start) == inserted.charAt(start)) {
            start++;
        }
        int from = hunk.from() + start;
        if (isInsidePair(text, from) || isInsidePair(inserted, start)) {
            start--;
            from--;
        }
        int insertedEnd = inserted.length();
        while (end > from
                && insertedEnd > start
                && text.charAt(end - 1) == inserted.charAt(insertedEnd - 1)) {
            end--;
            insertedEnd--;
        }
        if (isInsidePair(text, end) || isInsidePair(inserted, insertedEnd)) {
            end++;
            insertedEnd++;
        }
        return new Hunk(from, end - from, inserted.substring(start, insertedEnd));
    }

    /// Applies ascending, non-overlapping hunks, from last to first.
    public static void apply(YText text, List<Hunk> hunks) {
        var positions = characterPositions(text);
        for (var hunk : hunks.reversed()) {
            int end = hunk.from() + hunk.removed();
            while (end > hunk.from()) {
                int start = end - 1;
                while (start > hunk.from() && positions[start] == positions[start - 1] + 1) {
                    start--;
                }
                text.delete(positions[start], (long) end - start);
                end = start;
            }
            if (!hunk.inserted().isEmpty()) {
                text.insert(positions[hunk.from()], hunk.inserted());
            }
        }
    }

    /// The position of each character and of the end. Embedded objects occupy a position that the
    /// plain text does not show.
    private static int[] characterPositions(YText text) {
        var positions = new int[text.toString().length() + 1];
        int character = 0;
        int position = 0;
        for (var part : text.toDelta()) {
            if (part instanceof Delta.InsertText(var inserted, _)) {
                for (int i = 0; i < inserted.length(); i++) {
                    positions[character++] = position++;
                }
            } else {
                position++;
            }
        }
        positions[character] = position;
        return positions;
    }

    private static boolean isInsidePair(String text, int at) {
        return at > 0
                && at < text.length()
                && Character.isHighSurrogate(text.charAt(at - 1))
                && Character.isLowSurrogate(text.charAt(at));
    }
}

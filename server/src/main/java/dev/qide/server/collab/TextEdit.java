package dev.qide.server.collab;

import dev.qide.yjs.Delta;
import dev.qide.yjs.YText;
import java.util.List;

/// The edit that makes one text of another, small enough not to disturb who types elsewhere in it.
final class TextEdit {
    /// Replaces `removed` UTF-16 units from `from` on.
    record Hunk(int from, int removed, String inserted) {}

    private TextEdit() {}

    /// What is between the common beginning and the common end; no surrogate pair is cut.
    ///
    /// @return no hunk when the texts are equal
    static List<Hunk> between(String before, String after) {
        int start = 0;
        int shorter = Math.min(before.length(), after.length());
        while (start < shorter && before.charAt(start) == after.charAt(start)) {
            start++;
        }
        if (start == before.length() && start == after.length()) {
            return List.of();
        }
        if (isInsidePair(before, start) || isInsidePair(after, start)) {
            start--;
        }
        int beforeEnd = before.length();
        int afterEnd = after.length();
        while (beforeEnd > start
                && afterEnd > start
                && before.charAt(beforeEnd - 1) == after.charAt(afterEnd - 1)) {
            beforeEnd--;
            afterEnd--;
        }
        if (isInsidePair(before, beforeEnd) || isInsidePair(after, afterEnd)) {
            beforeEnd++;
            afterEnd++;
        }
        return List.of(new Hunk(start, beforeEnd - start, after.substring(start, afterEnd)));
    }

    /// Applies hunks, which are in ascending order and do not overlap, from the back to the front.
    static void apply(YText text, List<Hunk> hunks) {
        var places = placesOfCharacters(text);
        for (var hunk : hunks.reversed()) {
            int end = hunk.from() + hunk.removed();
            while (end > hunk.from()) {
                int start = end - 1;
                while (start > hunk.from() && places[start] == places[start - 1] + 1) {
                    start--;
                }
                text.delete(places[start], (long) end - start);
                end = start;
            }
            if (!hunk.inserted().isEmpty()) {
                text.insert(places[hunk.from()], hunk.inserted());
            }
        }
    }

    /// The position of each character, and behind them the end: embedded objects take a position
    /// each, which the plain text does not show.
    private static int[] placesOfCharacters(YText text) {
        var places = new int[text.toString().length() + 1];
        int character = 0;
        int place = 0;
        for (var part : text.toDelta()) {
            if (part instanceof Delta.InsertText(var inserted, _)) {
                for (int i = 0; i < inserted.length(); i++) {
                    places[character++] = place++;
                }
            } else {
                place++;
            }
        }
        places[character] = place;
        return places;
    }

    private static boolean isInsidePair(String text, int at) {
        return at > 0
                && at < text.length()
                && Character.isHighSurrogate(text.charAt(at - 1))
                && Character.isLowSurrogate(text.charAt(at));
    }
}

package dev.qide.server.session.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.text.TextEdit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Moves ranges (LSP 3.18, "Range") of one text to where the same characters are in another text,
/// in which others have typed since. Not changed; both texts have LF only.
public final class MovedRanges {
    private final String before;
    private final String after;
    private final int[] linesBefore;
    private final int[] linesAfter;
    private final List<TextEdit.Hunk> hunks;

    /// By how much the text moves behind the first hunks, by their number.
    private final int[] shifts;

    /// @param before the text that the ranges refer to
    /// @param after the text that they shall refer to
    public MovedRanges(String before, String after) {
        this.before = before;
        this.after = after;
        linesBefore = lineStarts(before);
        linesAfter = lineStarts(after);
        hunks = TextEdit.between(before, after);
        shifts = new int[hunks.size() + 1];
        for (int i = 0; i < hunks.size(); i++) {
            var hunk = hunks.get(i);
            shifts[i + 1] = shifts[i] + hunk.inserted().length() - hunk.removed();
        }
    }

    /// Moves a range.
    ///
    /// @param range of the text before; changed in place
    /// @return false when it is malformed, or when its characters or the word around them changed
    public boolean move(JsonObject range) {
        var start = offset(range.get("start"));
        var end = offset(range.get("end"));
        if (start == null || end == null || end < start) {
            return false;
        }
        // The hunks before the range: they are in order, and do not overlap.
        int passed = firstEndingAfter(start);
        var next = passed < hunks.size() ? hunks.get(passed) : null;
        if (next != null && next.from() < end) {
            return false;
        }
        boolean isTouched =
                (next != null && next.from() == end)
                        || (passed > 0 && end(hunks.get(passed - 1)) == start);
        int shift = shifts[passed];
        if (isTouched && (isInWord(start + shift) || isInWord(end + shift))) {
            return false;
        }
        range.add("start", position(start + shift));
        range.add("end", position(end + shift));
        return true;
    }

    /// The number of hunks that end at an offset or before.
    private int firstEndingAfter(int offset) {
        int low = 0;
        int high = hunks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(hunks.get(middle)) <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int end(TextEdit.Hunk hunk) {
        return hunk.from() + hunk.removed();
    }

    /// Whether a word continues across an offset of the text after.
    private boolean isInWord(int offset) {
        return offset > 0
                && offset < after.length()
                && Character.isJavaIdentifierPart(after.charAt(offset - 1))
                && Character.isJavaIdentifierPart(after.charAt(offset));
    }

    /// A position beyond a line's end means its end, and a line beyond the last one the text's end.
    private @Nullable Integer offset(@Nullable JsonElement position) {
        if (!(position instanceof JsonObject it
                && it.get("line") instanceof JsonPrimitive line
                && it.get("character") instanceof JsonPrimitive character)) {
            return null;
        }
        int number = line.getAsInt();
        if (number < 0 || character.getAsInt() < 0) {
            return null;
        }
        if (number >= linesBefore.length) {
            return before.length();
        }
        boolean isLast = number + 1 == linesBefore.length;
        int end = isLast ? before.length() : linesBefore[number + 1] - 1;
        return Math.min(end, linesBefore[number] + character.getAsInt());
    }

    private JsonObject position(int offset) {
        int found = Arrays.binarySearch(linesAfter, offset);
        int line = found >= 0 ? found : -found - 2;
        var position = new JsonObject();
        position.addProperty("line", line);
        position.addProperty("character", offset - linesAfter[line]);
        return position;
    }

    private static int[] lineStarts(String text) {
        var starts = new int[(int) text.chars().filter(c -> c == '\n').count() + 1];
        int line = 0;
        for (int i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) {
            starts[++line] = i + 1;
        }
        return starts;
    }
}

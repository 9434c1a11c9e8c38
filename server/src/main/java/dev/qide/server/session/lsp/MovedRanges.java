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

    /// @param before the text that the ranges refer to
    /// @param after the text that they shall refer to
    public MovedRanges(String before, String after) {
        this.before = before;
        this.after = after;
        linesBefore = lineStarts(before);
        linesAfter = lineStarts(after);
        hunks = TextEdit.between(before, after);
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
        int shift = 0;
        boolean isTouched = false;
        for (var hunk : hunks) {
            int hunkEnd = hunk.from() + hunk.removed();
            if (hunkEnd <= start) {
                shift += hunk.inserted().length() - hunk.removed();
            } else if (hunk.from() < end) {
                return false;
            }
            isTouched |= hunkEnd == start || hunk.from() == end;
        }
        if (isTouched && (isInWord(start + shift) || isInWord(end + shift))) {
            return false;
        }
        range.add("start", position(start + shift));
        range.add("end", position(end + shift));
        return true;
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

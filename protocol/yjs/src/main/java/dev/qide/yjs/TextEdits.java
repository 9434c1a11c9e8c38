package dev.qide.yjs;

import java.util.LinkedHashMap;
import java.util.Map;

/// Edits of a text with marks.
///
/// A mark is a separate item: from there on `key` has a value. So an edit inserts the wanted marks
/// before its content, and after it marks that restore the previous values; existing marks are
/// reused.
final class TextEdits {
    private TextEdits() {}

    static Content content(String text) {
        return TextRun.of(text);
    }

    static Content content(Element embed) {
        return switch (embed) {
            case SharedType type -> ContentConversion.of(type);
            case Value value -> new Content.Embed(Json.print(value));
            case Subdocument _ ->
                    throw new IllegalArgumentException("a text embeds no sub-document");
        };
    }

    /// Inserts content with exactly `attributes`.
    static void insert(TextCursor cursor, Content content, Map<String, Value> attributes) {
        cursor.attributes.keySet().forEach(key -> attributes.putIfAbsent(key, Value.NULL));
        passRedundant(cursor, attributes);
        var restore = begin(cursor, attributes);
        cursor.insert(content);
        end(cursor, restore);
    }

    /// Gives the next `length` units `attributes`. Beyond the end of the text it adds line endings,
    /// as Yjs does for editors that count one more.
    static void format(TextCursor cursor, long length, Map<String, Value> attributes) {
        passRedundant(cursor, attributes);
        var restore = begin(cursor, attributes);
        long rest = length;
        while (cursor.right != null && (rest > 0 || passesMarks(cursor, restore))) {
            var item = cursor.right;
            if (!item.isDeleted()) {
                if (item.content instanceof Content.Format format) {
                    if (!replaceMark(cursor, item, format, attributes, restore, rest)) {
                        break;
                    }
                } else {
                    cursor.cutRight(rest);
                    rest -= item.length;
                }
            }
            cursor.forward();
        }
        if (rest > 0) {
            cursor.insert(content("\n".repeat(Math.toIntExact(rest))));
        }
        end(cursor, restore);
    }

    private static boolean passesMarks(TextCursor cursor, Map<String, Value> restore) {
        var item = cursor.right;
        return !restore.isEmpty()
                && item != null
                && (item.isDeleted() || item.content instanceof Content.Format);
    }

    /// Handles an old mark inside the formatted range; returns false if the range ends before it.
    private static boolean replaceMark(
            TextCursor cursor,
            Item item,
            Content.Format format,
            Map<String, Value> attributes,
            Map<String, Value> restore,
            long rest) {
        var wanted = attributes.get(format.key());
        if (wanted == null) {
            cursor.attributes.put(format.key(), format.value());
            return true;
        }
        if (Attributes.equal(wanted, format.value())) {
            restore.remove(format.key());
        } else {
            if (rest == 0) {
                return false;
            }
            restore.put(format.key(), format.value());
        }
        item.delete(cursor.transaction);
        return true;
    }

    /// Deletes the next `length` units and the marks that then apply to nothing.
    static void delete(TextCursor cursor, long length) {
        var attributesBefore = new LinkedHashMap<>(cursor.attributes);
        var first = cursor.right;
        long rest = length;
        while (rest > 0 && cursor.right != null) {
            var item = cursor.right;
            if (item.isVisible()) {
                cursor.cutRight(rest);
                rest -= item.length;
                item.delete(cursor.transaction);
            }
            cursor.forward();
        }
        if (first != null) {
            FormatCleanup.cleanGap(
                    cursor.transaction, first, cursor.right, attributesBefore, cursor.attributes);
        }
    }

    static void apply(TextCursor cursor, Delta step) {
        switch (step) {
            case Delta.InsertText(var text, var marks) -> {
                if (!text.isEmpty()) {
                    insert(cursor, content(text), new LinkedHashMap<>(marks));
                }
            }
            case Delta.InsertEmbed(var embed, var marks) ->
                    insert(cursor, content(embed), new LinkedHashMap<>(marks));
            case Delta.Retain(var length, var marks) -> format(cursor, length, marks);
            case Delta.Delete(var length) -> delete(cursor, length);
            case Delta.InsertElements _ ->
                    throw new IllegalArgumentException("elements belong into an array");
        }
    }

    /// Moves past deleted items and past marks that already have the wanted value.
    private static void passRedundant(TextCursor cursor, Map<String, Value> attributes) {
        while (cursor.right != null) {
            var format = cursor.formatToTheRight();
            boolean isWanted =
                    format != null
                            && Attributes.equal(
                                    Attributes.get(attributes, format.key()), format.value());
            if (!cursor.right.isDeleted() && !isWanted) {
                return;
            }
            cursor.forward();
        }
    }

    /// Inserts the wanted marks that do not apply yet; returns the previous values.
    private static Map<String, Value> begin(TextCursor cursor, Map<String, Value> attributes) {
        var restore = new LinkedHashMap<String, Value>();
        attributes.forEach((key, wanted) -> {
            var held = Attributes.get(cursor.attributes, key);
            if (!Attributes.equal(held, wanted)) {
                restore.put(key, held);
                cursor.insert(Content.Format.of(key, wanted));
            }
        });
        return restore;
    }

    /// Inserts the marks that restore the previous values, except existing ones.
    private static void end(TextCursor cursor, Map<String, Value> restore) {
        while (cursor.right != null) {
            var format = cursor.formatToTheRight();
            boolean isRestored =
                    format != null
                            && restore.containsKey(format.key())
                            && Attributes.equal(
                                    Attributes.get(restore, format.key()), format.value());
            if (!cursor.right.isDeleted() && !isRestored) {
                break;
            }
            if (format != null) {
                restore.remove(format.key());
            }
            cursor.forward();
        }
        restore.forEach((key, value) -> cursor.insert(Content.Format.of(key, value)));
    }
}

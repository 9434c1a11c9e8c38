package dev.qide.yjs;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A text that replicas edit together (`Y.Text`), plain or with marks and embedded objects.
/// Positions and lengths count UTF-16 units, as in Java strings; an embedded object counts as one.
/// See [SharedType].
public final class YText extends SharedType {
    YText(Branch branch) {
        super(branch);
    }

    /// An empty text, to be inserted somewhere.
    public YText() {
        this("");
    }

    /// A text with the initial content `text`, to be inserted somewhere.
    public YText(String text) {
        super(PreliminaryTypes.branch(Branch.Kind.TEXT, null, null));
        if (!text.isEmpty()) {
            branch.template = _ -> insert(0, text);
        }
    }

    /// Inserts text with the marks of the text before it.
    ///
    /// @throws IndexOutOfBoundsException beyond the end
    public void insert(long position, String text) {
        if (!text.isEmpty()) {
            doc().transact(null, transaction -> insert(transaction, position, text));
        }
    }

    private void insert(Transaction transaction, long position, String text) {
        if (branch.hasFormats) {
            var cursor = TextCursor.at(transaction, branch, position);
            var marks = new LinkedHashMap<>(cursor.attributes);
            TextEdits.insert(cursor, TextEdits.content(text), marks);
            return;
        }
        var right = LocalEdits.firstLivingAt(transaction, branch, position);
        var left = right == null ? LocalEdits.lastOf(branch, position) : right.left;
        if (!TypingFastPath.append(transaction, left, right, text)) {
            LocalEdits.insert(transaction, branch, left, right, TextEdits.content(text));
        }
    }

    /// Inserts text with exactly these marks.
    ///
    /// @throws IndexOutOfBoundsException beyond the end
    public void insert(long position, String text, Map<String, Value> attributes) {
        if (!text.isEmpty()) {
            insertContent(position, TextEdits.content(text), attributes);
        }
    }

    /// Inserts an object or a shared type, with exactly these marks.
    ///
    /// @throws IndexOutOfBoundsException beyond the end
    public void insertEmbed(long position, Element embed, Map<String, Value> attributes) {
        insertContent(position, TextEdits.content(embed), attributes);
    }

    private void insertContent(long position, Content content, Map<String, Value> attributes) {
        doc().transact(
                        null,
                        transaction ->
                                TextEdits.insert(
                                        TextCursor.at(transaction, branch, position),
                                        content,
                                        new LinkedHashMap<>(attributes)));
    }

    /// Deletes `length` units from `position`.
    ///
    /// @throws IndexOutOfBoundsException outside the text
    public void delete(long position, long length) {
        LocalEdits.checkPosition(branch, position + length);
        if (length == 0) {
            return;
        }
        doc().transact(
                        null,
                        transaction -> {
                            if (branch.hasFormats) {
                                var cursor = TextCursor.at(transaction, branch, position);
                                TextEdits.delete(cursor, length);
                            } else {
                                LocalEdits.deleteList(transaction, branch, position, length);
                            }
                        });
    }

    /// Changes marks; [Value#NULL] removes one.
    ///
    /// @throws IndexOutOfBoundsException outside the text
    public void format(long position, long length, Map<String, Value> attributes) {
        LocalEdits.checkPosition(branch, position + length);
        if (length == 0) {
            return;
        }
        doc().transact(
                        null,
                        transaction ->
                                TextEdits.format(
                                        TextCursor.at(transaction, branch, position),
                                        length,
                                        attributes));
    }

    /// Applies a delta.
    ///
    /// @throws IndexOutOfBoundsException when it deletes beyond the end
    public void applyDelta(List<Delta> delta) {
        doc().transact(
                        null,
                        transaction -> {
                            var cursor = TextCursor.atStart(transaction, branch);
                            delta.forEach(step -> TextEdits.apply(cursor, step));
                        });
    }

    /// The content as a delta: texts and embedded objects with their marks.
    public List<Delta> toDelta() {
        var delta = new DeltaBuilder();
        Map<String, Value> attributes = new LinkedHashMap<>();
        for (Item item = branch.start; item != null; item = item.right) {
            if (item.isDeleted()) {
                continue;
            }
            switch (item.content) {
                case TextRun run -> delta.insertText(run, attributes);
                case Content.Format format -> {
                    delta.flushText();
                    Attributes.apply(attributes, format);
                }
                case Content.Embed _, Content.Type _ ->
                        delta.insertEmbed(
                                ContentConversion.elements(item.content).getFirst(), attributes);
                case Content.Values _, Content.JsonTexts _, Content.Binary _ -> {}
                case Content.Document _, Content.Deleted _ -> {}
            }
        }
        return delta.finish();
    }

    /// The value of an attribute of the text itself, or null.
    public @org.jspecify.annotations.Nullable Element attribute(String key) {
        return LocalEdits.entry(branch, key);
    }

    @Override
    public Value toJson() {
        return new Value.Str(toString());
    }

    /// The text without marks and objects.
    @Override
    public String toString() {
        byte[] latin = new byte[Math.toIntExact(branch.length)];
        int units = 0;
        for (Item item = branch.start; item != null; item = item.right) {
            if (!item.isDeleted() && item.content instanceof TextRun run) {
                if (!run.copyLatin(latin, units)) {
                    return wideText();
                }
                units += run.units();
            }
        }
        return new String(latin, 0, units, StandardCharsets.ISO_8859_1);
    }

    private String wideText() {
        var out = new StringBuilder((int) Math.min(branch.length, 1 << 20));
        for (Item item = branch.start; item != null; item = item.right) {
            if (!item.isDeleted() && item.content instanceof TextRun run) {
                run.appendTo(out, 0, run.units());
            }
        }
        return out.toString();
    }
}

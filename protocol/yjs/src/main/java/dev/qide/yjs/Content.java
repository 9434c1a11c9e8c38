package dev.qide.yjs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The content of an item, one class per kind in the wire format; text is a [TextRun].
///
/// Contents of more than one clock can be split, and merged with content that their author added
/// directly after them.
sealed interface Content
        permits TextRun,
                Content.Deleted,
                Content.Values,
                Content.JsonTexts,
                Content.Binary,
                Content.Embed,
                Content.Format,
                Content.Type,
                Content.Document {
    /// The number of the kind on the wire.
    int kind();

    /// The number of clocks it takes.
    long length();

    /// Whether it counts in the visible list; marks and deleted content do not.
    default boolean isCountable() {
        return true;
    }

    /// Splits the content at `offset` and returns the right part.
    default Content splitOff(int offset) {
        throw new IllegalStateException("content of one clock is never split");
    }

    /// Whether `right` can be appended.
    default boolean canAppend(Content right) {
        return false;
    }

    /// Appends `rights` in order; each can be appended.
    default void append(List<Content> rights) {
        throw new IllegalStateException("content that never grows");
    }

    /// A copy for another item; immutable content is shared, and a copied type is empty.
    default Content copy() {
        return this;
    }

    /// Writes the content from `offset` on, of an item with `length` clocks.
    void write(Lib0Encoder encoder, long offset, long length);

    /// The content of deleted items. The item has the length, so one object is enough.
    final class Deleted implements Content {
        static final Deleted INSTANCE = new Deleted();

        private Deleted() {}

        @Override
        public int kind() {
            return StructCursor.DELETED;
        }

        @Override
        public long length() {
            throw new IllegalStateException("the item knows the length");
        }

        @Override
        public boolean isCountable() {
            return false;
        }

        @Override
        public Content splitOff(int offset) {
            return this;
        }

        @Override
        public boolean canAppend(Content right) {
            return right == this;
        }

        @Override
        public void append(List<Content> rights) {}

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarUint(length - offset);
        }
    }

    /// Values of an array or of a map entry.
    final class Values implements Content {
        final Segment<Value> values;

        Values(List<Value> values) {
            this(Segment.of(values));
        }

        private Values(Segment<Value> values) {
            this.values = values;
        }

        @Override
        public int kind() {
            return StructCursor.ANY;
        }

        @Override
        public long length() {
            return values.size();
        }

        @Override
        public Content splitOff(int offset) {
            return new Values(values.splitOff(offset));
        }

        @Override
        public boolean canAppend(Content right) {
            return right instanceof Values;
        }

        @Override
        public void append(List<Content> rights) {
            rights.forEach(right -> values.append(((Values) right).values));
        }

        @Override
        public Content copy() {
            return new Values(Segment.of(values));
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarUint(length - offset);
            for (var value : values.subList((int) offset, values.size())) {
                Any.write(encoder, value);
            }
        }
    }

    /// Values as JSON texts, as older versions of Yjs wrote them. The texts are kept unchanged.
    final class JsonTexts implements Content {
        final Segment<String> texts;

        JsonTexts(List<String> texts) {
            this(Segment.of(texts));
        }

        private JsonTexts(Segment<String> texts) {
            this.texts = texts;
        }

        @Override
        public int kind() {
            return StructCursor.JSON;
        }

        @Override
        public long length() {
            return texts.size();
        }

        @Override
        public Content splitOff(int offset) {
            return new JsonTexts(texts.splitOff(offset));
        }

        @Override
        public boolean canAppend(Content right) {
            return right instanceof JsonTexts;
        }

        @Override
        public void append(List<Content> rights) {
            rights.forEach(right -> texts.append(((JsonTexts) right).texts));
        }

        @Override
        public Content copy() {
            return new JsonTexts(Segment.of(texts));
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarUint(length - offset);
            for (var text : texts.subList((int) offset, texts.size())) {
                encoder.writeVarString(text);
            }
        }
    }

    record Binary(byte[] bytes) implements Content {
        @Override
        public int kind() {
            return StructCursor.BINARY;
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarBytes(bytes);
        }
    }

    /// An object in a text, as JSON.
    record Embed(String json) implements Content {
        @Override
        public int kind() {
            return StructCursor.EMBED;
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarString(json);
        }
    }

    /// A mark: from here `key` has this value, until the next mark of the key; `null` ends it.
    record Format(String key, String json, Value value) implements Content {
        static Format of(String key, String json) {
            return new Format(key.intern(), json, Json.parse(json));
        }

        static Format of(String key, Value value) {
            return new Format(key, Json.print(value), value);
        }

        @Override
        public int kind() {
            return StructCursor.FORMAT;
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public boolean isCountable() {
            return false;
        }

        /// Another mark with the same value: the clean-up of marks compares them by identity.
        @Override
        public Content copy() {
            return new Format(key, json, value);
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarString(key).writeVarString(json);
        }
    }

    /// A shared type inside another one.
    record Type(Branch branch) implements Content {
        @Override
        public int kind() {
            return StructCursor.TYPE;
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public Content copy() {
            return new Type(new Branch(branch.kind, branch.xmlName));
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            encoder.writeVarUint(branch.kind.ref);
            @Nullable String name = branch.xmlName;
            if (name != null) {
                encoder.writeVarString(name);
            }
        }
    }

    record Document(Subdocument subdocument) implements Content {
        @Override
        public int kind() {
            return StructCursor.DOC;
        }

        @Override
        public long length() {
            return 1;
        }

        @Override
        public void write(Lib0Encoder encoder, long offset, long length) {
            Any.write(encoder.writeVarString(subdocument.guid()), subdocument.options());
        }
    }
}

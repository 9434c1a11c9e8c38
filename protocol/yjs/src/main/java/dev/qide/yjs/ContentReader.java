package dev.qide.yjs;

import java.util.ArrayList;

/// Reads the content of a [StructCursor]'s current struct, which the cursor has checked.
final class ContentReader {
    private ContentReader() {}

    static Content read(StructCursor cursor) {
        return read(cursor, cursor.kind, cursor.contentStart, cursor.contentEnd, cursor.length);
    }

    /// Reads content of `length` clocks in `[start, end)` of the cursor's update.
    static Content read(StructCursor cursor, int kind, int start, int end, long length) {
        var decoder = cursor.decoder;
        int resume = decoder.position();
        decoder.seek(start);
        var content = readContent(decoder, kind, end, length);
        decoder.seek(resume);
        return content;
    }

    private static Content readContent(Lib0Decoder decoder, int kind, int end, long length) {
        return switch (kind) {
            case StructCursor.DELETED -> Content.Deleted.INSTANCE;
            case StructCursor.STRING -> {
                decoder.readVarUint();
                yield TextRun.ofUtf8(decoder.array(), decoder.position(), end, (int) length);
            }
            case StructCursor.ANY -> {
                var values = new ArrayList<Value>();
                for (long left = decoder.readVarUint(); left > 0; left--) {
                    values.add(Any.read(decoder));
                }
                yield new Content.Values(values);
            }
            case StructCursor.JSON -> {
                var texts = new ArrayList<String>();
                for (long left = decoder.readVarUint(); left > 0; left--) {
                    texts.add(decoder.readVarString());
                }
                yield new Content.JsonTexts(texts);
            }
            case StructCursor.BINARY -> new Content.Binary(decoder.readVarBytes());
            case StructCursor.EMBED -> new Content.Embed(decoder.readVarString());
            case StructCursor.FORMAT ->
                    Content.Format.of(decoder.readVarString(), decoder.readVarString());
            case StructCursor.TYPE -> new Content.Type(readBranch(decoder));
            case StructCursor.DOC -> {
                var guid = decoder.readVarString();
                var options = (Value.Obj) Any.read(decoder);
                yield new Content.Document(new Subdocument(guid, options).normalized());
            }
            default -> throw new IllegalStateException("no content of kind " + kind);
        };
    }

    private static Branch readBranch(Lib0Decoder decoder) {
        var kind = Branch.Kind.ofRef((int) decoder.readVarUint());
        return new Branch(kind, kind.hasName ? decoder.readVarString() : null);
    }
}

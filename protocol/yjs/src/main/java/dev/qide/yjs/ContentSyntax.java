package dev.qide.yjs;

/// Checks the content of a struct and skips it without keeping it.
///
/// Source: `structs/Content*.js` of Yjs, and `readAny` of lib0 for values.
final class ContentSyntax {
    /// Array, Map, Text, XmlElement, XmlFragment, XmlHook, XmlText.
    private static final int LAST_TYPE_REF = 6;

    private static final int XML_ELEMENT_REF = 3;
    private static final int XML_HOOK_REF = 5;

    private final Lib0Decoder decoder;
    private final int depthLimit;

    ContentSyntax(Lib0Decoder decoder, int depthLimit) {
        this.decoder = decoder;
        this.depthLimit = depthLimit;
    }

    /// Skips content of `kind` and returns the number of its clocks.
    long pass(int kind) {
        switch (kind) {
            case StructCursor.GC, StructCursor.DELETED, StructCursor.SKIP -> {
                return decoder.readVarUint();
            }
            case StructCursor.STRING -> {
                return decoder.skipVarString();
            }
            case StructCursor.JSON -> {
                return passEach(this::passJsonOrUndefined);
            }
            case StructCursor.ANY -> {
                return passEach(() -> passAny(0));
            }
            case StructCursor.BINARY -> decoder.skipVarBytes();
            case StructCursor.EMBED -> passJson();
            case StructCursor.FORMAT -> {
                decoder.skipVarString();
                passJson();
            }
            case StructCursor.TYPE -> passType();
            case StructCursor.DOC -> passDocument();
            default -> throw decoder.malformed("unknown kind of content");
        }
        return 1;
    }

    /// Each element takes at least one byte, so the input bounds the loop.
    private long passEach(Runnable passOne) {
        long count = decoder.readVarUint();
        for (long left = count; left > 0; left--) {
            passOne.run();
        }
        return count;
    }

    private void passType() {
        long ref = decoder.readVarUint();
        if (ref > LAST_TYPE_REF) {
            throw decoder.malformed("unknown type");
        }
        if (isNamed(ref)) {
            decoder.skipVarString();
        }
    }

    /// Whether types with this number have a name.
    static boolean isNamed(long typeRef) {
        return typeRef == XML_ELEMENT_REF || typeRef == XML_HOOK_REF;
    }

    /// Yjs reads properties of the options, so they must be an object.
    private void passDocument() {
        decoder.skipVarString();
        if (decoder.hasMore() && decoder.array()[decoder.position()] != Any.OBJECT) {
            throw decoder.malformed("options of a sub-document are not an object");
        }
        passAny(0);
    }

    private void passJson() {
        int length = decoder.readLength();
        int start = decoder.position();
        Utf8.lengthInUtf16(decoder.array(), start, start + length);
        JsonSyntax.check(decoder.array(), start, start + length, depthLimit);
        decoder.skip(length);
    }

    /// An element of JSON content may be the literal `undefined`.
    private void passJsonOrUndefined() {
        int start = decoder.position();
        int length = decoder.readLength();
        byte[] bytes = decoder.array();
        boolean isUndefined = length == Any.UNDEFINED_WORD.length();
        for (int i = 0; isUndefined && i < length; i++) {
            isUndefined = bytes[decoder.position() + i] == Any.UNDEFINED_WORD.charAt(i);
        }
        if (isUndefined) {
            decoder.skip(length);
        } else {
            decoder.seek(start);
            passJson();
        }
    }

    /// Skips one value in the `any` encoding.
    void passValue() {
        passAny(0);
    }

    private void passAny(int depth) {
        if (depth > depthLimit) {
            throw decoder.malformed("value is nested too deeply");
        }
        switch (decoder.readByte()) {
            case Any.UNDEFINED, Any.NULL, Any.FALSE, Any.TRUE -> {}
            case Any.INTEGER -> decoder.readVarInt();
            case Any.FLOAT32 -> decoder.skip(4);
            case Any.FLOAT64, Any.BIG_INTEGER -> decoder.skip(8);
            case Any.STRING -> decoder.skipVarString();
            case Any.BYTES -> decoder.skipVarBytes();
            case Any.OBJECT -> {
                for (long left = decoder.readVarUint(); left > 0; left--) {
                    decoder.skipVarString();
                    passAny(depth + 1);
                }
            }
            case Any.ARRAY -> {
                for (long left = decoder.readVarUint(); left > 0; left--) {
                    passAny(depth + 1);
                }
            }
            default -> throw decoder.malformed("unknown kind of value");
        }
    }
}

package dev.qide.yjs;

/// The approximate memory of the parts of a document, on a 64-bit JVM with compressed references.
final class MemoryEstimates {
    /// An empty document, and the addition of each author.
    static final long DOCUMENT = 1_000;

    static final long CLIENT = 200;

    /// An item, its element in the author's array, and its share of the position index.
    static final long STRUCT = 92;

    /// The id of the copy of an item that was inserted again.
    static final long REDONE = 80;

    private static final long OBJECT = 24;

    /// A string or an array without its content.
    private static final long STRING = 44;

    /// A nested type with its position index.
    private static final long BRANCH = 120;

    /// An entry of a map, and a map without its entries.
    private static final long ENTRY = 60;

    private static final long MAP = 170;

    private MemoryEstimates() {}

    /// The content and the key of an item.
    static long of(Item item) {
        return of(item.content) + key(item);
    }

    static long key(Item item) {
        return item.parentSub == null ? 0 : STRING + ENTRY + item.parentSub.length();
    }

    /// The overhead of a content object; two merged contents have it once.
    static long around(Content content) {
        return switch (content) {
            case TextRun _ -> STRING;
            case Content.Values _ -> 2 * OBJECT + STRING;
            case Content.JsonTexts _ -> OBJECT;
            case Content.Deleted _, Content.Binary _, Content.Embed _ -> 0;
            case Content.Format _, Content.Type _, Content.Document _ -> 0;
        };
    }

    static long of(Content content) {
        return switch (content) {
            case TextRun run -> STRING + run.storedBytes();
            case Content.Deleted _ -> 0;
            case Content.Values values -> ofAll(values.values);
            case Content.JsonTexts texts -> {
                long bytes = OBJECT;
                for (var text : texts.texts) {
                    bytes += STRING + text.length();
                }
                yield bytes;
            }
            case Content.Binary(var bytes) -> OBJECT + STRING + bytes.length;
            case Content.Embed(var json) -> OBJECT + STRING + json.length();
            case Content.Format format -> OBJECT + 2 * (STRING + format.json().length());
            case Content.Type _ -> OBJECT + BRANCH;
            case Content.Document(var subdocument) ->
                    OBJECT + STRING + subdocument.guid().length() + of(subdocument.options());
        };
    }

    private static long of(Value value) {
        return switch (value) {
            case Value.Undefined _, Value.Null _ -> 0;
            case Value.Bool _, Value.Num _, Value.BigInt _ -> OBJECT;
            case Value.Str(var text) -> OBJECT + STRING + text.length();
            case Value.Bytes(var bytes) -> OBJECT + STRING + bytes.length;
            case Value.Arr(var elements) -> OBJECT + ofAll(elements);
            case Value.Obj(var members) -> {
                long bytes = OBJECT + MAP;
                for (var member : members.entrySet()) {
                    bytes += STRING + ENTRY + member.getKey().length() + of(member.getValue());
                }
                yield bytes;
            }
        };
    }

    private static long ofAll(Iterable<Value> values) {
        long bytes = 2 * OBJECT + STRING;
        for (var value : values) {
            bytes += of(value);
        }
        return bytes;
    }
}

package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;

/// Converts an update from format v2, which stores each field of its structs in a column, to v1.
///
/// ```
/// update = 0 · columns · rest
/// columns = key clocks · clients · left clocks · right clocks · infos · strings · parent infos ·
///           type refs · lengths, each a varBytes
/// rest   = varUint clients · { varUint structs · varUint clock · values… } · deleteSet
/// ```
///
/// The structs and their order are those of v1, which [StructCursor] describes. This class checks
/// the columns; the result must still be read by [StructCursor], which alone decides what is
/// well-formed. Values that v1 keeps as JSON are `any` values here.
///
/// A run in a column may stand for any number of values, so the size of the result is bounded: by
/// the limit of bytes, and by [#FREE_BYTES] plus [#GROWTH] times the input. Source:
/// `UpdateDecoderV2` of Yjs. Owned by one thread.
final class UpdateV2Decoder {
    /// The size up to which the result may be any multiple of the input, in bytes.
    static final long FREE_BYTES = 1 << 20;

    /// Beyond that, the result has at most this many bytes for each byte of the input.
    static final long GROWTH = 64;

    private final DecodeLimits limits;
    private final Lib0Decoder rest;
    private final IntDiffOptRleDecoder keyClocks;
    private final UintOptRleDecoder clients;
    private final IntDiffOptRleDecoder leftClocks;
    private final IntDiffOptRleDecoder rightClocks;
    private final RleDecoder infos;
    private final StringDecoder strings;
    private final RleDecoder parentInfos;
    private final UintOptRleDecoder typeRefs;
    private final UintOptRleDecoder lengths;
    private final ContentSyntax valueSyntax;

    /// The keys that were read, as varStrings; a later key may be a reference to one of them.
    private final List<byte[]> keys = new ArrayList<>();

    private final Lib0Encoder v1;
    private final long mostBytes;

    private UpdateV2Decoder(byte[] update, DecodeLimits limits) {
        this.limits = limits;
        rest = new Lib0Decoder(update);
        if (update.length > limits.bytes()) {
            throw rest.malformed("update exceeds the limit of bytes");
        }
        if (rest.readVarUint() != 0) {
            throw rest.malformed("not an update in format v2");
        }
        keyClocks = new IntDiffOptRleDecoder(column());
        clients = new UintOptRleDecoder(column());
        leftClocks = new IntDiffOptRleDecoder(column());
        rightClocks = new IntDiffOptRleDecoder(column());
        infos = new RleDecoder(column());
        strings = new StringDecoder(column());
        parentInfos = new RleDecoder(column());
        typeRefs = new UintOptRleDecoder(column());
        lengths = new UintOptRleDecoder(column());
        valueSyntax = new ContentSyntax(rest, limits.depth());
        v1 = new Lib0Encoder(update.length);
        mostBytes = Math.min(limits.bytes(), FREE_BYTES + GROWTH * update.length);
    }

    private Lib0Decoder column() {
        int length = rest.readLength();
        int from = rest.position();
        rest.skip(length);
        return new Lib0Decoder(rest.array(), from, from + length);
    }

    /// @return an update in format v1 that has yet to be checked
    /// @throws MalformedUpdateException when the columns do not have exactly the values that the
    ///   structs need, when a value has no form in v1, or when a limit is exceeded
    static byte[] toV1(byte[] update, DecodeLimits limits) {
        return new UpdateV2Decoder(update, limits).convert();
    }

    private byte[] convert() {
        long clientCount = rest.readVarUint();
        v1.writeVarUint(clientCount);
        for (long left = clientCount; left > 0; left--) {
            long structs = rest.readVarUint();
            v1.writeVarUint(structs).writeVarUint(clients.read()).writeVarUint(rest.readVarUint());
            for (long next = structs; next > 0; next--) {
                copyStruct();
                checkSize();
            }
        }
        DeleteSets.write(v1, DeleteSetsV2.read(rest, limits));
        if (rest.hasMore()) {
            throw rest.malformed("bytes follow the update");
        }
        if (!areColumnsAtEnd()) {
            throw rest.malformed("a column has more values than the structs");
        }
        return v1.toBytes();
    }

    private boolean areColumnsAtEnd() {
        boolean areIdsAtEnd = clients.isAtEnd() && leftClocks.isAtEnd() && rightClocks.isAtEnd();
        boolean areNamesAtEnd = keyClocks.isAtEnd() && strings.isAtEnd() && parentInfos.isAtEnd();
        return areIdsAtEnd
                && areNamesAtEnd
                && infos.isAtEnd()
                && typeRefs.isAtEnd()
                && lengths.isAtEnd();
    }

    private void checkSize() {
        if (v1.size() > mostBytes) {
            throw rest.malformed("update expands beyond the limit; send it in format v1");
        }
    }

    private void copyStruct() {
        int info = infos.read();
        switch (info & StructCursor.KIND) {
            case StructCursor.GC -> v1.writeByte(info).writeVarUint(lengths.read());
            case StructCursor.SKIP -> v1.writeByte(info).writeVarUint(rest.readVarUint());
            default -> {
                copyNeighbours(info);
                copyContent(info & StructCursor.KIND);
            }
        }
    }

    private void copyNeighbours(int info) {
        boolean hasOrigin = (info & StructCursor.HAS_ORIGIN) != 0;
        boolean hasRightOrigin = (info & StructCursor.HAS_RIGHT_ORIGIN) != 0;
        if (!hasOrigin && !hasRightOrigin) {
            v1.writeByte(info);
            copyParent((info & StructCursor.HAS_PARENT_SUB) != 0);
            return;
        }
        v1.writeByte(info & ~StructCursor.HAS_PARENT_SUB);
        if (hasOrigin) {
            v1.writeVarUint(clients.read()).writeVarUint(leftClocks.read());
        }
        if (hasRightOrigin) {
            v1.writeVarUint(clients.read()).writeVarUint(rightClocks.read());
        }
    }

    private void copyParent(boolean hasKey) {
        int written = parentInfos.read();
        v1.writeByte(written);
        if (written == 1) {
            strings.next().copyTo(v1);
        } else if (written == 0) {
            v1.writeVarUint(clients.read()).writeVarUint(leftClocks.read());
        } else {
            throw rest.malformed("unknown kind of parent");
        }
        if (hasKey) {
            strings.next().copyTo(v1);
        }
    }

    private void copyContent(int kind) {
        switch (kind) {
            case StructCursor.DELETED -> v1.writeVarUint(lengths.read());
            case StructCursor.STRING -> strings.next().copyTo(v1);
            case StructCursor.JSON -> copyEach(() -> strings.next().copyTo(v1));
            case StructCursor.ANY -> copyEach(() -> Any.write(v1, readValue()));
            case StructCursor.BINARY -> v1.writeVarBytes(rest.readVarBytes());
            case StructCursor.EMBED -> copyJson();
            case StructCursor.FORMAT -> {
                copyKey();
                copyJson();
            }
            case StructCursor.TYPE -> copyType();
            case StructCursor.DOC -> copyDocument();
            default -> throw rest.malformed("unknown kind of content");
        }
    }

    private void copyEach(Runnable copyOne) {
        long count = lengths.read();
        v1.writeVarUint(count);
        for (long left = count; left > 0; left--) {
            copyOne.run();
            checkSize();
        }
    }

    private Value readValue() {
        int start = rest.position();
        valueSyntax.passValue();
        rest.seek(start);
        return Any.read(rest);
    }

    private void copyJson() {
        var value = readValue();
        if (value instanceof Value.Undefined || hasBigInteger(value)) {
            throw rest.malformed("value has no JSON form");
        }
        v1.writeVarString(Json.print(value));
    }

    private static boolean hasBigInteger(Value value) {
        return switch (value) {
            case Value.BigInt _ -> true;
            case Value.Arr(var elements) ->
                    elements.stream().anyMatch(UpdateV2Decoder::hasBigInteger);
            case Value.Obj(var members) ->
                    members.values().stream().anyMatch(UpdateV2Decoder::hasBigInteger);
            case Value.Undefined _,
                    Value.Null _,
                    Value.Bool _,
                    Value.Num _,
                    Value.Str _,
                    Value.Bytes _ ->
                    false;
        };
    }

    /// A key of a mark or the name of an XML node: new, or a reference to an earlier one.
    private void copyKey() {
        long key = keyClocks.read();
        if (key >= keys.size()) {
            var written = new Lib0Encoder();
            strings.next().copyTo(written);
            keys.add(written.toBytes());
            key = keys.size() - 1L;
        }
        v1.writeRaw(keys.get((int) key));
    }

    private void copyType() {
        long ref = typeRefs.read();
        v1.writeVarUint(ref);
        if (ContentSyntax.isNamed(ref)) {
            copyKey();
        }
    }

    private void copyDocument() {
        String guid = strings.next().text();
        if (!(readValue() instanceof Value.Obj options)) {
            throw rest.malformed("options of a sub-document are not an object");
        }
        new Content.Document(new Subdocument(guid, options).normalized()).write(v1, 0, 1);
    }
}

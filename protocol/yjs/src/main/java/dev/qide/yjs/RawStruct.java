package dev.qide.yjs;

/// An encoded struct of an update, copied from a [StructCursor] without decoding its content.
/// Merging and diffing copy structs in this form.
final class RawStruct {
    long client;
    long clock;
    long length;
    int kind;

    /// The number of clocks cut off at the start.
    long offset;

    private StructCursor source;
    private int info;
    private int start;
    private int contentStart;
    private int contentEnd;
    private long rightOriginClient;
    private long rightOriginClock;

    private RawStruct(StructCursor cursor) {
        source = cursor;
    }

    static RawStruct of(StructCursor cursor) {
        var raw = new RawStruct(cursor);
        raw.client = cursor.client;
        raw.clock = cursor.clock;
        raw.length = cursor.length;
        raw.kind = cursor.kind;
        raw.info = cursor.info;
        raw.start = cursor.structStart;
        raw.contentStart = cursor.contentStart;
        raw.contentEnd = cursor.contentEnd;
        raw.rightOriginClient = cursor.rightOriginClient;
        raw.rightOriginClock = cursor.rightOriginClock;
        return raw;
    }

    /// A gap of an update.
    static RawStruct gap(RawStruct before, long length) {
        var raw = new RawStruct(before.source);
        raw.client = before.client;
        raw.clock = before.end();
        raw.length = length;
        raw.kind = StructCursor.SKIP;
        return raw;
    }

    long end() {
        return clock + length;
    }

    /// Cuts clocks off at the start.
    void dropFront(long count) {
        offset += count;
        clock += count;
        length -= count;
    }

    void write(Lib0Encoder encoder) {
        byte[] bytes = source.decoder.array();
        if (kind == StructCursor.GC || kind == StructCursor.SKIP) {
            encoder.writeByte(kind).writeVarUint(length);
        } else if (offset == 0) {
            encoder.writeByte(plainInfo()).writeRaw(bytes, start + 1, contentEnd);
        } else {
            encoder.writeByte(plainInfo() | StructCursor.HAS_ORIGIN);
            encoder.writeVarUint(client).writeVarUint(clock - 1);
            if ((info & StructCursor.HAS_RIGHT_ORIGIN) != 0) {
                encoder.writeVarUint(rightOriginClient).writeVarUint(rightOriginClock);
            }
            ContentReader.read(source, kind, contentStart, contentEnd, offset + length)
                    .write(encoder, offset, offset + length);
        }
    }

    /// Yjs writes the flag of a key only together with the key, not with an origin.
    private int plainInfo() {
        boolean hasNeighbour =
                (info & (StructCursor.HAS_ORIGIN | StructCursor.HAS_RIGHT_ORIGIN)) != 0;
        return hasNeighbour ? info & ~StructCursor.HAS_PARENT_SUB : info;
    }
}

package dev.qide.yjs;

/// Reads a column of strings (`StringDecoder` of lib0): all strings as one varString, then the
/// length of each in UTF-16 units as [UintOptRleDecoder] reads them.
///
/// A string is a range of the column's UTF-8, which is checked once and not copied. A length may
/// end inside a surrogate pair; each half becomes U+FFFD, as it does when Yjs writes it.
///
/// The fields describe the current string. Owned by one thread.
final class StringDecoder {
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};
    private static final int PAIR_BYTES = 4;

    private final Lib0Decoder decoder;
    private final UintOptRleDecoder lengths;
    private final int end;
    private long unitsLeft;
    private int at;

    /// Whether the string before ended inside a surrogate pair.
    private boolean isInPair;

    /// The range of whole characters, and whether half a pair precedes or follows them.
    private int from;

    private int to;
    private boolean startsInPair;
    private boolean endsInPair;

    StringDecoder(Lib0Decoder decoder) {
        this.decoder = decoder;
        int bytes = decoder.readLength();
        at = decoder.position();
        end = at + bytes;
        decoder.skip(bytes);
        unitsLeft = Utf8.lengthInUtf16(decoder.array(), at, end);
        lengths = new UintOptRleDecoder(decoder);
    }

    /// Moves to the next string.
    ///
    /// @throws MalformedUpdateException when the column ends before the string does
    StringDecoder next() {
        long units = lengths.read();
        if (units > unitsLeft) {
            throw decoder.malformed("string exceeds its column");
        }
        unitsLeft -= units;
        startsInPair = isInPair && units > 0;
        if (startsInPair) {
            units--;
            isInPair = false;
        }
        from = at;
        to = passWhole(units);
        return this;
    }

    /// Passes whole characters, then half a pair if the string ends in one.
    private int passWhole(long units) {
        byte[] bytes = decoder.array();
        endsInPair = false;
        for (long left = units; left > 0; left--) {
            int lead = bytes[at] & 0xFF;
            if (lead < 0xF0) {
                at += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : 3;
            } else if (left > 1) {
                at += PAIR_BYTES;
                left--;
            } else {
                endsInPair = true;
            }
        }
        int whole = at;
        if (endsInPair) {
            at += PAIR_BYTES;
            isInPair = true;
        }
        return whole;
    }

    /// Writes the current string as a varString.
    void copyTo(Lib0Encoder target) {
        int before = startsInPair ? REPLACEMENT.length : 0;
        int after = endsInPair ? REPLACEMENT.length : 0;
        target.writeVarUint((long) before + to - from + after);
        target.writeRaw(REPLACEMENT, 0, before);
        target.writeRaw(decoder.array(), from, to);
        target.writeRaw(REPLACEMENT, 0, after);
    }

    /// The current string.
    String text() {
        var copy = new Lib0Encoder(to - from + 2 * REPLACEMENT.length + PAIR_BYTES);
        copyTo(copy);
        return new Lib0Decoder(copy.toBytes()).readVarString();
    }

    /// Whether every written string was read.
    boolean isAtEnd() {
        return at == end && !isInPair && lengths.isAtEnd();
    }
}

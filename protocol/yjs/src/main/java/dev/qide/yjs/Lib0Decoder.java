package dev.qide.yjs;

import java.util.Arrays;

/// Reads the primitive encodings of lib0 from a byte array, from start to end.
///
/// Lengths are checked against the remaining bytes before anything is allocated. Every method
/// throws [MalformedUpdateException] at the end of the input and for an encoding that lib0 does not
/// write. Source: `lib0/decoding.js`. Owned by one thread.
public final class Lib0Decoder {
    /// JavaScript's largest safe integer, 2^53 − 1: the bound of every varUint.
    public static final long MAXIMUM_UINT = (1L << 53) - 1;

    /// 2^53 − 1 takes eight groups of seven bits.
    private static final int LONGEST_VAR_UINT_BYTES = 8;

    private final byte[] bytes;
    private final int end;
    private int position;

    /// Reads all of `bytes`; the array is not copied.
    public Lib0Decoder(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /// Reads `bytes[from, to)`; the array is not copied.
    public Lib0Decoder(byte[] bytes, int from, int to) {
        if (from < 0 || to < from || to > bytes.length) {
            throw new IllegalArgumentException("no range of the array: " + from + ".." + to);
        }
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    /// Whether any byte remains.
    public boolean hasMore() {
        return position < end;
    }

    /// The offset of the next byte in the array.
    public int position() {
        return position;
    }

    /// The number of remaining bytes.
    public int remaining() {
        return end - position;
    }

    /// One byte, 0 to 255.
    public int readByte() {
        if (position == end) {
            throw malformed("input ends");
        }
        return bytes[position++] & 0xFF;
    }

    /// An unsigned number up to 2^53 − 1: groups of seven bits, the lowest first.
    public long readVarUint() {
        if (position < end && bytes[position] >= 0) {
            return bytes[position++];
        }
        return readLongVarUint();
    }

    private long readLongVarUint() {
        int start = position;
        long value = 0;
        for (int i = 0; i < LONGEST_VAR_UINT_BYTES; i++) {
            int group = readByte();
            value |= (long) (group & 0x7F) << (7 * i);
            if (group < 0x80) {
                return checkedUint(value, start);
            }
        }
        throw new MalformedUpdateException("number has more than 8 bytes", start);
    }

    /// A signed number with a magnitude of at most 2^53 − 1. Negative zero is read as 0; [Any]
    /// preserves it.
    public long readVarInt() {
        int start = position;
        boolean negative = isNextNegative();
        long magnitude = readVarIntMagnitude(start);
        return negative ? -magnitude : magnitude;
    }

    /// Whether the next varInt has the sign bit; also true for negative zero.
    boolean isNextNegative() {
        return position < end && (bytes[position] & 0x40) != 0;
    }

    private long readVarIntMagnitude(int start) {
        int first = readByte();
        long value = first & 0x3F;
        if (first < 0x80) {
            return value;
        }
        for (int i = 0; i < LONGEST_VAR_UINT_BYTES; i++) {
            int group = readByte();
            value |= (long) (group & 0x7F) << (6 + 7 * i);
            if (group < 0x80) {
                return checkedUint(value, start);
            }
        }
        throw new MalformedUpdateException("number is too long", start);
    }

    private static long checkedUint(long value, int start) {
        if (value > MAXIMUM_UINT) {
            throw new MalformedUpdateException("number exceeds 2^53-1", start);
        }
        return value;
    }

    /// A varUint that is a length in bytes, hence at most the number of remaining bytes.
    int readLength() {
        int start = position;
        long length = readVarUint();
        if (length > end - position) {
            throw new MalformedUpdateException("length exceeds the input", start);
        }
        return (int) length;
    }

    /// A length and that many bytes, copied.
    public byte[] readVarBytes() {
        int length = readLength();
        position += length;
        return Arrays.copyOfRange(bytes, position - length, position);
    }

    /// A length and that many bytes of UTF-8.
    public String readVarString() {
        int length = readLength();
        position += length;
        return Utf8.decode(bytes, position - length, position);
    }

    /// Eight bytes, the highest first.
    public long readFixedLong() {
        skip(8);
        long value = 0;
        for (int i = position - 8; i < position; i++) {
            value = value << 8 | (bytes[i] & 0xFF);
        }
        return value;
    }

    /// Four bytes, the highest first.
    public int readFixedInt() {
        skip(4);
        int value = 0;
        for (int i = position - 4; i < position; i++) {
            value = value << 8 | (bytes[i] & 0xFF);
        }
        return value;
    }

    /// Skips `count` bytes.
    public void skip(int count) {
        if (count > end - position) {
            throw malformed("input ends");
        }
        position += count;
    }

    /// Skips a varBytes.
    void skipVarBytes() {
        int length = readLength();
        position += length;
    }

    /// Skips a varString and returns its length in UTF-16 units.
    int skipVarString() {
        int length = readLength();
        position += length;
        return Utf8.lengthInUtf16(bytes, position - length, position);
    }

    /// Moves to an offset that was read before.
    void seek(int offset) {
        position = offset;
    }

    /// The input array.
    byte[] array() {
        return bytes;
    }

    /// An exception about the next byte.
    MalformedUpdateException malformed(String what) {
        return new MalformedUpdateException(what, position);
    }
}

package dev.qide.server.oct;

import java.nio.charset.StandardCharsets;

/// Reads the parts of MessagePack that envelopes of Open Collaboration Tools have, and skips all
/// others: sizes are checked against the bytes that are there, and nesting needs no stack.
///
/// Source: MessagePack specification, "Formats". Owned by one thread.
final class MsgPackReader {
    private static final int NIL = 0xc0;
    private static final int NEVER_USED = 0xc1;

    private final byte[] bytes;
    private final int end;
    private int at;

    MsgPackReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    /// The index of the next value in the array.
    int at() {
        return at;
    }

    boolean isAtEnd() {
        return at == end;
    }

    boolean isNextBinary() {
        int next = peek();
        return next >= 0xc4 && next <= 0xc6;
    }

    boolean isNextString() {
        int next = peek();
        return (next >= 0xa0 && next <= 0xbf) || (next >= 0xd9 && next <= 0xdb);
    }

    boolean isNextMap() {
        int next = peek();
        return (next >= 0x80 && next <= 0x8f) || next == 0xde || next == 0xdf;
    }

    boolean isNextArray() {
        int next = peek();
        return (next >= 0x90 && next <= 0x9f) || next == 0xdc || next == 0xdd;
    }

    /// The number of entries of a map.
    ///
    /// @throws MalformedMessageException for another value, or for more than `most`
    int map(int most) {
        if (!isNextMap()) {
            throw new MalformedMessageException("not a map");
        }
        int format = unsigned(1);
        return bounded(format <= 0x8f ? format & 0x0f : length(format - 0xde + 1), most);
    }

    /// The number of elements of an array.
    ///
    /// @throws MalformedMessageException for another value, or for more than `most`
    int array(int most) {
        if (!isNextArray()) {
            throw new MalformedMessageException("not an array");
        }
        int format = unsigned(1);
        return bounded(format <= 0x9f ? format & 0x0f : length(format - 0xdc + 1), most);
    }

    /// A string of at most `mostBytes` in UTF-8.
    ///
    /// @throws MalformedMessageException for another value, or for a longer string
    String string(int mostBytes) {
        if (!isNextString()) {
            throw new MalformedMessageException("not a string");
        }
        int format = unsigned(1);
        int size = bounded(format <= 0xbf ? format & 0x1f : length(format - 0xd9), mostBytes);
        int from = at;
        advance(size);
        return new String(bytes, from, size, StandardCharsets.UTF_8);
    }

    /// Skips one value with everything in it.
    void skip() {
        // Each turn takes at least one byte, so a header that claims more ends at the last byte.
        for (long left = 1; left > 0; left--) {
            left += skipOne(unsigned(1));
        }
    }

    /// Skips the rest of a value whose format was read, but not the values in it.
    ///
    /// @return the number of values in it
    private long skipOne(int format) {
        if (format <= 0x7f || format >= 0xe0) {
            return 0;
        }
        if (format <= 0x8f) {
            return 2L * (format & 0x0f);
        }
        if (format <= 0x9f) {
            return format & 0x0f;
        }
        if (format <= 0xbf) {
            advance(format & 0x1f);
            return 0;
        }
        return skipLong(format);
    }

    private long skipLong(int format) {
        switch (format) {
            case NIL, 0xc2, 0xc3 -> {
                // The format is the value: nil, false, true.
            }
            case NEVER_USED -> throw new MalformedMessageException("not MessagePack");
            case 0xc4, 0xc5, 0xc6 -> advance(length(format - 0xc4));
            case 0xc7, 0xc8, 0xc9 -> advance(1L + length(format - 0xc7));
            case 0xca -> advance(4);
            case 0xcb -> advance(8);
            case 0xcc, 0xcd, 0xce, 0xcf -> advance(1L << (format - 0xcc));
            case 0xd0, 0xd1, 0xd2, 0xd3 -> advance(1L << (format - 0xd0));
            case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8 -> advance(1 + (1L << (format - 0xd4)));
            case 0xd9, 0xda, 0xdb -> advance(length(format - 0xd9));
            case 0xdc, 0xdd -> {
                return length(format - 0xdc + 1);
            }
            default -> {
                return 2 * length(format - 0xde + 1);
            }
        }
        return 0;
    }

    /// A length of 1, 2 or 4 bytes.
    ///
    /// @param power 0, 1 or 2
    private long length(int power) {
        return Integer.toUnsignedLong(unsigned(1 << power));
    }

    private int unsigned(int size) {
        int from = at;
        advance(size);
        int value = 0;
        for (int i = from; i < at; i++) {
            value = (value << Byte.SIZE) | (bytes[i] & 0xff);
        }
        return value;
    }

    private int peek() {
        if (at >= end) {
            throw new MalformedMessageException("too short");
        }
        return bytes[at] & 0xff;
    }

    private void advance(long by) {
        if (by > end - at) {
            throw new MalformedMessageException("too short");
        }
        at += (int) by;
    }

    private static int bounded(long size, int most) {
        if (size > most) {
            throw new MalformedMessageException("too many or too long");
        }
        return (int) size;
    }
}

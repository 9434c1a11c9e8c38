package dev.qide.yjs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Writes the primitive encodings of lib0 into a growing byte array.
///
/// Source: `lib0/encoding.js`. Owned by one thread.
public final class Lib0Encoder {
    /// 2^53 − 1 takes eight groups of seven bits.
    static final int LONGEST_VAR_UINT_BYTES = 8;

    /// The number of bytes that one 8-byte store may write beyond the end.
    static final int STORE_BYTES = 8;

    private static final int FIRST_CAPACITY_BYTES = 64;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int size;

    /// An encoder with a small initial capacity, which grows as needed.
    public Lib0Encoder() {
        this(FIRST_CAPACITY_BYTES);
    }

    /// @param capacity bytes to reserve
    public Lib0Encoder(int capacity) {
        bytes = new byte[Math.max(capacity, 8)];
    }

    /// The bytes written so far.
    public int size() {
        return size;
    }

    /// One byte: the low eight bits of `value`.
    public Lib0Encoder writeByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /// An unsigned number.
    ///
    /// @param value 0 to 2^53 − 1
    public Lib0Encoder writeVarUint(long value) {
        if (value < 0 || value > Lib0Decoder.MAXIMUM_UINT) {
            throw new IllegalArgumentException("not in 0..2^53-1: " + value);
        }
        reserve(LONGEST_VAR_UINT_BYTES);
        putVarUint(value);
        return this;
    }

    /// One byte, with capacity reserved.
    void putByte(int value) {
        bytes[size++] = (byte) value;
    }

    /// A varUint in range, with capacity reserved. Clocks are short, so up to three bytes are
    /// written with one store.
    void putVarUint(long value) {
        if (value < 0x80) {
            bytes[size++] = (byte) value;
        } else if (value < 1 << 14) {
            SHORTS.set(bytes, size, (short) (0x80 | (value & 0x7F) | ((value >>> 7) << 8)));
            size += 2;
        } else if (value < 1 << 21) {
            int groups =
                    0x8080
                            | (int) (value & 0x7F)
                            | ((int) ((value >>> 7) & 0x7F) << 8)
                            | ((int) (value >>> 14) << 16);
            INTS.set(bytes, size, groups);
            size += 3;
        } else {
            putLongVarUint(value);
        }
    }

    private void putLongVarUint(long value) {
        byte[] target = bytes;
        int at = size;
        long rest = value;
        while (rest > 0x7F) {
            target[at++] = (byte) (0x80 | rest);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        size = at;
    }

    /// The number of a client, with a capacity of at least [#STORE_BYTES] reserved.
    Lib0Encoder putClient(ClientStructs client) {
        LONGS.set(bytes, size, client.encodedClient);
        size += client.encodedClientBytes;
        return this;
    }

    /// The length of a varUint in bytes.
    static int varUintBytes(long value) {
        return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + 6) / 7;
    }

    /// The bytes of a varUint, the first one lowest.
    static long varUintGroups(long value) {
        int count = varUintBytes(value);
        long groups = 0;
        for (int i = 0; i < count; i++) {
            long more = i + 1 < count ? 0x80 : 0;
            groups |= (((value >>> (7 * i)) & 0x7F) | more) << (8 * i);
        }
        return groups;
    }

    /// A signed number; for negative zero see [#writeNegativeZero].
    ///
    /// @param value −(2^53 − 1) to 2^53 − 1
    public Lib0Encoder writeVarInt(long value) {
        long rest = Math.abs(value);
        if (rest < 0 || rest > Lib0Decoder.MAXIMUM_UINT) {
            throw new IllegalArgumentException("magnitude exceeds 2^53-1: " + value);
        }
        reserve(9);
        int sign = value < 0 ? 0x40 : 0;
        bytes[size++] = (byte) ((rest > 0x3F ? 0x80 : 0) | sign | (rest & 0x3F));
        rest >>>= 6;
        while (rest > 0) {
            bytes[size++] = (byte) ((rest > 0x7F ? 0x80 : 0) | (rest & 0x7F));
            rest >>>= 7;
        }
        return this;
    }

    /// The varInt −0, which keeps its sign bit.
    Lib0Encoder writeNegativeZero() {
        return writeByte(0x40);
    }

    /// A length and the bytes.
    public Lib0Encoder writeVarBytes(byte[] value) {
        writeVarUint(value.length);
        return writeRaw(value, 0, value.length);
    }

    /// A length in bytes and UTF-8; a lone surrogate becomes U+FFFD, as in JavaScript.
    public Lib0Encoder writeVarString(String value) {
        int length = Utf8.encodedLength(value);
        writeVarUint(length);
        reserve(length);
        size = Utf8.encode(value, bytes, size);
        return this;
    }

    /// UTF-8 without a length; a lone surrogate becomes U+FFFD.
    void writeUtf8(String value) {
        reserve(Utf8.encodedLength(value));
        size = Utf8.encode(value, bytes, size);
    }

    /// A varString of ASCII units.
    void writeAscii(byte[] units, int from, int to) {
        int length = to - from;
        reserve(LONGEST_VAR_UINT_BYTES + length);
        putVarUint(length);
        System.arraycopy(units, from, bytes, size, length);
        size += length;
    }

    /// A varString of Latin-1 units.
    void writeLatin(byte[] units, int from, int to) {
        int high = 0;
        for (int i = from; i < to; i++) {
            high += (units[i] & 0x80) >> 7;
        }
        writeVarUint((long) to - from + high);
        if (high == 0) {
            writeRaw(units, from, to);
            return;
        }
        reserve(to - from + high);
        for (int i = from; i < to; i++) {
            int unit = units[i] & 0xFF;
            if (unit < 0x80) {
                bytes[size++] = (byte) unit;
            } else {
                bytes[size++] = (byte) (0xC0 | (unit >> 6));
                bytes[size++] = (byte) (0x80 | (unit & 0x3F));
            }
        }
    }

    /// The bytes without a length.
    public Lib0Encoder writeRaw(byte[] value) {
        return writeRaw(value, 0, value.length);
    }

    /// `source[from, to)` without a length.
    public Lib0Encoder writeRaw(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, size, to - from);
        size += to - from;
        return this;
    }

    /// Eight bytes, the highest first.
    public Lib0Encoder writeFixedLong(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            writeByte((int) (value >>> shift));
        }
        return this;
    }

    /// Four bytes, the highest first.
    public Lib0Encoder writeFixedInt(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            writeByte(value >>> shift);
        }
        return this;
    }

    /// A copy of the written bytes.
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /// Appends the written bytes to another encoder.
    void copyTo(Lib0Encoder target) {
        target.writeRaw(bytes, 0, size);
    }

    /// Discards the written bytes and keeps the capacity.
    void clear() {
        size = 0;
    }

    /// Reserves capacity for `count` more bytes.
    void reserve(int count) {
        if (count > bytes.length - size) {
            long doubled = Math.max(2L * bytes.length, (long) size + count);
            bytes = Arrays.copyOf(bytes, (int) Math.min(doubled, Integer.MAX_VALUE - 8));
        }
    }
}

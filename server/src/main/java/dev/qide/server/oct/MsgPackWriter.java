package dev.qide.server.oct;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes MessagePack: maps, arrays, strings, booleans, and values that are encoded already.
///
/// Source: MessagePack specification, "Formats". Owned by one thread.
final class MsgPackWriter {
    private final ByteArrayOutputStream out;

    /// @param size the expected number of bytes
    MsgPackWriter(int size) {
        out = new ByteArrayOutputStream(size);
    }

    MsgPackWriter map(int entries) {
        return sized(0x80, 0xde, entries);
    }

    MsgPackWriter array(int elements) {
        return sized(0x90, 0xdc, elements);
    }

    MsgPackWriter string(String text) {
        var utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = utf8.length;
        if (length < 32) {
            out.write(0xa0 | length);
        } else if (length <= 0xffff) {
            out.write(0xda);
            out.write(length >>> 8);
            out.write(length);
        } else {
            throw new IllegalArgumentException("a string of " + length + " bytes");
        }
        out.write(utf8, 0, length);
        return this;
    }

    MsgPackWriter bool(boolean value) {
        out.write(value ? 0xc3 : 0xc2);
        return this;
    }

    /// A value that is encoded already.
    MsgPackWriter encoded(byte[] bytes, int from, int to) {
        out.write(bytes, from, to - from);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private MsgPackWriter sized(int small, int large, int size) {
        if (size < 16) {
            out.write(small | size);
        } else if (size <= 0xffff) {
            out.write(large);
            out.write(size >>> 8);
            out.write(size);
        } else {
            throw new IllegalArgumentException(size + " values");
        }
        return this;
    }
}

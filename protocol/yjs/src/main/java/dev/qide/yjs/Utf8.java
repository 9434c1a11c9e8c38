package dev.qide.yjs;

import java.nio.charset.StandardCharsets;

/// Strict UTF-8, like JavaScript's `TextDecoder("utf-8", {fatal: true, ignoreBOM: true})` and
/// `TextEncoder`: malformed input is refused, a lone surrogate is written as U+FFFD.
final class Utf8 {
    private static final int REPLACEMENT = 0xFFFD;

    private Utf8() {}

    /// Checks `bytes[from, to)` and returns the number of UTF-16 units that it decodes to.
    ///
    /// @throws MalformedUpdateException when the bytes are not UTF-8
    static int lengthInUtf16(byte[] bytes, int from, int to) {
        int units = 0;
        int at = from;
        while (at < to) {
            if (bytes[at] >= 0) {
                at++;
                units++;
                continue;
            }
            int size = sequenceLength(bytes, at, to);
            units += size == 4 ? 2 : 1;
            at += size;
        }
        return units;
    }

    /// Decodes `bytes[from, to)`.
    ///
    /// @throws MalformedUpdateException when the bytes are not UTF-8
    static String decode(byte[] bytes, int from, int to) {
        var charset =
                lengthInUtf16(bytes, from, to) == to - from
                        ? StandardCharsets.ISO_8859_1
                        : StandardCharsets.UTF_8;
        return new String(bytes, from, to - from, charset);
    }

    /// The length of `text` in UTF-8, in bytes.
    static int encodedLength(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                bytes++;
            } else if (unit < 0x800) {
                bytes += 2;
            } else if (isPair(text, i)) {
                bytes += 4;
                i++;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }

    /// Writes `text` to `target` from `at` and returns the offset after it.
    static int encode(String text, byte[] target, int at) {
        int to = at;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                target[to++] = (byte) unit;
            } else if (unit < 0x800) {
                target[to++] = (byte) (0xC0 | (unit >> 6));
                target[to++] = (byte) (0x80 | (unit & 0x3F));
            } else if (isPair(text, i)) {
                int point = Character.toCodePoint(unit, text.charAt(++i));
                target[to++] = (byte) (0xF0 | (point >> 18));
                target[to++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                target[to++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                target[to++] = (byte) (0x80 | (point & 0x3F));
            } else {
                int point = Character.isSurrogate(unit) ? REPLACEMENT : unit;
                target[to++] = (byte) (0xE0 | (point >> 12));
                target[to++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                target[to++] = (byte) (0x80 | (point & 0x3F));
            }
        }
        return to;
    }

    private static boolean isPair(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
    }

    /// The length of the multi-byte sequence at `at`, by table 3-7 of the Unicode standard.
    private static int sequenceLength(byte[] bytes, int at, int to) {
        int lead = bytes[at] & 0xFF;
        int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (lead < 0xC2 || lead > 0xF4 || size > to - at) {
            throw new MalformedUpdateException("string is not UTF-8", at);
        }
        int second = bytes[at + 1] & 0xFF;
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        boolean good = second >= lowest && second <= highest;
        for (int i = 2; i < size; i++) {
            good &= (bytes[at + i] & 0xC0) == 0x80;
        }
        if (!good) {
            throw new MalformedUpdateException("string is not UTF-8", at);
        }
        return size;
    }
}

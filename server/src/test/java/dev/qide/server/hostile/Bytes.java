package dev.qide.server.hostile;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Concatenated bytes.
final class Bytes {
    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] joined(byte[] first, byte[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private Bytes() {}
}

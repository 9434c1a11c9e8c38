package dev.qide.server.store;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Texts as the database stores them: UTF-8, compressed by zlib.
final class DeflatedText {
    private static final int SMALLEST_BUFFER_BYTES = 256;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int EXPECTED_RATIO = 8;

    private DeflatedText() {}

    static byte[] of(String text) {
        try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
            deflater.finish();
            var bytes = new ByteArrayOutputStream();
            var buffer = new byte[bufferBytes(text.length())];
            while (!deflater.finished()) {
                bytes.write(buffer, 0, deflater.deflate(buffer));
            }
            return bytes.toByteArray();
        }
    }

    /// @throws IllegalStateException when it is damaged
    static String read(byte[] deflated) {
        try (var inflater = new Inflater()) {
            inflater.setInput(deflated);
            var bytes = new ByteArrayOutputStream();
            var buffer = new byte[bufferBytes(EXPECTED_RATIO * deflated.length)];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                // The final call may produce no bytes; an empty text never does.
                if (count == 0 && !inflater.finished()) {
                    throw new IllegalStateException("a stored text is truncated");
                }
                bytes.write(buffer, 0, count);
            }
            return bytes.toString(StandardCharsets.UTF_8);
        } catch (DataFormatException damaged) {
            throw new IllegalStateException("a stored text is damaged", damaged);
        }
    }

    /// Most texts are small.
    private static int bufferBytes(int expected) {
        return Math.clamp(expected, SMALLEST_BUFFER_BYTES, BUFFER_BYTES);
    }
}

package dev.qide.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The text of a terminal: decoded from bytes, kept by position.
class ScrollbackTest {
    private static final String FACES = "a😀é";

    @Test
    void it_keeps_the_end_in_whole_characters() {
        var scrollback = new Scrollback();
        var all = new StringBuilder();
        while (all.length() < 3 * Scrollback.CHARACTERS) {
            var text = FACES.repeat(1_001);
            scrollback.append(text);
            all.append(text);
            assertThat(scrollback.end()).isEqualTo(all.length());
            long first = scrollback.first();
            assertThat(Character.isLowSurrogate(all.charAt((int) first))).isFalse();
            assertThat(scrollback.end() - first)
                    .isBetween(
                            (long) Math.min(all.length(), Scrollback.CHARACTERS) - 1,
                            (long) Scrollback.CHARACTERS);
            assertThat(scrollback.from(first, Scrollback.CHARACTERS))
                    .isEqualTo(all.substring((int) first));
        }
    }

    @Test
    void no_part_ends_within_a_character() {
        var scrollback = new Scrollback();
        scrollback.append("ab😀cd");
        assertThat(scrollback.from(0, 3)).isEqualTo("ab");
        assertThat(scrollback.from(2, 2)).isEqualTo("😀");
        assertThat(scrollback.from(4, 10)).isEqualTo("cd");
        assertThat(scrollback.from(6, 10)).isEmpty();
    }

    @Test
    void bytes_in_any_parts_are_the_same_text() {
        var random = new Random(7);
        for (int round = 0; round < 200; round++) {
            var bytes = bytes(random);
            var decoder = new Utf8Decoder();
            var text = new StringBuilder();
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(5));
                text.append(decoder.decode(Arrays.copyOfRange(bytes, at, at + length)));
                at += length;
            }
            assertThat(text + decoder.decode(new byte[] {'.'}))
                    .isEqualTo(new String(bytes, StandardCharsets.UTF_8) + ".");
        }
    }

    /// Characters, and bytes that are not UTF-8.
    private static byte[] bytes(Random random) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < 50; i++) {
            if (random.nextInt(4) == 0) {
                bytes.write(0x80 + random.nextInt(0x80));
            } else {
                bytes.writeBytes(FACES.getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }
}

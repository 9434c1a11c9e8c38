package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.text.WellFormed;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TextFileTest {
    /// Bytes in hex; the text with LF; line end, BOM, encoding.
    @ParameterizedTest
    @CsvSource({
        "'', '', lf, false, utf-8",
        "610a62, 'a\nb', lf, false, utf-8",
        "610d0a620d0a, 'a\nb\n', crlf, false, utf-8",
        "efbbbf610d0a, 'a\n', crlf, true, utf-8",
        "efbbbf, '', lf, true, utf-8",
        "c3bc0a, 'ü\n', lf, false, utf-8",
        "f09f98800a, '😀\n', lf, false, utf-8",
        "fffe61000d000a00, 'a\n', crlf, true, utf-16le",
        "feff0061000a, 'a\n', lf, true, utf-16be",
        "fffe3dd800de, '😀', lf, true, utf-16le",
        "67fc6e0a, 'gün\n', lf, false, iso-8859-1",
        "9361940d0a, '“a”\n', crlf, false, windows-1252",
        "1b5b316d, '\u001b[1m', lf, false, utf-8",
    })
    void a_text_comes_back_byte_for_byte(
            String hex, String text, String lineEnd, boolean hasBom, String encoding) {
        var bytes = HexFormat.of().parseHex(hex);
        var file = TextFile.decoded(bytes);
        assertThat(file.text()).isEqualTo(text);
        assertThat(file.lineEnd().wireName()).isEqualTo(lineEnd);
        assertThat(file.hasBom()).isEqualTo(hasBom);
        assertThat(file.encoding()).isEqualTo(encoding);
        assertThat(file.hasMixedLineEnds()).isFalse();
        assertThat(file.encoded()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "6100620a", // NUL
                "fffe0000610000", // UTF-32, and an odd length
                "fffe61", // half a character of UTF-16
                "fffe00d8", // half a surrogate pair
                "feffd800", // the same, big-endian
                "efbbbfff", // a BOM that lies
                "89504e470d0a1a0a", // PNG
                "81fc", // not in Windows-1252 either
                "ff01" // a control in a one-byte encoding
            })
    void bytes_that_do_not_survive_decoding_are_not_text(String hex) {
        var bytes = HexFormat.of().parseHex(hex);
        FilesTest.assertFails(Failure.FILE_NOT_TEXT, () -> TextFile.decoded(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "'a\r\nb\nc\r\n', 'a\nb\nc\n', crlf",
        "'a\r\nb\nc\n', 'a\nb\nc\n', lf",
        "'a\r\nb\n', 'a\nb\n', lf",
        "'a\rb', 'a\nb', lf",
        "'a\r\r\n', 'a\n\n', crlf",
    })
    void mixed_line_ends_are_reported_and_become_the_most_frequent_one(
            String disk, String text, String lineEnd) {
        var file = TextFile.decoded(disk.getBytes(StandardCharsets.UTF_8));
        assertThat(file.hasMixedLineEnds()).isTrue();
        assertThat(file.text()).isEqualTo(text);
        assertThat(file.lineEnd().wireName()).isEqualTo(lineEnd);
        assertThat(file.withText(text).hasMixedLineEnds()).isFalse();
    }

    @Test
    void random_bytes_come_back_or_are_not_text() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            var bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            try {
                var file = TextFile.decoded(bytes);
                assertThat(file.text()).doesNotContain("\r", "\0");
                if (!file.hasMixedLineEnds()) {
                    assertThat(file.encoded()).as("seed " + seed).isEqualTo(bytes);
                }
            } catch (dev.qide.wire.FailureException failure) {
                assertThat(failure.failure()).isEqualTo(Failure.FILE_NOT_TEXT);
            }
        }
    }

    @Test
    void a_shared_text_has_a_limit() {
        assertThat(TextFile.decoded(new byte[0]).text()).isEmpty();
        var most = new byte[TextFile.SHARED_TEXT_BYTES];
        java.util.Arrays.fill(most, (byte) 'a');
        assertThat(TextFile.decoded(most).text()).hasSize(TextFile.SHARED_TEXT_BYTES);
        FilesTest.assertFails(
                Failure.FILE_TOO_LARGE,
                () -> TextFile.decoded(new byte[TextFile.SHARED_TEXT_BYTES + 1]));
    }

    @Test
    void a_text_that_the_encoding_has_not_becomes_utf_8() {
        var latin = TextFile.decoded(new byte[] {(byte) 0xFC, '\r', '\n'});
        var next = latin.withText("→\r\nx\n");
        assertThat(next.encoding()).isEqualTo("utf-8");
        assertThat(next.encoded()).isEqualTo("→\r\nx\r\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void half_a_character_becomes_a_replacement_and_whole_ones_stay() {
        assertThat(WellFormed.of("a\ud83d\ude00b")).isEqualTo("a\ud83d\ude00b");
        assertThat(WellFormed.of("\ud83da\ude00\ud83d")).isEqualTo("\ufffda\ufffd\ufffd");
    }

    @Test
    void the_file_of_a_document_may_be_larger_than_what_becomes_one() {
        var large = "x".repeat(TextFile.SHARED_TEXT_BYTES + 1).getBytes(StandardCharsets.UTF_8);
        assertThat(TextFile.decodedOrNull(large)).isNotNull();
        assertThatThrownBy(() -> TextFile.decoded(large)).isInstanceOf(FailureException.class);
    }
}

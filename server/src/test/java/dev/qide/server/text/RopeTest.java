package dev.qide.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Compares a rope with a plain string.
class RopeTest {
    private static final String[] PIECES = {"\r", "\n", "\r\n", "a", "é", "\uD83D\uDE00", "line\n"};

    @Test
    void it_equals_the_string_after_every_edit() {
        var random = new Random(7);
        for (int round = 0; round < 20; round++) {
            var text = new StringBuilder(pieces(random, random.nextInt(3_000)));
            var rope = Rope.of(text.toString());
            for (int edit = 0; edit < 20; edit++) {
                int from = random.nextInt(text.length() + 1);
                int to = Math.min(text.length(), from + random.nextInt(random.nextInt(5_000) + 1));
                var put = pieces(random, random.nextInt(random.nextInt(3_000) + 1));
                text.replace(from, to, put);
                rope = rope.replaced(from, to, put);
                check(rope, text.toString());
            }
        }
    }

    @Test
    void many_edits_at_one_position_keep_it_balanced() {
        var rope = Rope.of("a\n".repeat(50_000));
        for (int i = 0; i < 20_000; i++) {
            rope = rope.replaced(50_000, 50_000, "x");
        }
        assertThat(rope.length()).isEqualTo(120_000);
        assertThat(rope.lineStart(25_000)).isEqualTo(50_000);
        assertThat(rope.lineStart(25_001)).isEqualTo(70_002);
        assertThat(rope.offset(25_000, 30_000)).isEqualTo(70_001);
    }

    private static void check(Rope rope, String text) {
        assertThat(rope.toString()).isEqualTo(text);
        var starts = starts(text);
        for (int line = 0; line < starts.size(); line += 1 + line / 8) {
            assertThat(rope.lineStart(line)).as("line %s", line).isEqualTo(starts.get(line));
            int end = line + 1 < starts.size() ? starts.get(line + 1) : text.length();
            while (end > starts.get(line) && "\r\n".indexOf(text.charAt(end - 1)) >= 0) {
                end--;
            }
            assertThat(rope.offset(line, Integer.MAX_VALUE)).isEqualTo(end);
            assertThat(rope.offset(line, 1)).isEqualTo(Math.min(end, starts.get(line) + 1));
        }
        assertThat(rope.lineStart(starts.size())).isEqualTo(-1);
        if (!text.isEmpty()) {
            assertThat(rope.charAt(text.length() / 2)).isEqualTo(text.charAt(text.length() / 2));
        }
    }

    private static List<Integer> starts(String text) {
        var starts = new ArrayList<>(List.of(0));
        for (int i = 0; i < text.length(); i++) {
            boolean isPair =
                    text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if ("\r\n".indexOf(text.charAt(i)) >= 0 && !isPair) {
                starts.add(i + 1);
            }
        }
        return starts;
    }

    private static String pieces(Random random, int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }
}

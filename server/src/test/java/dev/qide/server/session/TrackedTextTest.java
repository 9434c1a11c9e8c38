package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.wire.FailureException;
import java.util.List;
import org.eclipse.lsp4j.Position;
import org.eclipse.lsp4j.Range;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;
import org.junit.jupiter.api.Test;

class TrackedTextTest {
    @Test
    void a_change_replaces_what_is_between_the_bars() {
        check("ab|c|d", "X", "abXd");
        check("one\ntw|o\nth|ree", "", "one\ntwree");
        check("||", "x", "x");
        check("a\r\nb|\r\nc|", "!", "a\r\nb!");
        check("a\rb||c", "-", "a\rb-c");
        check("😀|x|", "y", "😀y");
    }

    /// LSP ends lines at LF, CR and CRLF alone, and counts UTF-16 units whatever they mean.
    @Test
    void other_separators_and_parts_of_characters_are_characters_of_their_line() {
        for (var separator : List.of("\u2028", "\u2029", "\u0085", "\u000B", "\f", "\u0000")) {
            check(
                    "a" + separator + "b\nc" + separator + "|d|",
                    "x",
                    "a" + separator + "b\nc" + separator + "x");
            assertThat(new TrackedText("python", "a" + separator + "b").offset(new Position(0, 2)))
                    .isEqualTo(2);
        }
        check("e\u0301|x|", "y", "e\u0301y");
        check("\uD83D|x|\uDE00", "", "\uD83D\uDE00");
        check("\uDE00\uD83D|x|", "y", "\uDE00\uD83Dy");
        check("👩‍💻\n👩‍💻|x|", "y", "👩‍💻\n👩‍💻y");
    }

    @Test
    void changes_apply_one_after_the_other() {
        var text =
                new TrackedText("python", "abc")
                        .changed(List.of(change(0, 0, 0, 1, ""), change(0, 0, 0, 0, "Z")));

        assertThat(text).isEqualTo(new TrackedText("python", "Zbc"));
    }

    @Test
    void a_change_without_a_range_is_the_whole_text() {
        var whole = new TextDocumentContentChangeEvent("new");

        assertThat(new TrackedText("python", "old").changed(List.of(whole)).text())
                .isEqualTo("new");
    }

    @Test
    void a_character_behind_the_lines_end_means_its_end() {
        assertThat(new TrackedText("python", "ab\ncd").offset(new Position(0, 99))).isEqualTo(2);
    }

    @Test
    void a_line_that_does_not_exist_is_refused() {
        var text = new TrackedText("python", "ab");

        assertThatThrownBy(() -> text.offset(new Position(1, 0)))
                .isInstanceOf(FailureException.class);
        assertThatThrownBy(() -> text.offset(new Position(0, -1)))
                .isInstanceOf(FailureException.class);
        assertThatThrownBy(() -> text.changed(List.of(change(0, 2, 0, 1, ""))))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void a_change_without_its_text_or_half_its_range_is_refused() {
        var text = new TrackedText("python", "ab");

        assertThatThrownBy(() -> text.changed(List.of(new TextDocumentContentChangeEvent())))
                .isInstanceOf(FailureException.class);
        var half = new TextDocumentContentChangeEvent("x");
        half.setRange(new Range());
        assertThatThrownBy(() -> text.changed(List.of(half))).isInstanceOf(FailureException.class);
    }

    private static void check(String marked, String inserted, String after) {
        int from = marked.indexOf('|');
        int to = marked.lastIndexOf('|') - 1;
        var text = marked.replace("|", "");
        var change =
                new TextDocumentContentChangeEvent(
                        new Range(position(text, from), position(text, to)), inserted);

        assertThat(new TrackedText("python", text).changed(List.of(change)).text())
                .isEqualTo(after);
    }

    private static Position position(String text, int offset) {
        var before = text.substring(0, offset).replace("\r\n", "\n").replace('\r', '\n');
        int line = (int) before.chars().filter(c -> c == '\n').count();
        return new Position(line, before.length() - 1 - before.lastIndexOf('\n'));
    }

    private static TextDocumentContentChangeEvent change(
            int line, int from, int toLine, int to, String text) {
        return new TextDocumentContentChangeEvent(
                new Range(new Position(line, from), new Position(toLine, to)), text);
    }
}

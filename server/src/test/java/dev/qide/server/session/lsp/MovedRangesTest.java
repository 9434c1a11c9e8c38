package dev.qide.server.session.lsp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

/// Ranges of one text in another text, in which others have typed.
class MovedRangesTest {
    private static final String TEXT = "one area\ntwo\nthree area\n";

    @Test
    void a_range_follows_its_characters() {
        assertThat(moved("zero\n" + TEXT, 0, 4, 0, 8)).isEqualTo("1:4-1:8");
        assertThat(moved("one big area\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("0:8-0:12");
        assertThat(moved("two\nthree area\n", 2, 6, 2, 10)).isEqualTo("1:6-1:10");
        assertThat(moved(TEXT + "four\n", 2, 6, 2, 10)).isEqualTo("2:6-2:10");
        assertThat(moved("one area(2)\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("0:4-0:8");
        assertThat(moved("one area\ntwo and\nthree area\n", 0, 4, 0, 8)).isEqualTo("0:4-0:8");
    }

    @Test
    void an_insertion_follows_the_characters_around_it() {
        assertThat(moved("zero\n" + TEXT, 1, 0, 1, 0)).isEqualTo("2:0-2:0");
        assertThat(moved("zero\n" + TEXT, 3, 0, 3, 0)).isEqualTo("4:0-4:0");
    }

    @Test
    void a_position_beyond_the_end_of_a_line_or_of_the_text_means_that_end() {
        assertThat(moved("zero\n" + TEXT, 1, 0, 1, 99)).isEqualTo("2:0-2:3");
        assertThat(moved("zero\n" + TEXT, 2, 6, 9, 0)).isEqualTo("3:6-4:0");
    }

    @Test
    void a_range_whose_characters_or_word_changed_has_none() {
        assertThat(moved("one arxea\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("refused");
        assertThat(moved("one myarea\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("refused");
        assertThat(moved("one areas\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("refused");
        assertThat(moved("one\ntwo\nthree area\n", 0, 4, 0, 8)).isEqualTo("refused");
        assertThat(moved("", 0, 4, 0, 8)).isEqualTo("refused");
        assertThat(moved("zero\n" + TEXT, 0, 0, 3, 0)).isEqualTo("1:0-4:0");
        assertThat(moved("one area\n2\nthree area\n", 0, 0, 3, 0)).isEqualTo("refused");
    }

    @Test
    void a_malformed_range_has_none() {
        assertThat(moved("zero\n" + TEXT, 1, 0, 0, 0)).isEqualTo("refused");
        assertThat(moved("zero\n" + TEXT, -1, 0, 0, 0)).isEqualTo("refused");
        assertThat(new MovedRanges(TEXT, "").move(new JsonObject())).isFalse();
    }

    private static String moved(String after, int line, int from, int endLine, int to) {
        var range =
                JsonParser.parseString(
                                "{'start':{'line':%d,'character':%d},'end':{'line':%d,'character':%d}}"
                                        .formatted(line, from, endLine, to))
                        .getAsJsonObject();
        if (!new MovedRanges(TEXT, after).move(range)) {
            return "refused";
        }
        return position(range, "start") + "-" + position(range, "end");
    }

    private static String position(JsonObject range, String end) {
        var position = range.getAsJsonObject(end);
        return position.get("line") + ":" + position.get("character");
    }
}

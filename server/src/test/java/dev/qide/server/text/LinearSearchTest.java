package dev.qide.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class LinearSearchTest {
    @Test
    void it_finds_what_index_of_finds() {
        var random = RandomGenerator.of("L64X128MixRandom");
        for (int i = 0; i < 20_000; i++) {
            var text = words(random, 40);
            var part = words(random, 6);
            int from = random.nextInt(text.length() + 1);
            assertThat(LinearSearch.indexOf(text, part, from))
                    .as("%s in %s from %d", part, text, from)
                    .isEqualTo(text.indexOf(part, from));
        }
    }

    @Test
    void it_takes_time_in_proportion_to_the_texts() {
        Growth.check(
                "nearly matching everywhere",
                20_000,
                n -> "a".repeat(n),
                text -> LinearSearch.indexOf(text, text.substring(text.length() / 2) + "b", 0));
    }

    private static String words(RandomGenerator random, int most) {
        var text = new StringBuilder();
        for (int i = random.nextInt(most); i > 0; i--) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }
}

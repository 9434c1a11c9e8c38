package dev.qide.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ThreeWayMergeTest {
    /// `-Dtrials=N` for more.
    private static final int TRIALS = Integer.getInteger("trials", 1_000);

    private static final int ATTEMPTS = 3;

    /// A machine under load takes twice the time of `docs/benchmarks.md`; a quadratic merge takes
    /// minutes.
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final int LARGE_CHARACTERS = 5 << 20;

    /// `/` is a line feed.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a/b/c/          | A/b/c/         | a/b/C/          | A/b/C/
                    a/b/c/          | A/b/c/         | a/B/c/          | A/B/c/
                    a/b/            | a/new/b/       | a/b/x/          | a/new/b/x/
                    a/b/            | a/one/b/       | a/two/b/        | a/one/two/b/
                    a/b/            | a/same/b/      | a/same/b/       | a/same/b/
                    a/b/            | a/same/b/      | a/same/more/b/  | a/same/more/b/
                    a/b/            | a/x/same/y/b/  | a/same/b/       | a/x/same/y/b/
                    a/b/c/          | a/c/           | a/B/c/          | a/B/c/
                    a/b/c/          | a/B/c/         | a/c/            | a/B/c/
                    a/b/c/d/        | a/d/           | a/b/new/c/d/    | a/new/d/
                    a/b/c/          | a/c/           | a/c/            | a/c/
                    x=1/            | x=12/          | x = 1/          | x = 12/
                    f(a, b)/        | g(a, b)/       | f(a, b, c)/     | g(a, b, c)/
                    colour/         | color/         | colours/        | colors/
                    one/            | two/           | three/          | two/three/
                    int a = 1;/     | long a = 1;/   | int a = 2;/     | long a = 2;/
                    a/              | a/x            | a/y             | a/x/y
                    a/b/            | a/b            | a/b/c/          | a/b/c/
                    f(a)/           | f(a, b)/       | f(a, c)/        | f(a, b, c)/
                    """)
    void both_changes_are_in_the_result(String base, String ours, String theirs, String merged) {
        assertThat(merge(base, ours, theirs)).isEqualTo(merged.replace('/', '\n'));
    }

    @Test
    void an_emptied_text_keeps_insertions_of_the_other_side() {
        assertThat(ThreeWayMerge.merge("a\nb\n", "", "a\nb\nc\n")).isEqualTo("c\n");
        assertThat(ThreeWayMerge.merge("", "x\n", "y\n")).isEqualTo("x\ny\n");
        assertThat(ThreeWayMerge.merge("a\n", "", "")).isEmpty();
    }

    @Test
    void contains_detects_a_change_in_a_later_text() {
        assertThat(ThreeWayMerge.contains("a\nb\n", "a\nx\nb\n", "a\nx\nb\ny\n")).isTrue();
        assertThat(ThreeWayMerge.contains("a\nb\n", "a\nx\nb\n", "a\nb\ny\n")).isFalse();
    }

    @Test
    void surrogate_pairs_are_never_split() {
        var merged = ThreeWayMerge.merge("x😀y\n", "x😁y\n", "x😀yz\n");
        assertThat(merged).isEqualTo("x😁yz\n");
    }

    @Test
    void a_change_of_one_side_is_taken_unchanged() {
        random((random, base) -> {
            var changed = edited(random, base, 'A');
            assertThat(ThreeWayMerge.merge(base, changed, base)).isEqualTo(changed);
            assertThat(ThreeWayMerge.merge(base, base, changed)).isEqualTo(changed);
            assertThat(ThreeWayMerge.merge(base, changed, changed)).isEqualTo(changed);
        });
    }

    /// Each side uses its own letters, so that they can be found in the result.
    @Test
    void insertions_of_both_sides_are_in_the_result_in_order() {
        random((random, base) -> {
            var ours = edited(random, base, 'A');
            var theirs = edited(random, base, 'N');
            var merged = ThreeWayMerge.merge(base, ours, theirs);
            assertThat(only(merged, 'A')).as("ours").isEqualTo(only(ours, 'A'));
            assertThat(only(merged, 'N')).as("theirs").isEqualTo(only(theirs, 'N'));
        });
    }

    @Test
    void distant_changes_merge_symmetrically() {
        random((random, base) -> {
            var apart = "-\n=\n-\n#\n-\n+\n".repeat(3) + "!\n";
            var ours = edited(random, base, 'A') + apart + base;
            var theirs = base + apart + edited(random, base, 'N');
            var whole = base + apart + base;
            assertThat(ThreeWayMerge.merge(whole, ours, theirs))
                    .isEqualTo(ThreeWayMerge.merge(whole, theirs, ours))
                    .isEqualTo(
                            ours.substring(0, ours.length() - base.length())
                                    + theirs.substring((base + apart).length()));
        });
    }

    @Test
    void merging_again_changes_nothing() {
        random((random, base) -> {
            var theirs = edited(random, base, 'N');
            var merged = ThreeWayMerge.merge(base, edited(random, base, 'A'), theirs);
            var again = ThreeWayMerge.merge(base, merged, theirs);
            assertThat(only(again, 'A')).isEqualTo(only(merged, 'A'));
            assertThat(only(again, 'N').length())
                    .isGreaterThanOrEqualTo(only(theirs, 'N').length());
        });
    }

    @Test
    void hostile_texts_of_the_largest_size_take_a_bounded_time() {
        var random = seeded();
        var texts =
                List.of(
                        filled(random, 1, 2),
                        filled(random, 6, 1_000_000),
                        "x\n".repeat(LARGE_CHARACTERS / 2),
                        "x y ".repeat(LARGE_CHARACTERS / 4));
        for (int i = 0; i < texts.size(); i++) {
            var base = texts.get(i);
            var other = texts.get((i + 1) % texts.size());
            timed(
                    i + " every second line",
                    base,
                    everySecondLine(base, "A"),
                    everySecondLine(base, "N"));
            timed(i + " shuffled", base, shuffled(base, random), shuffled(base, random));
            timed(i + " others", base, other, texts.get((i + 2) % texts.size()));
        }
    }

    /// The shortest CPU time of a few merges: it depends little on the load of the machine, which
    /// shares its caches.
    private static void timed(String what, String base, String ours, String theirs) {
        var clock = ManagementFactory.getThreadMXBean();
        var shortest = ChronoUnit.FOREVER.getDuration();
        for (int i = 0; i < ATTEMPTS && shortest.compareTo(LONGEST) >= 0; i++) {
            long begun = clock.getCurrentThreadCpuTime();
            var merged = ThreeWayMerge.merge(base, ours, theirs);
            var took = Duration.ofNanos(clock.getCurrentThreadCpuTime() - begun);
            System.out.printf(
                    "merge of 5 MiB, %s: %d ms, %d characters%n",
                    what, took.toMillis(), merged.length());
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
        }
        assertThat(shortest).as(what).isLessThan(LONGEST);
    }

    private interface Trial {
        void run(Random random, String base);
    }

    private static void random(Trial trial) {
        var random = seeded();
        for (int i = 0; i < TRIALS; i++) {
            trial.run(random, text(random, random.nextInt(30)));
        }
    }

    private static Random seeded() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        return new Random(seed);
    }

    private static String text(Random random, int lines) {
        return IntStream.range(0, lines).mapToObj(_ -> line(random)).collect(Collectors.joining());
    }

    private static String line(Random random) {
        var line = new StringBuilder();
        for (int words = random.nextInt(5); words > 0; words--) {
            line.append((char) ('a' + random.nextInt(6))).append(random.nextBoolean() ? " " : "");
        }
        return line.append('\n').toString();
    }

    /// Random edits that insert letters from one half of the alphabet.
    private static String edited(Random random, String base, char first) {
        var text = new StringBuilder(base);
        for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + (random.nextBoolean() ? 0 : random.nextInt(12)));
            var deleted = text.substring(at, end);
            if (deleted.chars().allMatch(one -> one < 'A' || one > 'Z')) {
                text.delete(at, end);
            }
            for (int count = random.nextInt(6); count > 0; count--) {
                text.insert(at, (char) (first + random.nextInt(13)));
            }
            if (random.nextInt(3) == 0) {
                text.insert(at, '\n');
            }
        }
        return text.toString();
    }

    private static String only(String text, char first) {
        return text.chars()
                .filter(one -> one >= first && one < first + 13)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String filled(Random random, int lineCharacters, int words) {
        var text = new StringBuilder(LARGE_CHARACTERS + 64);
        while (text.length() < LARGE_CHARACTERS) {
            var word = Integer.toString(random.nextInt(words), 36);
            int line = text.length();
            while (text.length() - line < lineCharacters) {
                text.append(word);
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String everySecondLine(String text, String inserted) {
        var lines = text.split("(?<=\n)", -1);
        for (int i = 0; i < lines.length; i += 2) {
            lines[i] =
                    inserted + lines[i].substring(Math.min(1, Math.max(0, lines[i].length() - 1)));
        }
        return String.join("", lines);
    }

    private static String shuffled(String text, Random random) {
        var lines = new ArrayList<>(List.of(text.split("(?<=\n)", -1)));
        java.util.Collections.shuffle(lines, random);
        return String.join("", lines);
    }

    private static String merge(String base, String ours, String theirs) {
        return ThreeWayMerge.merge(
                base.replace('/', '\n'), ours.replace('/', '\n'), theirs.replace('/', '\n'));
    }
}

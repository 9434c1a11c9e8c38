package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import dev.qide.server.files.archive.ZipArchive;
import dev.qide.server.text.TokenSequence;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files take time in proportion to their length, whatever they are made to do.
class FilesGrowthTest {
    private record IgnoreInput(byte[] rules, List<String> paths) {}

    @ParameterizedTest
    @ValueSource(strings = {"a", "\r\n", "é\n"})
    void a_text(String part) {
        Growth.check(
                "text",
                50_000,
                n -> part.repeat(n).getBytes(StandardCharsets.UTF_8),
                bytes -> TextFile.decoded(bytes, Integer.MAX_VALUE));
    }

    @Test
    void a_text_in_another_encoding() {
        Growth.check(
                "windows-1252",
                50_000,
                n -> "\u0080\n".repeat(n).getBytes(StandardCharsets.ISO_8859_1),
                bytes -> TextFile.decoded(bytes, Integer.MAX_VALUE));
    }

    @Test
    void plain_rules_are_looked_up_for_each_path() {
        Growth.check(
                "rules and paths",
                2_000,
                n -> {
                    var rules = new StringBuilder();
                    var paths = new ArrayList<String>();
                    for (int i = 0; i < n; i++) {
                        rules.append(i % 2 == 0 ? "name" : "/folder/name").append(i).append('\n');
                        paths.add("folder/other" + i);
                    }
                    return new IgnoreInput(
                            rules.toString().getBytes(StandardCharsets.UTF_8), paths);
                },
                asked -> {
                    var rules = IgnoreFile.parse(asked.rules());
                    asked.paths().forEach(path -> rules.isIgnored(path, false));
                });
    }

    @Test
    void a_pattern_with_exponential_backtracking_ends_soon() {
        var pattern = "*a".repeat(100) + "*b";
        Growth.check(
                "stars",
                500,
                n -> "a".repeat(n),
                name -> {
                    // Pattern times name at most: here the pattern stays.
                    assertThat(WildcardPattern.matches(pattern, name)).isFalse();
                });
        var folders = "**/a/".repeat(30) + "b";
        var path = "a/".repeat(500) + "c";
        var rules = IgnoreFile.parse(folders.getBytes(StandardCharsets.UTF_8));
        assertThat(rules.isIgnored(path, false)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a\",", "W/\"a\",", "\"a\" ", " ", ",", "\""})
    void tags_that_a_write_expects(String part) {
        Growth.checkUnordered(
                "tags of " + part,
                2_000,
                n -> part.repeat(n),
                tags -> {
                    try {
                        Precondition.ofPresent(tags);
                    } catch (FailureException unreadable) {
                        assertThat(unreadable.failure()).isEqualTo(Failure.INVALID_PARAMS);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"needle", "\\bnee\\w*", "^\\s*import", "n.+e", "(nee|hay)dle$", "\\S+;"})
    void a_search_in_lines_of_usual_length(String expression) {
        var query =
                new SearchPattern.Query(expression, true, false, false, List.of(), List.of(), 1);
        var pattern = new SearchPattern(query, inAMinute());
        Growth.check(
                "search for " + expression,
                500,
                n -> "    the needle is in the haystack;\n".repeat(n),
                text -> assertThat(pattern.matcher(text).results().count()).isNotNegative());
    }

    private static Deadline inAMinute() {
        return new Deadline(System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.ts", "**/a/*.ts", "src/**", "{a,b}/**/x", "a?c"})
    void globs_and_long_paths(String glob) {
        var query = new SearchPattern.Query("a", false, false, false, List.of(glob), List.of(), 1);
        var pattern = new SearchPattern(query, inAMinute());
        Growth.check("glob " + glob, 1_000, n -> "a/".repeat(n) + "b", pattern::isIn);
    }

    @Test
    void names_of_an_archive(@TempDir Path folder) {
        Growth.check(
                "archive",
                1_000,
                n -> archive(folder, n),
                file -> {
                    try (var zip = new ZipArchive(file)) {
                        assertThat(zip.entries(Integer.MAX_VALUE)).isNotEmpty();
                    } catch (IOException impossible) {
                        throw new UncheckedIOException(impossible);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "日 ", "a\n"})
    void pieces_of_a_text(String part) {
        for (var granularity : TokenSequence.Granularity.values()) {
            Growth.check(
                    "pieces " + granularity,
                    20_000,
                    n -> part.repeat(n),
                    text ->
                            TokenSequence.of(text, granularity)
                                    .numbers(new TokenSequence.Vocabulary()));
        }
    }

    private static Path archive(Path folder, int entries) {
        var file = folder.resolve(entries + ".zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < entries; i++) {
                zip.putNextEntry(new ZipEntry("a/".repeat(50) + i));
                zip.closeEntry();
            }
            return file;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}

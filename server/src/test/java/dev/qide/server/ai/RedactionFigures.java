package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ai.privacy.SecretFormats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Measures which secrets the redaction finds, with another seed at each run, and which lines of
/// foreign code it changes. Not part of the suite; run it by name: `-Dtest=RedactionFigures
/// -Dai.code=DIR,DIR`, with the source code of other projects. `-Dai.seed=N` repeats a run.
final class RedactionFigures {
    private static final long SEED = Long.getLong("ai.seed", System.nanoTime());
    private static final int EACH = 1_000;
    private static final int SHOWN = 10;
    private static final long FILE_BYTES = 4 << 20;

    private static final List<String> CODE =
            List.of(".java", ".py", ".ts", ".js", ".mjs", ".c", ".h", ".go", ".rs", ".pl", ".pm");

    @Test
    void recall() {
        System.out.println("seed " + SEED);
        var random = new Random(SEED);
        var missed = new TreeMap<String, Integer>();
        PrivacyTest.FORMATS.forEach((prefix, shape) -> {
            for (int i = 0; i < EACH; i++) {
                var key =
                        prefix
                                + PrivacyTest.random(
                                        random, (String) shape.get(0), (int) shape.get(1));
                missed.merge(prefix, PrivacyTest.isFound(random, key) ? 0 : 1, Integer::sum);
            }
        });
        missed.forEach((prefix, count) ->
                System.out.printf("%-18s %d of %d found%n", prefix, EACH - count, EACH));
        int found = 0;
        for (int i = 0; i < EACH; i++) {
            found +=
                    PrivacyTest.isFound(random, PrivacyTest.random(random, PrivacyTest.BASE62, 32))
                            ? 1
                            : 0;
            found +=
                    PrivacyTest.isFound(
                                    random,
                                    PrivacyTest.random(random, PrivacyTest.BASE62 + "+/", 44))
                            ? 1
                            : 0;
            found +=
                    PrivacyTest.isFound(random, PrivacyTest.random(random, PrivacyTest.HEX, 64))
                            ? 1
                            : 0;
        }
        System.out.printf("random strings     %d of %d found%n", found, 3 * EACH);
        assertThat(missed.values()).containsOnly(0);
        assertThat(found).isGreaterThanOrEqualTo(3 * EACH * 95 / 100);
    }

    @Test
    void foreign_code_is_left_alone() throws IOException {
        var folders = System.getProperty("ai.code");
        assertThat(folders).as("the folders of -Dai.code").isNotNull();
        for (var folder : folders.split(",", -1)) {
            var touched = new ArrayList<String>();
            long lines = 0;
            for (var file : sources(Path.of(folder))) {
                var text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
                for (var line : text.lines().toList()) {
                    lines++;
                    if (!SecretFormats.in(line).isEmpty()) {
                        touched.add(line.strip());
                    }
                }
            }
            System.out.printf(
                    "%s: %d of %d lines changed (%.3f %%)%n",
                    folder, touched.size(), lines, 100.0 * touched.size() / lines);
            touched.stream()
                    .limit(SHOWN)
                    .forEach(line ->
                            System.out.println(
                                    "    " + line.substring(0, Math.min(100, line.length()))));
            assertThat(lines).as(folder).isGreaterThan(10_000);
            assertThat(touched.size()).isLessThanOrEqualTo((int) (lines / 200));
        }
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            var sources = new ArrayList<Path>();
            for (var path : (Iterable<Path>) all::iterator) {
                boolean isCode = CODE.stream().anyMatch(path.toString()::endsWith);
                if (isCode && Files.isRegularFile(path) && Files.size(path) < FILE_BYTES) {
                    sources.add(path);
                }
            }
            return sources;
        }
    }
}

package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.eclipse.jgit.ignore.IgnoreNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rules and a path, and what becomes of it.
class IgnoreFileTest {
    private static final String[] PIECES = {
        "a", "b", "ab", "*", "?", "/", "/", "**/", "/**", "[ab]", "[!a]", "[a-c]", "a*b"
    };
    private static final String[] NAMES = {"a", "b", "ab", "aab", "c", "abc", "axb"};
    private static final int ROUNDS = 40_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*.log              | a/b.log     | ignored",
                "*.log;!b.log       | a/b.log     | kept",
                "!b.log;*.log       | a/b.log     | ignored",
                "/top               | top         | ignored",
                "/top               | a/top       | none",
                "a/b                | a/b         | ignored",
                "a/b                | c/a/b       | none",
                "out/               | out         | none",
                "out/               | out/        | ignored",
                "out;!out/          | out/        | kept",
                "out;!out/          | out         | ignored",
                "!out;out/          | out         | kept",
                "**/b               | a/c/b       | ignored",
                "**/b               | b           | ignored",
                "a/**               | a           | none",
                "a/**               | a/b/c       | ignored",
                "a/**/b             | a/b         | ignored",
                "a/**/b             | a/x/y/b     | ignored",
                "a/*/b              | a/x/y/b     | none",
                "a?c                | abc         | ignored",
                "[a-c]x             | bx          | ignored",
                "[!a-c]x            | bx          | none",
                "[[:digit:]]x       | 7x          | ignored",
                "\\#a               | #a          | ignored",
                "\\!a               | !a          | ignored",
                "#a                 | #a          | none",
                "a\\*b              | a*b         | ignored",
                "a\\*b              | axb         | none",
            })
    void a_rule_means_what_git_means(String rules, String path, String becomes) {
        var file = IgnoreFile.parse(rules.replace(';', '\n').getBytes(StandardCharsets.UTF_8));
        boolean isFolder = path.endsWith("/");
        var ignored =
                file.isIgnored(isFolder ? path.substring(0, path.length() - 1) : path, isFolder);

        assertThat(ignored == null ? "none" : ignored ? "ignored" : "kept").isEqualTo(becomes);
    }

    @Test
    void it_agrees_with_jgit() throws IOException {
        var random = new Random(3);
        for (int round = 0; round < ROUNDS; round++) {
            var rules = new StringBuilder();
            for (int i = random.nextInt(4); i >= 0; i--) {
                rules.append(rule(random)).append('\n');
            }
            var bytes = rules.toString().getBytes(StandardCharsets.UTF_8);
            var path = new StringBuilder(NAMES[random.nextInt(NAMES.length)]);
            for (int i = random.nextInt(3); i > 0; i--) {
                path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
            }
            boolean isFolder = random.nextBoolean();
            var jgit = new IgnoreNode();
            jgit.parse(new ByteArrayInputStream(bytes));

            assertThat(IgnoreFile.parse(bytes).isIgnored(path.toString(), isFolder))
                    .as("%s of %s (folder: %s)", path, rules, isFolder)
                    .isEqualTo(jgit.checkIgnored(path.toString(), isFolder));
        }
    }

    private static String rule(Random random) {
        var rule = new StringBuilder(random.nextInt(4) == 0 ? "!" : "");
        for (int i = random.nextInt(3); i >= 0; i--) {
            rule.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return rule.toString().replaceAll("/+", "/");
    }
}

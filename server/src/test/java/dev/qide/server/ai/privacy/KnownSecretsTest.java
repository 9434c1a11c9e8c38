package dev.qide.server.ai.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Secrets that are replaced wherever they are.
class KnownSecretsTest {
    private static final long SEED = 20_261_130;

    @Test
    void the_first_secret_wins_and_at_the_same_place_the_longest() {
        assertThat(replaced("-abcdef-", "bcdefg", "abc", "cde", "abcd")).isEqualTo("-<abcd>ef-");
        assertThat(replaced("-abcdef-", "abcx", "abcdefx", "bcd")).isEqualTo("-a<bcd>ef-");
        assertThat(replaced("abcabc ab", "abc")).isEqualTo("<abc><abc> ab");
        assertThat(replaced("abc")).isEqualTo("abc");
        assertThat(replaced("a", "ab")).isEqualTo("a");
    }

    @Test
    void every_known_secret_is_replaced_at_any_time() {
        var random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            var known = new KnownSecrets();
            var secrets = new TreeSet<String>();
            for (int j = 0; j < 20; j++) {
                for (int k = random.nextInt(4); k > 0; k--) {
                    var secret = text(random, 2 + random.nextInt(20));
                    if (secrets.add(secret)) {
                        known.add(secret);
                    }
                }
                var text = text(random, random.nextInt(200));
                assertThat(known.replaced(text, secret -> "<" + secret + ">"))
                        .isEqualTo(replacedOneByOne(text, secrets));
            }
        }
    }

    @Test
    void a_secret_on_the_border_of_two_windows_is_replaced() {
        for (int length : new int[] {2, 20, 100_000}) {
            var secret = text(new Random(SEED), length).replace('a', 'x') + "y";
            var around = "a".repeat((1 << 16) - 1);
            assertThat(replaced(around + secret + around + secret, secret, "zz"))
                    .isEqualTo(around + "<" + secret + ">" + around + "<" + secret + ">");
        }
    }

    @Test
    void secrets_with_a_long_common_beginning_cost_no_more() {
        Growth.checkUnordered(
                "secrets with a common beginning",
                20_000,
                n -> {
                    var begin = "ab".repeat(100);
                    var known = new KnownSecrets();
                    for (int i = 0; i < n / 100; i++) {
                        known.add(begin + "%06d".formatted(i));
                    }
                    return new Searched(known, "ab".repeat(n / 2));
                },
                searched -> {
                    var _ = searched.known().replaced(searched.text(), secret -> "");
                });
    }

    private record Searched(KnownSecrets known, String text) {}

    private static String text(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }

    private static String replaced(String text, String... secrets) {
        var known = new KnownSecrets();
        List.of(secrets).forEach(known::add);
        return known.replaced(text, secret -> "<" + secret + ">");
    }

    private static String replacedOneByOne(String text, Set<String> secrets) {
        var replaced = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            var rest = text.substring(at);
            var longest =
                    secrets.stream()
                            .filter(rest::startsWith)
                            .reduce(
                                    "",
                                    (one, other) -> one.length() > other.length() ? one : other);
            replaced.append(longest.isEmpty() ? rest.substring(0, 1) : "<" + longest + ">");
            at += Math.max(1, longest.length());
        }
        return replaced.toString();
    }
}

package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
    @Test
    void a_setting_changes_what_it_names() {
        var limits = Limits.parse("reads=600, messages=7,");

        assertThat(limits.of(Limit.READS)).isEqualTo(600);
        assertThat(limits.of(Limit.MESSAGES)).isEqualTo(7);
        assertThat(limits.of(Limit.WRITES)).isEqualTo(Limits.local().of(Limit.WRITES));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "read=1",
                "reads",
                "reads=",
                "reads=0",
                "reads=-1",
                "reads=1.5",
                "reads=x",
                "reads=1000000001",
                "reads=99999999999",
                "message-bytes=8388607",
                "=5"
            })
    void a_mistake_in_a_setting_is_named(String setting) {
        assertThatThrownBy(() -> Limits.parse(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("QIDE_LIMITS");
    }

    @Test
    void the_page_for_operators_lists_every_limit_with_its_default() throws IOException {
        var page = Files.readAllLines(Path.of("..", "docs", "operations.md"));
        var rows =
                Arrays.stream(Limit.values())
                        .map(limit ->
                                String.format(
                                        Locale.ROOT,
                                        "| `%s` | %,d%s |",
                                        limit.wireName(),
                                        limit.byDefault(),
                                        !limit.isRate()
                                                ? ""
                                                : limit.period().toSeconds() == 1
                                                        ? " per second"
                                                        : " per minute"))
                        .toList();

        assertThat(rows)
                .allSatisfy(row ->
                        assertThat(page).anySatisfy(line -> assertThat(line).startsWith(row)));
    }

    @Test
    void a_refusal_says_how_long_to_wait_and_is_counted() {
        var refused = new java.util.ArrayList<Limit>();
        var rates = new RateLimits(Limits.parse("writes=2"), refused::add);
        assertThat(rates.take(Limit.WRITES, "ann").remaining()).isEqualTo(1);
        assertThat(rates.take(Limit.WRITES, "ann").isAdmitted()).isTrue();

        var decision = rates.take(Limit.WRITES, "ann");

        assertThat(decision.isAdmitted()).isFalse();
        assertThat(decision.retryAfter().toMillis()).isBetween(20_000L, 30_000L);
        assertThat(decision.failure().tags()).containsEntry("limit", "writes");
        assertThat(refused).containsExactly(Limit.WRITES);
        assertThat(rates.take(Limit.WRITES, "bob").isAdmitted()).isTrue();
    }
}

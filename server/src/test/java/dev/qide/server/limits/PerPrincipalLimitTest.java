package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class PerPrincipalLimitTest {
    @Test
    void the_limit_of_one_person_does_not_affect_others() {
        var places = new PerPrincipalLimit(2);
        var first = Objects.requireNonNull(places.take("ann"));
        assertThat(places.take("ann")).isNotNull();
        assertThat(places.take("ann")).isNull();
        assertThat(places.take("bob")).isNotNull();

        first.close();
        first.close();
        assertThat(places.take("ann")).isNotNull();
        assertThat(places.take("ann")).isNull();
    }
}

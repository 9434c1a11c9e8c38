package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

final class PerPrincipalLimitTest {
    @Test
    void the_limit_of_one_person_does_not_affect_others() {
        var places = new PerPrincipalLimit(2);
        var first = Objects.requireNonNull(places.tryAcquire("ann"));
        assertThat(places.tryAcquire("ann")).isNotNull();
        assertThat(places.tryAcquire("ann")).isNull();
        assertThat(places.tryAcquire("bob")).isNotNull();

        first.close();
        first.close();
        assertThat(places.tryAcquire("ann")).isNotNull();
        assertThat(places.tryAcquire("ann")).isNull();
    }
}

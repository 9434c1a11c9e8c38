package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private final Throttle throttle = new Throttle(3, Duration.ofHours(1));

    @Test
    void a_key_has_its_rate_and_no_more() {
        for (int i = 0; i < 3; i++) {
            assertThat(throttle.take("ann")).isTrue();
        }
        assertThat(throttle.hasLeft("ann")).isFalse();
        assertThat(throttle.take("ann")).isFalse();
    }

    @Test
    void one_key_costs_no_other() {
        for (int i = 0; i < 10; i++) {
            var _ = throttle.take("ann");
        }
        assertThat(throttle.take("bob")).isTrue();
    }

    @Test
    void looking_takes_nothing() {
        for (int i = 0; i < 10; i++) {
            assertThat(throttle.hasLeft("ann")).isTrue();
        }
    }
}

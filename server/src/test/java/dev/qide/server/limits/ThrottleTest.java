package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private final Throttle throttle = new Throttle(3, Duration.ofHours(1));

    @Test
    void a_key_is_limited_to_its_rate() {
        for (int i = 0; i < 3; i++) {
            assertThat(throttle.take("ann")).isTrue();
        }
        assertThat(throttle.hasLeft("ann")).isFalse();
        assertThat(throttle.take("ann")).isFalse();
    }

    @Test
    void keys_are_independent() {
        for (int i = 0; i < 10; i++) {
            var _ = throttle.take("ann");
        }
        assertThat(throttle.take("bob")).isTrue();
    }

    @Test
    void has_left_takes_no_token() {
        for (int i = 0; i < 10; i++) {
            assertThat(throttle.hasLeft("ann")).isTrue();
        }
    }
}

package dev.qide.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private final RateLimiter rateLimiter = new RateLimiter(3, Duration.ofHours(1));

    @Test
    void a_key_is_limited_to_its_rate() {
        for (int i = 0; i < 3; i++) {
            assertThat(rateLimiter.tryAcquire("ann")).isTrue();
        }
        assertThat(rateLimiter.hasTokens("ann")).isFalse();
        assertThat(rateLimiter.tryAcquire("ann")).isFalse();
    }

    @Test
    void keys_are_independent() {
        for (int i = 0; i < 10; i++) {
            var _ = rateLimiter.tryAcquire("ann");
        }
        assertThat(rateLimiter.tryAcquire("bob")).isTrue();
    }

    @Test
    void has_left_takes_no_token() {
        for (int i = 0; i < 10; i++) {
            assertThat(rateLimiter.hasTokens("ann")).isTrue();
        }
    }
}

package dev.qide.server.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {
    @ParameterizedTest
    @CsvSource({
        "redis://cache, redis://cache:6379/0",
        "redis://cache:7000/3, redis://cache:7000/3",
        "redis://cache/, redis://cache:6379/0",
        "REDISS://ann:secret@cache.example:6380, rediss://cache.example:6380/0",
        "redis://:secret@[::1]:6379/1, redis://[::1]:6379/1"
    })
    void an_address_is_shown_without_its_login(String text, String shown) {
        assertThat(RedisAddress.parse(text)).hasToString(shown);
    }

    @Test
    void a_login_may_have_special_characters() {
        var address = RedisAddress.parse("rediss://ann:p%40ss%3A+%2F@cache");

        assertThat(address.isSecure()).isTrue();
        assertThat(address.user()).isEqualTo("ann");
        assertThat(address.password().reveal()).isEqualTo("p@ss:+/");
        assertThat(RedisAddress.parse("redis://:word@cache").user()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cache:6379",
                "http://hunter2@cache",
                "redis://",
                "redis:///0",
                "redis://:hunter2@cache:0",
                "redis://:hunter2@cache:65536",
                "redis://:hunter2@cache/one",
                "redis://:hunter2@cache/1/2",
                "redis://:hunter2@cache?timeout=1",
                "redis://:hunter2@cache#1",
                "redis://:hunter2@ cache",
                "redis://:hunter2%@cache",
                "redis-socket:///run/redis.sock"
            })
    void a_mistake_is_refused_without_repeating_the_password(String text) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("QIDE_REDIS_URL must be redis://")
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
    }
}

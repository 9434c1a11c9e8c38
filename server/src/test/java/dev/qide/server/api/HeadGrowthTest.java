package dev.qide.server.api;

import dev.qide.server.Growth;
import dev.qide.server.api.http.ByteRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Parsing header values takes time in proportion to their length.
class HeadGrowthTest {
    @ParameterizedTest
    @ValueSource(strings = {"a=b;", ";", "=", "qide_session", " ", "a"})
    void cookies(String part) {
        Growth.check("cookies " + part, 10_000, n -> part.repeat(n), Cookies::read);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "0-", "1-1,", " ", "-"})
    void a_range(String part) {
        Growth.check(
                "range " + part,
                5_000,
                n -> "bytes=" + part.repeat(n),
                range -> ByteRange.of(range, 100));
    }
}

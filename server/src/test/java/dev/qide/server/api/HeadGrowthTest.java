package dev.qide.server.api;

import dev.qide.server.Growth;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Parsing header values takes time in proportion to their length.
class HeadGrowthTest {
    @ParameterizedTest
    @ValueSource(strings = {"a=b;", ";", "=", "qide_session", " ", "a"})
    void cookies(String part) {
        Growth.check("cookies " + part, 10_000, n -> part.repeat(n), Cookies::read);
    }
}

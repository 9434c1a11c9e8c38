package dev.qide.server.ai.provider;

import dev.qide.server.Growth;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The time to read a provider's stream grows linearly with its length.
class EventGrowthTest {
    @ParameterizedTest
    @ValueSource(strings = {"data: a\n", "data: a\r\n\r\n", "\r", "\n\n", ":\n", "x"})
    void events(String part) {
        Growth.check(
                "events",
                10_000,
                n -> part.repeat(n).getBytes(StandardCharsets.UTF_8),
                bytes -> {
                    var events = new ServerSentEvents(new ByteArrayInputStream(bytes));
                    try {
                        while (events.next() != null) {
                            // Only read.
                        }
                    } catch (IOException impossible) {
                        throw new UncheckedIOException(impossible);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}\n", "\n", "x"})
    void lines(String part) {
        Growth.check(
                "lines",
                10_000,
                n -> part.repeat(n).getBytes(StandardCharsets.UTF_8),
                bytes -> {
                    var lines = new JsonLines(new ByteArrayInputStream(bytes));
                    try {
                        while (lines.next() != null) {
                            // Only read.
                        }
                    } catch (IOException impossible) {
                        throw new UncheckedIOException(impossible);
                    }
                });
    }
}

package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private final Metrics metrics = new Metrics();

    @Test
    void the_series_of_removed_values_end_and_do_not_come_back() {
        var counter = metrics.counter("things_total", "Things.", "name");
        var histogram = metrics.histogram("thing_seconds", "Durations.", "name");
        for (var name : List.of("old", "kept")) {
            counter.increment(name);
            histogram.recordNanos(name, 1_000_000);
        }
        for (var metric : List.of(counter, histogram)) {
            metric.retain(Set.of("kept", "new"));
        }
        for (var name : List.of("old", "kept", "new")) {
            counter.increment(name);
            histogram.recordNanos(name, 1_000_000);
        }
        assertThat(metrics.expose())
                .doesNotContain("old")
                .contains("things_total{name=\"kept\",} 2.0")
                .contains("things_total{name=\"new\",} 1.0")
                .contains("thing_seconds_count{name=\"kept\",} 2.0")
                .contains("thing_seconds_count{name=\"new\",} 1.0");
    }

    @Test
    void a_value_that_returns_begins_at_zero() {
        var counter = metrics.counter("things_total", "Things.", "name");
        counter.add("one", 5);
        counter.retain(Set.of());
        counter.retain(Set.of("one"));
        counter.increment("one");
        assertThat(metrics.expose()).contains("things_total{name=\"one\",} 1.0");
    }
}

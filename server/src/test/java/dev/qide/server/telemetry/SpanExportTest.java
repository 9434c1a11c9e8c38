package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.qide.server.Await;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a collector receives, what is dropped, and what recording costs.
final class SpanExportTest {
    private static final String EXPORTED = "qide_telemetry_spans_exported_total";
    private static final String DROPPED = "qide_telemetry_spans_dropped_total";
    private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Test
    void a_span_has_its_times_its_parent_and_its_attributes() throws Exception {
        var metrics = new Metrics();
        try (var collector = SpanCollector.start()) {
            var before = InstantSource.system().millis();
            try (var _ = SpanExport.start(collector.settings(), InstantSource.system(), metrics)) {
                var trace = Trace.continuing("00-" + ID + "-00f067aa0ba902b7-01");
                trace.run(() -> {
                    Trace.setPrincipal("ann");
                    Trace.setWorkspace("w");
                });
                long begun = System.nanoTime() - Duration.ofMillis(250).toNanos();
                trace.partEnded(span("part", begun, true));
                trace.ended(span("whole", begun, false));
                Await.await(() -> value(metrics, EXPORTED) == 2);
            }

            var whole = collector.awaits("whole");
            var part = collector.awaits("part");
            assertThat(whole.trace()).isEqualTo(ID);
            assertThat(whole.parent()).isEqualTo("00f067aa0ba902b7");
            assertThat(part.trace()).isEqualTo(ID);
            assertThat(part.parent()).isEqualTo(whole.id());
            assertThat(whole.attribute("user.id")).isEqualTo("ann");
            assertThat(whole.attribute("qide.workspace")).isEqualTo("w");
            assertThat(whole.attribute("count")).isEqualTo("3");
            assertThat(whole.span().getStatus().getCodeValue()).isZero();
            assertThat(part.span().getStatus().getCodeValue()).isEqualTo(2);
            long start = whole.span().getStartTimeUnixNano() / 1_000_000;
            long end = whole.span().getEndTimeUnixNano() / 1_000_000;
            assertThat(end - start).isBetween(250L, 10_000L);
            assertThat(start).isBetween(before - 300, before + 10_000);
            assertThat(collector.resources())
                    .contains(
                            "service.name=qide",
                            "service.version=1.2",
                            "deployment.environment.name=test");
        }
        assertThat(value(metrics, DROPPED)).isZero();
    }

    @Test
    void what_waits_when_the_server_stops_is_sent_or_counted_as_dropped() throws Exception {
        var metrics = new Metrics();
        try (var collector = SpanCollector.start()) {
            try (var _ = SpanExport.start(collector.settings(), InstantSource.system(), metrics)) {
                Trace.continuing(null).ended(span("first", System.nanoTime(), false));
                Await.await(() -> value(metrics, EXPORTED) == 1);
                for (int i = 0; i < 9; i++) {
                    Trace.continuing(null).ended(span("last", System.nanoTime(), false));
                }
            }
            Await.await(() -> value(metrics, EXPORTED) + value(metrics, DROPPED) == 10);
            assertThat((double) collector.spans().size())
                    .isGreaterThanOrEqualTo(value(metrics, EXPORTED));
        }
    }

    @Test
    void a_caller_that_does_not_record_is_not_recorded() throws Exception {
        try (var collector = SpanCollector.start()) {
            var metrics = new Metrics();
            try (var _ = SpanExport.start(collector.settings(), InstantSource.system(), metrics)) {
                Trace.continuing("00-" + ID + "-00f067aa0ba902b7-00")
                        .ended(span("unwanted", System.nanoTime(), false));
                Trace.continuing(null).ended(span("wanted", System.nanoTime(), false));
                Await.await(() -> value(metrics, EXPORTED) == 1);
            }
            assertThat(collector.awaits("wanted").parent()).isEmpty();
            assertThat(collector.spans()).hasSize(1);
        }
    }

    @Test
    void a_collector_that_hangs_costs_spans_but_no_time() throws Exception {
        var metrics = new Metrics();
        try (var collector = SpanCollector.hanging()) {
            var export = SpanExport.start(collector.settings(), InstantSource.system(), metrics);
            long begun = System.nanoTime();
            for (int i = 0; i < 10_000; i++) {
                Trace.continuing(null).ended(span("many", begun, false));
            }
            // A wait for the collector would take its ten seconds.
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(8));
            assertThat(value(metrics, DROPPED)).isGreaterThan(10_000 - 4_096 - 2 * 512);

            long stopped = System.nanoTime();
            export.close();
            assertThat(Duration.ofNanos(System.nanoTime() - stopped))
                    .isLessThan(Duration.ofSeconds(8));
            Trace.continuing(null).ended(span("late", begun, false));
        }
        assertThat(value(metrics, EXPORTED)).isZero();
        // The thread that sends is stopped, and counts what it had taken.
        Await.await(() -> value(metrics, DROPPED) == 10_000);
    }

    @Test
    void spans_that_nobody_collects_are_counted_and_said_once() throws Exception {
        var metrics = new Metrics();
        try (var log = new LogCapture()) {
            var nobody = new SpanDestination("http://127.0.0.1:1/", "test", "1");
            try (var _ = SpanExport.start(nobody, InstantSource.system(), metrics)) {
                Trace.continuing(null).ended(span("lost", System.nanoTime(), false));
            }
            assertThat(log.awaits("telemetry.spans_dropped")).contains("QIDE_OTLP_ENDPOINT");
        }
        assertThat(value(metrics, DROPPED)).isEqualTo(1);
    }

    @Test
    void the_export_goes_on_when_its_failure_cannot_be_logged() throws Exception {
        var metrics = new Metrics();
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        var unloadable = new UnloadableAppender();
        unloadable.start();
        root.addAppender(unloadable);
        var nobody = new SpanDestination("http://127.0.0.1:1/", "test", "1");
        var export = SpanExport.start(nobody, InstantSource.system(), metrics);
        try {
            for (int sent = 1; sent <= 2; sent++) {
                double all = sent;
                Trace.continuing(null).ended(span("lost", System.nanoTime(), false));
                Await.await(() -> value(metrics, DROPPED) == all);
            }
        } finally {
            export.close();
            root.detachAppender(unloadable);
        }
    }

    /// Fails as logging does while no file descriptor is free.
    private static final class UnloadableAppender extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getMessage().contains("QIDE_OTLP_ENDPOINT")) {
                throw new NoClassDefFoundError("no file descriptor is free");
            }
        }
    }

    /// The same steps with and without export: what they allocate is the cost.
    @Test
    void without_a_collector_a_step_allocates_nothing() throws Exception {
        var source = new TraceSource("ann", "w");
        long off = allocatedBy(source);
        long on;
        try (var collector = SpanCollector.hanging();
                var _ =
                        SpanExport.start(
                                collector.settings(), InstantSource.system(), new Metrics())) {
            on = allocatedBy(source);
        }
        assertThat(off).isLessThan(1_000);
        assertThat(on).isGreaterThan(1_000_000);
    }

    private static long allocatedBy(TraceSource source) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int i = 0; i < 20_000; i++) {
            if (i == 10_000) {
                allocated = threads.getCurrentThreadAllocatedBytes();
            }
            if (source.isRecorded()) {
                source.at(i).ended(span("step", System.nanoTime(), false));
            }
        }
        return threads.getCurrentThreadAllocatedBytes() - allocated;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:4318",
                "ftp://localhost",
                "http://",
                "http://me:secret@localhost:4318",
                "http://localhost:4318?key=1",
                "http://localhost:4318#a",
                "http://[broken"
            })
    void an_address_that_is_none_is_refused(String endpoint) {
        assertThatThrownBy(() -> new SpanDestination(endpoint, "test", "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("http://localhost:4318");
    }

    private static Span span(String name, long begun, boolean isFailed) {
        return new Span(name, Span.Kind.SERVER, begun, isFailed, Map.of("count", 3));
    }

    private static double value(Metrics metrics, String name) {
        return metrics.expose()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }
}

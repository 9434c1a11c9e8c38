package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.util.HashSet;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// The id of a request or an edit, from a header to log lines and other services.
final class TraceTest {
    private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00-" + ID + "-00f067aa0ba902b7-01";

    @ParameterizedTest
    @ValueSource(
            strings = {
                PARENT,
                "00-" + ID + "-00f067aa0ba902b7-ff",
                "cc-" + ID + "-00f067aa0ba902b7-01-what-comes-later"
            })
    void a_trace_of_a_caller_is_continued(String header) {
        var trace = Trace.continuing(header);
        assertThat(trace.id()).isEqualTo(ID);
        assertThat(trace.traceparent())
                .matches("00-" + ID + "-[0-9a-f]{16}-01")
                .doesNotContain("00f067aa0ba902b7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-" + ID + "-00f067aa0ba902b7",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-" + ID + "-0000000000000000-01",
                "ff-" + ID + "-00f067aa0ba902b7-01",
                PARENT + "-more",
                PARENT + "," + PARENT,
                "' OR 1=1"
            })
    void a_malformed_header_begins_a_new_trace(String header) {
        var trace = Trace.continuing(header);
        assertThat(trace.id()).matches("[0-9a-f]{32}").isNotEqualTo(ID);
        assertThat(trace.traceparent()).endsWith("-00");
        assertThat(Trace.continuing(null).id()).isNotEqualTo(trace.id());
    }

    @Test
    void the_messages_of_a_sender_have_different_ids_and_each_always_the_same() {
        var traces = new TraceSource("p", null);
        var ids = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            assertThat(ids.add(traces.at(i).id())).isTrue();
        }
        assertThat(ids).contains(traces.at(77).id());
        assertThat(ids).doesNotContain(new TraceSource("p", null).at(77).id());
    }

    @Test
    void lines_of_a_trace_have_its_id_and_keep_their_own_keys() throws Exception {
        var logger = LoggerFactory.getLogger(TraceTest.class);
        try (var log = new LogCapture();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Trace.continuing(PARENT)
                    .run(() -> {
                        Trace.setPrincipal("ann");
                        logger.atInfo().addKeyValue("event.action", "a.first").log("x");
                        logger.atInfo()
                                .addKeyValue("event.action", "a.second")
                                .addKeyValue("principal", "ben")
                                .log("x");
                        var _ =
                                threads.submit(
                                        Trace.wrap(() ->
                                                logger.atInfo()
                                                        .addKeyValue("event.action", "a.third")
                                                        .log("x")));
                    });
            logger.atInfo().addKeyValue("event.action", "a.fourth").log("x");
            var first = JsonParser.parseString(log.awaits("a.first")).getAsJsonObject();
            assertThat(first.get("trace.id").getAsString()).isEqualTo(ID);
            assertThat(first.get("principal").getAsString()).isEqualTo("ann");
            assertThat(first.has("workspace")).isFalse();
            assertThat(log.awaits("a.second")).contains(ID, "\"ben\"").doesNotContain("ann");
            assertThat(log.awaits("a.third")).contains(ID, "\"ann\"");
            assertThat(log.awaits("a.fourth")).doesNotContain("trace.id");
        }
    }
}

package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.LogCapture;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/// The log line of an edit: found at once, bounded in number, without the text.
final class EditSummaryTest {
    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void the_first_edit_has_a_line_and_the_others_are_counted_in_the_next_one() {
        try (var log = new LogCapture()) {
            var ann = COLLAB.fixture().client(ANN).joinSettled("");
            var seven = new Typist(7);
            ann.update(seven.type("confidential")).awaits(2, "saved");
            log.awaits("collab.edited");
            assertThat(edited(log))
                    .singleElement()
                    .satisfies(line -> {
                        assertThat(line.get("principal").getAsString()).isEqualTo(ANN.key());
                        assertThat(line.get("workspace").getAsString())
                                .isEqualTo(COLLAB.fixture().workspace.toString());
                        assertThat(line.get("document").getAsString())
                                .isEqualTo(COLLAB.fixture().document().toString());
                        assertThat(line.get("updates").getAsLong()).isEqualTo(1);
                        assertThat(line.get("bytes").getAsLong()).isGreaterThan(12);
                    });

            for (int i = 0; i < 20; i++) {
                ann.update(seven.type("a")).awaits(3 + i, "saved");
            }
            assertThat(edited(log)).hasSize(1);

            ann.close();
            log.awaits("collab.edited", "\"updates\":20");
            assertThat(edited(log)).hasSize(2);
            assertThat(log.lines()).noneMatch(line -> line.contains("confidential"));
        }
    }

    @Test
    void an_edit_is_followed_from_its_arrival_through_the_database() {
        var logger = (Logger) LoggerFactory.getLogger("dev.qide");
        var before = logger.getLevel();
        logger.setLevel(Level.TRACE);
        try (var log = new LogCapture()) {
            var ann = COLLAB.fixture().client(ANN).joinSettled("");
            ann.update(new Typist(8).type("confidential")).awaits(2, "saved");
            var line = JsonParser.parseString(log.awaits("collab.edited")).getAsJsonObject();
            var trace = line.get("trace.id").getAsString();
            assertThat(trace).matches("[0-9a-f]{32}");
            for (var event : List.of("collab.received", "store.committed", "collab.committed")) {
                var step = JsonParser.parseString(log.awaits(event, trace)).getAsJsonObject();
                for (var key : List.of("principal", "workspace", "document")) {
                    assertThat(step.get(key)).as(event).isEqualTo(line.get(key));
                }
            }
            ann.close();
            assertThat(log.lines()).noneMatch(each -> each.contains("confidential"));
        } finally {
            logger.setLevel(before);
        }
    }

    @Test
    void an_update_that_nobody_logs_creates_no_object() {
        var logger = (Logger) LoggerFactory.getLogger(EditSummary.class);
        var before = logger.getLevel();
        logger.setLevel(Level.INFO);
        try {
            var summary = new EditSummary(ANN.key());
            var document =
                    new StoredDocument(
                            new DocumentId(UUID.randomUUID()),
                            new WorkspaceId(UUID.randomUUID()),
                            "a.py",
                            "g",
                            5_000_000_000L);
            var now = Instant.EPOCH;
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            // The first one logs a line.
            long allocated = 0;
            for (int i = 0; i < 20_000; i++) {
                if (i == 10_000) {
                    allocated = threads.getCurrentThreadAllocatedBytes();
                }
                summary.committed(document, 1, now, summary.received(document, 1));
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - allocated).isLessThan(1_000);
        } finally {
            logger.setLevel(before);
        }
    }

    private static List<JsonObject> edited(LogCapture log) {
        return log.lines().stream()
                .filter(line -> line.contains("collab.edited"))
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }
}

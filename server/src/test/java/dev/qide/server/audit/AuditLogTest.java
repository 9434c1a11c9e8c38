package dev.qide.server.audit;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.AuditTable;
import dev.qide.server.store.Database;
import dev.qide.server.telemetry.Metrics;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/// Events while the database does not respond, and those that it refuses.
class AuditLogTest {
    private final Metrics metrics = new Metrics();

    @Test
    void events_that_waited_for_the_database_are_written_at_the_end() throws Exception {
        try (var server = TestDatabase.create();
                var database = new Database(server.address())) {
            var log = log(database);
            server.goAway();
            log.record(event("taken by the writer"));
            // The writer has taken the event, and fails.
            await(() -> log.waiting() == 0);
            log.record(event("waiting"));
            server.comeBack();

            log.close();

            assertThat(objects(database)).isEqualTo("waiting, taken by the writer");
            assertThat(metrics.expose()).contains("qide_audit_dropped_total 0.0");
        }
    }

    @Test
    void an_event_that_the_database_refuses_takes_no_other_with_it() throws Exception {
        try (var server = TestDatabase.create();
                var database = new Database(server.address())) {
            try (var log = log(database)) {
                log.record(event("before"));
                log.record(new AuditEvent(null, "", "without operation", "", AuditEvent.OK));
                log.record(event("after"));
            }

            assertThat(objects(database)).isEqualTo("after, before");
            assertThat(metrics.expose()).contains("qide_audit_dropped_total 1.0");
        }
    }

    private AuditLog log(Database database) {
        return new AuditLog(new AuditTable(database), InstantSource.system(), metrics);
    }

    private static AuditEvent event(String object) {
        return new AuditEvent(null, "login", object, "127.0.0.1", AuditEvent.OK);
    }

    private static String objects(Database database) {
        var all = new AuditTable.Filter(null, null, null, "", "", "", Long.MAX_VALUE);
        return String.join(
                ", ",
                new AuditTable(database)
                        .find(all, 10).stream().map(one -> one.event().object()).toList());
    }
}

package dev.qide.server.audit;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.AuditTable;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit log: a line in the log stream and a row in the database for each event.
///
/// The line is written at once. Rows are written in batches; while the database does not respond,
/// [#WAITING_EVENTS] events wait, and further ones are in the log stream only and counted in
/// `qide_audit_dropped_total`. A kill of the server loses the rows of the last second, but not
/// their lines.
///
/// Thread-safe; recording does not block.
public final class AuditLog implements AutoCloseable {
    /// The most events that wait for the database.
    public static final int WAITING_EVENTS = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final int BATCH_EVENTS = 500;
    private static final long PAUSE_MILLIS = 1_000;
    private static final Duration END_WAIT = Duration.ofSeconds(10);

    private final AuditTable table;
    private final InstantSource clock;
    private final Metrics.Counter dropped;
    private final BlockingQueue<AuditTable.Event> waiting =
            new ArrayBlockingQueue<>(WAITING_EVENTS);

    /// The events that are being written. Owned by the thread of `task`, and after its end by
    /// [#close()].
    private final List<AuditTable.Event> batch = new ArrayList<>();

    private final BackgroundTask task;

    public AuditLog(AuditTable table, InstantSource clock, Metrics metrics) {
        this.table = table;
        this.clock = clock;
        this.dropped =
                metrics.counter(
                        "qide_audit_dropped_total",
                        "Audit events that reached only the log stream.");
        task = new BackgroundTask(Thread.ofPlatform().name("audit").daemon(), this::write).begin();
    }

    /// Records an event.
    public void record(AuditEvent event) {
        LOG.atInfo()
                .addKeyValue("event.action", "audit.recorded")
                .addKeyValue("principal", event.person() == null ? "" : event.person().toString())
                .addKeyValue("operation", event.operation())
                .addKeyValue("object", event.object())
                .addKeyValue("address", event.address())
                .addKeyValue("outcome", event.result())
                .log("audit");
        var row =
                new AuditTable.Event(
                        clock.instant(),
                        event.person(),
                        event.operation(),
                        event.object(),
                        event.address(),
                        event.result());
        if (!waiting.offer(row)) {
            dropped.increment();
        }
    }

    /// The criteria of the events to read; null or empty means any.
    ///
    /// @param object a part of the object
    /// @param before only events with a lower id
    public record Filter(
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable UUID person,
            String operation,
            String object,
            String result,
            long before) {}

    /// An event with the name that its person has now.
    ///
    /// @param name null for nobody known, and for a person who was deleted
    public record Recorded(long id, Instant at, AuditEvent event, @Nullable String name) {}

    /// Events that the database has, the latest first; those of the last second may be missing.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`
    public List<Recorded> find(Filter filter, int atMost) {
        var wanted =
                new AuditTable.Filter(
                        filter.from(),
                        filter.to(),
                        filter.person(),
                        filter.operation(),
                        filter.object(),
                        filter.result(),
                        filter.before());
        return table.find(wanted, atMost).stream().map(AuditLog::recorded).toList();
    }

    private static Recorded recorded(AuditTable.StoredEvent stored) {
        var row = stored.event();
        return new Recorded(
                stored.id(),
                row.at(),
                new AuditEvent(
                        row.person(), row.operation(), row.object(), row.address(), row.result()),
                stored.name());
    }

    /// The events that the writer has not taken yet.
    int waiting() {
        return waiting.size();
    }

    /// Whether rows are written.
    public Health.State state() {
        return task.state();
    }

    /// Writes what waits, if the database responds.
    @Override
    public void close() {
        task.close();
        try {
            if (!task.join(END_WAIT)) {
                dropped.add(waiting.size());
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        do {
            waiting.drainTo(batch, BATCH_EVENTS - batch.size());
        } while (!batch.isEmpty() && isAppended());
        dropped.add(batch.size() + waiting.size());
    }

    private void write() throws InterruptedException {
        while (true) {
            if (batch.isEmpty()) {
                batch.add(waiting.take());
                waiting.drainTo(batch, BATCH_EVENTS - 1);
            }
            if (!isAppended()) {
                // The database does not respond, which its probe reports.
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
    }

    /// Writes the batch; false, and keeps it, while the database does not respond.
    private boolean isAppended() {
        try {
            table.append(batch);
            batch.clear();
            return true;
        } catch (FailureException _) {
            return false;
        } catch (RuntimeException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "audit.batch_refused")
                    .addKeyValue("rows", batch.size())
                    .setCause(failure)
                    .log("the database refused a batch; its events are written one by one");
            return isEachAppended();
        }
    }

    /// Writes the events of the batch one by one, without those that the database refuses.
    private boolean isEachAppended() {
        while (!batch.isEmpty()) {
            try {
                table.append(List.of(batch.getFirst()));
            } catch (FailureException _) {
                return false;
            } catch (RuntimeException _) {
                dropped.increment();
            }
            batch.removeFirst();
        }
        return true;
    }
}

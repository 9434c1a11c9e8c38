package dev.qide.server.store;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes, every hour, data that is older than the operator's settings allow: audit events, and
/// the content of deleted workspaces. Thread-safe.
public final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration INTERVAL = Duration.ofHours(1);
    private static final int ROWS_AT_ONCE = 5_000;

    private final AuditTable audit;
    private final WorkspaceTable workspaces;
    private final Periods periods;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask task;

    /// How long things are kept.
    ///
    /// @param audit audit events, at least a day
    /// @param deleted the content of a workspace after its deletion
    public record Periods(Duration audit, Duration deleted) {
        /// A year, and 30 days.
        public static Periods defaults() {
            return new Periods(Duration.ofDays(365), Duration.ofDays(30));
        }
    }

    public Retention(Database database, Periods periods, InstantSource clock) {
        this.audit = new AuditTable(database);
        this.workspaces = new WorkspaceTable(database);
        this.periods = periods;
        this.clock = clock;
        task = new BackgroundTask(Thread.ofVirtual().name("retention"), this::run).begin();
    }

    /// Whether old rows are deleted.
    public Health.State state() {
        return task.state();
    }

    @Override
    public void close() {
        closing.countDown();
        task.close();
    }

    private void run() throws InterruptedException {
        do {
            try {
                purge();
            } catch (FailureException _) {
                // The database does not respond, which its probe reports: in an hour again.
            }
        } while (!closing.await(INTERVAL.toSeconds(), TimeUnit.SECONDS));
    }

    private void purge() {
        var now = clock.instant();
        long rows = 0;
        int deleted;
        do {
            deleted = audit.purge(now.minus(periods.audit()), ROWS_AT_ONCE);
            rows += deleted;
        } while (deleted == ROWS_AT_ONCE);
        do {
            deleted = workspaces.purge(now.minus(periods.deleted()), ROWS_AT_ONCE);
            rows += deleted;
        } while (deleted > 0);
        if (rows > 0) {
            LOG.atInfo()
                    .addKeyValue("event.action", "store.purged")
                    .addKeyValue("rows", rows)
                    .log("old rows were deleted");
        }
    }
}

package dev.qide.server.store;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One writer of the update log: takes what waits as one batch, commits it, tells each row its
/// outcome, and takes the next. No timer: who writes alone waits for nobody.
///
/// What fails for a reason that may pass (database down, unknown outcome of a commit) is appended
/// again until it succeeds: updates are idempotent. What fails for its own sake is found by halving
/// the batch. Owned by its thread.
final class LogWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    /// How often a batch is tried again that failed for a reason nobody knows.
    private static final int DEFECTS = 8;

    /// Locks the leases and writes the rows whose epoch is the lease's, in one statement and so in
    /// one transaction and one round trip. The lease of an epoch being raised is waited for, and
    /// read as it is then.
    private static final String APPEND =
            """
            WITH held AS MATERIALIZED (
                SELECT workspace_id, epoch FROM leases WHERE workspace_id = ANY (?) FOR SHARE
            ), written AS (
                INSERT INTO document_updates (document_id, data)
                SELECT r.document, r.data
                FROM unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::bytea[]) WITH ORDINALITY
                    AS r (workspace, epoch, document, data, position)
                JOIN held h ON h.workspace_id = r.workspace AND h.epoch = r.epoch
                ORDER BY r.position
            )
            SELECT workspace_id, epoch FROM held
            """;

    private final Database database;
    private final LogMetrics metrics;
    private final RowQueue queue = new RowQueue();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask task;
    private volatile long giveUpAt = Long.MAX_VALUE;

    LogWriter(Database database, LogMetrics metrics, int number) {
        this.database = database;
        this.metrics = metrics;
        // A platform thread: busy carriers of virtual threads must not delay a commit.
        task =
                new BackgroundTask(
                        Thread.ofPlatform().name("update-log-" + number).daemon(), this::writeAll);
    }

    void start() {
        var _ = task.begin();
    }

    /// Whether it writes.
    Health.State state() {
        return task.state();
    }

    RowQueue queue() {
        return queue;
    }

    /// Writes what waits, for at most ten seconds; what then still waits is refused.
    @Override
    public void close() {
        giveUpAt = System.nanoTime() + CLOSE_WAIT.toNanos();
        queue.close();
        closing.countDown();
        task.finish();
        try {
            // The last attempt may be inside a call that has a bound of its own.
            var _ = task.join(CLOSE_WAIT.multipliedBy(4));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void writeAll() {
        for (var batch = queue.next(); !batch.isEmpty(); batch = queue.next()) {
            write(batch);
        }
    }

    private void write(List<UpdateLog.Row> batch) {
        var parts = new ArrayDeque<List<UpdateLog.Row>>();
        parts.push(batch);
        var pause = FIRST_PAUSE;
        int defects = 0;
        while (!parts.isEmpty()) {
            var part = parts.pop();
            try {
                settle(part, append(part));
                pause = FIRST_PAUSE;
            } catch (SQLException failure) {
                if (SqlErrors.isBadRow(failure)) {
                    splitOrRefuse(part, failure, parts);
                    continue;
                }
                metrics.retried();
                LOG.atWarn()
                        .addKeyValue("event.action", "store.append_failed")
                        .addKeyValue("sqlState", SqlErrors.state(failure))
                        .addKeyValue("rows", part.size())
                        .log("a batch of updates could not be committed: it is tried again");
                parts.push(part);
                if (isGivenUp(pause)) {
                    parts.forEach(left -> left.forEach(row -> refuse(row, stopping())));
                    parts.forEach(this::settled);
                    return;
                }
                pause = longer(pause);
            } catch (RuntimeException | Error defect) {
                // Nobody knows what became of it. It is appended again, and refused in the end: a
                // row must not hold up all those behind it for ever.
                FatalErrors.exitOn(defect);
                LOG.atError()
                        .addKeyValue("event.action", "store.append_defect")
                        .addKeyValue("rows", part.size())
                        .setCause(defect)
                        .log(
                                "a batch of updates could not be written, for no reason of the database");
                if (++defects > DEFECTS || isGivenUp(pause)) {
                    part.forEach(row -> refuse(row, Failure.INTERNAL));
                    settled(part);
                } else {
                    parts.push(part);
                }
                pause = longer(pause);
            }
        }
    }

    private static Duration longer(Duration pause) {
        var doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }

    /// Waits before the next attempt; true when the server stops and its patience is at an end.
    private boolean isGivenUp(Duration pause) {
        try {
            if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                Thread.sleep(pause);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return true;
        }
        return closing.getCount() == 0 && System.nanoTime() - giveUpAt > 0;
    }

    private Map<UUID, Long> append(List<UpdateLog.Row> rows) throws SQLException {
        long begun = System.nanoTime();
        var held = new HashMap<UUID, Long>();
        try (var connection = database.logConnection();
                var statement = connection.prepareStatement(APPEND)) {
            var workspaces = rows.stream().map(row -> row.workspace().value());
            var distinct = workspaces.distinct().toArray(UUID[]::new);
            statement.setArray(1, connection.createArrayOf("uuid", distinct));
            bind(connection, statement, rows);
            try (var leases = statement.executeQuery()) {
                while (leases.next()) {
                    held.put(leases.getObject(1, UUID.class), leases.getLong(2));
                }
            }
        }
        metrics.committed(System.nanoTime() - begun, rows.size());
        return held;
    }

    private static void bind(
            Connection connection, PreparedStatement statement, List<UpdateLog.Row> rows)
            throws SQLException {
        var workspaces = rows.stream().map(row -> row.workspace().value()).toArray(UUID[]::new);
        var epochs = rows.stream().map(UpdateLog.Row::epoch).toArray(Long[]::new);
        var documents = rows.stream().map(row -> row.document().value()).toArray(UUID[]::new);
        var updates = rows.stream().map(UpdateLog.Row::update).toArray(byte[][]::new);
        statement.setArray(2, connection.createArrayOf("uuid", workspaces));
        statement.setArray(3, connection.createArrayOf("int8", epochs));
        statement.setArray(4, connection.createArrayOf("uuid", documents));
        statement.setArray(5, connection.createArrayOf("bytea", updates));
    }

    private void settle(List<UpdateLog.Row> rows, Map<UUID, Long> held) {
        for (var row : rows) {
            var epoch = held.get(row.workspace().value());
            if (epoch != null && epoch == row.epoch()) {
                tell(row, UpdateLog.Outcome::committed);
            } else {
                refuse(row, stopping());
            }
        }
        settled(rows);
    }

    private void settled(List<UpdateLog.Row> rows) {
        queue.settled(rows);
        rows.forEach(row -> tell(row, UpdateLog.Outcome::told));
    }

    private void splitOrRefuse(
            List<UpdateLog.Row> part, SQLException failure, ArrayDeque<List<UpdateLog.Row>> parts) {
        if (part.size() > 1) {
            int middle = part.size() / 2;
            parts.push(part.subList(middle, part.size()));
            parts.push(part.subList(0, middle));
            return;
        }
        var row = part.getFirst();
        LOG.atError()
                .addKeyValue("event.action", "store.row_refused")
                .addKeyValue("document", row.document())
                .addKeyValue("sqlState", SqlErrors.state(failure))
                .addKeyValue("bytes", row.update().length)
                .log("the database refuses one update");
        refuse(row, Failure.INTERNAL);
        settled(part);
    }

    private void refuse(UpdateLog.Row row, Failure why) {
        metrics.refused();
        tell(row, outcome -> outcome.refused(why));
    }

    /// Somebody else's code: it must not end the writer.
    private static void tell(UpdateLog.Row row, Consumer<UpdateLog.Outcome> word) {
        try {
            word.accept(row.outcome());
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "store.outcome_failed")
                    .addKeyValue("document", row.document())
                    .setCause(failure)
                    .log("who appended an update failed to hear its outcome");
        }
    }

    private static Failure stopping() {
        return Failure.SERVER_STOPPING;
    }
}

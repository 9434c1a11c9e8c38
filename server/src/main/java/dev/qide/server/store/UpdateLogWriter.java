package dev.qide.server.store;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One writer of the update log: takes the waiting rows as one batch, commits it, reports the
/// outcome of each row, and repeats. A client that is alone never waits for others ([RowQueue]).
///
/// A batch that fails for a transient reason (database down, unknown outcome of a commit) is
/// appended again until it succeeds: updates are idempotent, and a change of a base has an id by
/// which it is recognized. A row that the database rejects is found by halving the batch. Owned by
/// its thread.
final class UpdateLogWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UpdateLogWriter.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    /// Attempts for a batch that fails for an unknown reason.
    private static final int DEFECTS = 8;

    /// Locks the leases and writes the rows whose epoch is current, in one statement, so in one
    /// transaction and one round trip. Waits for a lease whose epoch is being raised and then reads
    /// the new epoch. Like all locks on several rows, those on leases are taken in the order of
    /// their keys, so that two writers never wait for each other.
    private static final String APPEND =
            """
            WITH held AS MATERIALIZED (
                SELECT workspace_id, epoch FROM leases WHERE workspace_id = ANY (?)
                ORDER BY workspace_id FOR SHARE
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

    /// [#APPEND] for a batch in which rows replace bases. A row whose base has changed meanwhile is
    /// not written. A row that an earlier attempt wrote, whose outcome was unknown, is found by the
    /// id of its base change and not written again, whatever happened to the base since.
    private static final String APPEND_WITH_BASES =
            """
            WITH held AS MATERIALIZED (
                SELECT workspace_id, epoch FROM leases WHERE workspace_id = ANY (?)
                ORDER BY workspace_id FOR SHARE
            ), rows AS MATERIALIZED (
                SELECT r.* FROM unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::bytea[],
                        ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::boolean[],
                        ?::text[], ?::uuid[]) WITH ORDINALITY
                    AS r (workspace, epoch, document, data, former, intent, hash, text, line_end,
                        has_bom, encoding, change, position)
                JOIN held h ON h.workspace_id = r.workspace AND h.epoch = r.epoch
            ), locked AS MATERIALIZED (
                SELECT document_id, base_hash, intent_hash, base_change FROM mirrors
                WHERE document_id IN (SELECT document FROM rows WHERE change IS NOT NULL)
                ORDER BY document_id FOR UPDATE
            ), appended AS MATERIALIZED (
                SELECT r.position FROM rows r JOIN locked l
                ON l.document_id = r.document AND l.base_change = r.change
            ), due AS MATERIALIZED (
                SELECT DISTINCT ON (r.document) r.* FROM rows r JOIN locked l
                ON l.document_id = r.document AND l.base_hash = r.former
                    AND l.intent_hash IS NOT DISTINCT FROM r.intent
                    AND l.base_change IS DISTINCT FROM r.change
                WHERE r.change IS NOT NULL
                ORDER BY r.document, r.position
            ), based AS (
                UPDATE mirrors m
                SET base_hash = d.hash, base_text = d.text, line_end = d.line_end,
                    has_bom = d.has_bom, encoding = d.encoding, base_change = d.change,
                    intent_hash = NULL, intent_text = NULL
                FROM due d WHERE m.document_id = d.document
                RETURNING d.position
            ), written AS (
                INSERT INTO document_updates (document_id, data)
                SELECT r.document, r.data FROM rows r
                WHERE r.change IS NULL OR r.position IN (SELECT position FROM based)
                ORDER BY r.position
            )
            SELECT workspace_id, epoch, NULL::bigint AS position FROM held
            UNION ALL SELECT NULL, NULL, position FROM based
            UNION ALL SELECT NULL, NULL, position FROM appended
            """;

    private final Database database;
    private final UpdateLogMetrics metrics;
    private final RowQueue queue;
    private final Consumer<UpdateLog.Row> hasOutcome;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask task;
    private volatile long deadline = Long.MAX_VALUE;

    /// @param hasOutcome receives each row that was written or refused
    UpdateLogWriter(
            Database database,
            UpdateLogMetrics metrics,
            int number,
            RowQueue queue,
            Consumer<UpdateLog.Row> hasOutcome) {
        this.database = database;
        this.metrics = metrics;
        this.queue = queue;
        this.hasOutcome = hasOutcome;
        // A platform thread, because busy carrier threads must not delay a commit.
        task =
                new BackgroundTask(
                        Thread.ofPlatform().name("update-log-" + number).daemon(), this::writeAll);
    }

    void start() {
        var _ = task.begin();
    }

    /// Whether the writer works.
    Health.State state() {
        return task.state();
    }

    RowQueue queue() {
        return queue;
    }

    /// Writes the waiting rows, for at most ten seconds; refuses the rest.
    @Override
    public void close() {
        deadline = System.nanoTime() + CLOSE_WAIT.toNanos();
        queue.close();
        closing.countDown();
        task.finish();
        try {
            // The last attempt may be in a call with its own bound.
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
                        .log("committing a batch of updates failed; retrying");
                parts.push(part);
                if (isTimeUp(pause)) {
                    parts.forEach(
                            left -> left.forEach(row -> refuse(row, Failure.SERVER_STOPPING)));
                    parts.forEach(this::settled);
                    return;
                }
                pause = longer(pause);
            } catch (RuntimeException | Error defect) {
                // The outcome is unknown. The batch is appended again and finally refused: it must
                // not block later rows forever.
                FatalErrors.exitOn(defect);
                LOG.atError()
                        .addKeyValue("event.action", "store.append_defect")
                        .addKeyValue("rows", part.size())
                        .setCause(defect)
                        .log("writing a batch of updates failed outside the database");
                if (++defects > DEFECTS || isTimeUp(pause)) {
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

    /// Waits before the next attempt; true when the server is stopping and the time is up.
    private boolean isTimeUp(Duration pause) {
        try {
            if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                Thread.sleep(pause);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return true;
        }
        return closing.getCount() == 0 && System.nanoTime() - deadline > 0;
    }

    /// The result of appending a batch.
    ///
    /// @param epochs of the leases, by workspace
    /// @param based the positions, from 1, of the rows whose base was replaced, now or by an
    ///   earlier attempt
    private record Appended(Map<UUID, Long> epochs, Set<Long> based) {}

    private Appended append(List<UpdateLog.Row> rows) throws SQLException {
        long begun = System.nanoTime();
        var epochs = new HashMap<UUID, Long>();
        var based = new HashSet<Long>();
        boolean hasBases = rows.stream().anyMatch(row -> row.base() != null);
        try (var connection = database.logConnection();
                var statement =
                        connection.prepareStatement(hasBases ? APPEND_WITH_BASES : APPEND)) {
            var workspaces = rows.stream().map(row -> row.workspace().value());
            var distinct = workspaces.distinct().toArray(UUID[]::new);
            statement.setArray(1, connection.createArrayOf("uuid", distinct));
            bind(connection, statement, rows);
            if (hasBases) {
                bindBases(connection, statement, rows);
            }
            try (var results = statement.executeQuery()) {
                while (results.next()) {
                    var workspace = results.getObject(1, UUID.class);
                    if (workspace != null) {
                        epochs.put(workspace, results.getLong(2));
                    } else {
                        based.add(results.getLong("position"));
                    }
                }
            }
        }
        long took = System.nanoTime() - begun;
        metrics.committed(took, rows.size());
        CommitTraces.record(rows, begun);
        return new Appended(epochs, based);
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

    private static void bindBases(
            Connection connection, PreparedStatement statement, List<UpdateLog.Row> rows)
            throws SQLException {
        setColumn(connection, statement, 6, texts(rows, base -> base.formerHash));
        setColumn(connection, statement, 7, texts(rows, base -> base.formerIntent));
        setColumn(connection, statement, 8, texts(rows, base -> base.metadata.hash()));
        var deflated = column(rows, base -> base.text).toArray(byte[][]::new);
        statement.setArray(9, connection.createArrayOf("bytea", deflated));
        setColumn(connection, statement, 10, texts(rows, base -> base.metadata.lineEnd()));
        var marks = column(rows, base -> base.metadata.hasBom()).toArray(Boolean[]::new);
        statement.setArray(11, connection.createArrayOf("bool", marks));
        setColumn(connection, statement, 12, texts(rows, base -> base.metadata.encoding()));
        var changes = column(rows, base -> base.id).toArray(UUID[]::new);
        statement.setArray(13, connection.createArrayOf("uuid", changes));
    }

    private static void setColumn(
            Connection connection, PreparedStatement statement, int parameter, String[] values)
            throws SQLException {
        statement.setArray(parameter, connection.createArrayOf("text", values));
    }

    private static String[] texts(
            List<UpdateLog.Row> rows, Function<BaseChange, @Nullable String> value) {
        return column(rows, value).toArray(String[]::new);
    }

    /// One value of each row's new base; null for a row without one.
    private static <T> Stream<@Nullable T> column(
            List<UpdateLog.Row> rows, Function<BaseChange, @Nullable T> value) {
        return rows.stream().map(row -> row.base() == null ? null : value.apply(row.base()));
    }

    private void settle(List<UpdateLog.Row> rows, Appended appended) {
        for (int i = 0; i < rows.size(); i++) {
            var row = rows.get(i);
            var epoch = appended.epochs().get(row.workspace().value());
            if (epoch == null || epoch != row.epoch()) {
                refuse(row, Failure.WORKSPACE_ELSEWHERE);
            } else if (row.base() == null || appended.based().contains(i + 1L)) {
                report(row, UpdateLog.Outcome::committed);
            } else {
                refuse(row, Failure.PRECONDITION_FAILED);
            }
        }
        settled(rows);
    }

    private void settled(List<UpdateLog.Row> rows) {
        queue.settled(rows);
        rows.forEach(hasOutcome);
        rows.forEach(row -> report(row, UpdateLog.Outcome::batchSettled));
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
        var line =
                LOG.atError()
                        .addKeyValue("event.action", "store.row_refused")
                        .addKeyValue("document", row.document())
                        .addKeyValue("sqlState", SqlErrors.state(failure))
                        .addKeyValue("bytes", row.update().length);
        Trace.runWith(row.outcome().trace(), () -> line.log("the database rejected an update"));
        refuse(row, Failure.INTERNAL);
        settled(part);
    }

    private void refuse(UpdateLog.Row row, Failure why) {
        metrics.refused();
        report(row, outcome -> outcome.refused(why));
    }

    /// Runs foreign code, which must not end the writer.
    private static void report(UpdateLog.Row row, Consumer<UpdateLog.Outcome> call) {
        try {
            call.accept(row.outcome());
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "store.outcome_failed")
                    .addKeyValue("document", row.document())
                    .setCause(failure)
                    .log("the callback of an update failed");
        }
    }
}

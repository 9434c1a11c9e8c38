package dev.qide.server.store;

import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.Array;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToCreateStatementException;

/// The append-only log of Yjs updates, with group commit.
///
/// Rows of one document commit in the order in which they were offered, because they always go to
/// the same writer. A row is acknowledged when, and only when, it is committed. Thread-safe.
public final class UpdateLog implements AutoCloseable {
    static final int WRITERS = 2;
    private static final int READ_ROWS = 128;

    private final Database database;
    private final List<LogWriter> writers;

    public UpdateLog(Database database, Metrics metrics) {
        this.database = database;
        var logMetrics = new LogMetrics(metrics);
        writers =
                IntStream.range(0, WRITERS)
                        .mapToObj(number -> new LogWriter(database, logMetrics, number))
                        .toList();
        logMetrics.watch(metrics, writers.stream().map(LogWriter::queue).toList());
        writers.forEach(LogWriter::start);
    }

    /// Whether both writers write; answers at once.
    public Health.State state() {
        return writers.stream()
                .map(LogWriter::state)
                .filter(state -> state instanceof Health.State.Down)
                .findFirst()
                .orElseGet(Health.State.Up::new);
    }

    /// Queues one row; never blocks.
    ///
    /// @return false when the bound of the document's writer is reached (65,536 rows or 32 MiB not
    ///   yet committed) or the log is closed; nothing was queued then, and no outcome comes
    public boolean offer(Row row) {
        int writer = Math.floorMod(row.document().value().hashCode(), WRITERS);
        return writers.get(writer).queue().offer(row);
    }

    /// Hands all committed rows of a document to the consumer, in the order of their insertion, as
    /// they are read.
    ///
    /// @throws dev.qide.wire.FailureException `DOCUMENT_UNAVAILABLE` when the database is down;
    ///   some rows may have been handed out then
    public void read(DocumentId document, Consumer<byte[]> row) {
        database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle -> {
                    handle.createQuery(
                                    """
                                    SELECT data FROM document_updates
                                    WHERE document_id = :document ORDER BY seq
                                    """)
                            .bind("document", document.value())
                            .setFetchSize(READ_ROWS)
                            .map((rows, _) -> rows.getBytes(1))
                            .useStream(updates -> updates.forEach(row));
                    return true;
                });
    }

    /// Joins the committed rows of a document into one: exactly the rows that are handed out are
    /// deleted, those that people wrote are moved to the history, and what `join` makes of all
    /// takes their place, in one transaction under the lease's epoch. Rows that others append
    /// meanwhile stay. No connection is held while `join` works.
    ///
    /// @param join all rows in the order of their insertion to one that has their effect
    /// @return how many rows were joined; 0 when there were fewer than two
    /// @throws dev.qide.wire.FailureException `DOCUMENT_UNAVAILABLE` when the database is down,
    ///   `SERVER_STOPPING` when the epoch is no longer the lease's; nothing is changed then
    public long compact(LogTarget logTarget, Function<List<byte[]>, byte[]> join) {
        var rows =
                database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE, handle -> committed(handle, logTarget));
        if (rows.size() < 2) {
            return 0;
        }
        var joined = join.apply(rows.stream().map(CommittedRow::update).toList());
        var numbers = rows.stream().map(CommittedRow::number).toArray(Long[]::new);
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle -> replace(handle, logTarget, numbers, joined));
    }

    private record CommittedRow(long number, byte[] update) {}

    private static List<CommittedRow> committed(Handle handle, LogTarget logTarget) {
        return handle.createQuery(
                        """
                        SELECT seq, data FROM document_updates WHERE document_id = :id ORDER BY seq
                        """)
                .bind("id", logTarget.document().value())
                .map((row, _) -> new CommittedRow(row.getLong(1), row.getBytes(2)))
                .list();
    }

    private static long replace(Handle handle, LogTarget logTarget, Long[] numbers, byte[] joined) {
        DocumentTable.requireEpoch(handle, logTarget.workspace(), logTarget.epoch());
        long gone =
                handle.createQuery(
                                """
                                WITH gone AS (
                                    DELETE FROM document_updates
                                    WHERE document_id = :document AND seq = ANY (:numbers)
                                    RETURNING document_id, seq, data, is_joined
                                ), kept AS (
                                    INSERT INTO document_history (document_id, seq, data)
                                    SELECT document_id, seq, data FROM gone WHERE NOT is_joined
                                )
                                SELECT count(*) FROM gone
                                """)
                        .bind("document", logTarget.document().value())
                        .bindBySqlType("numbers", array(handle, numbers), Types.ARRAY)
                        .mapTo(long.class)
                        .one();
        if (gone != numbers.length) {
            // The transaction is undone: somebody else has joined some of them.
            throw new FailureException(Failure.SERVER_STOPPING);
        }
        return insertJoined(handle, logTarget, joined, gone);
    }

    private static long insertJoined(Handle handle, LogTarget logTarget, byte[] joined, long rows) {
        handle.createUpdate(
                        """
                        INSERT INTO document_updates (document_id, data, is_joined)
                        VALUES (:id, :data, true)
                        """)
                .bind("id", logTarget.document().value())
                .bind("data", joined)
                .execute();
        return rows;
    }

    private static Array array(Handle handle, Long[] numbers) {
        try {
            return handle.getConnection().createArrayOf("int8", numbers);
        } catch (SQLException failure) {
            throw new UnableToCreateStatementException(failure, null);
        }
    }

    /// Takes no more rows, writes those that wait (ten seconds at most), refuses the rest with
    /// `SERVER_STOPPING`.
    @Override
    public void close() {
        writers.stream().map(LogWriter::queue).forEach(RowQueue::close);
        writers.forEach(LogWriter::close);
    }

    /// Where rows are.
    ///
    /// @param epoch the epoch of the workspace's lease under which they are changed
    public record LogTarget(WorkspaceId workspace, long epoch, DocumentId document) {}

    /// One update to append.
    ///
    /// @param epoch the epoch of the workspace's lease under which it is written
    /// @param update Yjs update, format 1; must not change afterwards
    public record Row(
            WorkspaceId workspace,
            long epoch,
            DocumentId document,
            byte[] update,
            Outcome outcome) {}

    /// Hears once what became of a row, on a writer's thread; must not block.
    public interface Outcome {
        /// The row is durable. Rows of one document hear it in their order.
        void committed();

        /// The row was not and will not be written: `SERVER_STOPPING` when the epoch is no longer
        /// the lease's or the log was closed first, `INTERNAL` when the database refuses this very
        /// row.
        void refused(Failure why);

        /// All rows of the batch have heard what became of them: now whoever waits can look at them
        /// together.
        default void told() {
            // Most can look at each row by itself.
        }
    }
}

package dev.qide.server.store;

import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.telemetry.Trace;
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
import org.jspecify.annotations.Nullable;

/// The append-only log of Yjs updates, with group commit.
///
/// Rows of one document commit in the order in which they were offered ([WriterSelection]). A row
/// is acknowledged only after its commit. Thread-safe.
public final class UpdateLog implements AutoCloseable {
    static final int WRITERS = 2;
    private static final int READ_ROWS = 128;

    private final Database database;
    private final List<UpdateLogWriter> writers;
    private final WriterSelection selection;

    public UpdateLog(Database database, Metrics metrics) {
        this.database = database;
        var logMetrics = new UpdateLogMetrics(metrics);
        var queues = IntStream.range(0, WRITERS).mapToObj(_ -> new RowQueue()).toList();
        selection = new WriterSelection(queues);
        writers =
                IntStream.range(0, WRITERS)
                        .mapToObj(number ->
                                new UpdateLogWriter(
                                        database,
                                        logMetrics,
                                        number,
                                        queues.get(number),
                                        selection::settled))
                        .toList();
        logMetrics.watch(metrics, queues);
        writers.forEach(UpdateLogWriter::start);
    }

    /// Whether both writers work. Does not block.
    public Health.State state() {
        return writers.stream()
                .map(UpdateLogWriter::state)
                .filter(state -> state instanceof Health.State.Down)
                .findFirst()
                .orElseGet(Health.State.Up::new);
    }

    /// How often the database has failed over to a standby since the start. A standby that received
    /// the log asynchronously may lack rows that were acknowledged. Does not block.
    public long failovers() {
        return database.failovers();
    }

    /// Queues one row. Never blocks.
    ///
    /// @return false when the bound of the document's writer is reached (65,536 rows or 32 MiB not
    ///   yet committed) or the log is closed; the row is then not queued and has no outcome
    public boolean offer(Row row) {
        return selection.offer(row);
    }

    /// Passes all committed rows of a document to the consumer, in insertion order, as they are
    /// read.
    ///
    /// @throws dev.qide.wire.FailureException `DOCUMENT_UNAVAILABLE` when the database is down; the
    ///   consumer may have received some rows
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

    /// Merges the committed rows of a document into one, in one transaction under the lease's
    /// epoch: deletes exactly the rows passed to `merge`, moves clients' rows to the history, and
    /// inserts the merged row. Rows appended meanwhile stay. No connection is held while `merge`
    /// runs.
    ///
    /// @param merge maps all rows in insertion order to one with the same effect
    /// @return the number of merged rows; 0 when there are fewer than two
    /// @throws dev.qide.wire.FailureException `DOCUMENT_UNAVAILABLE` when the database is down,
    ///   `WORKSPACE_ELSEWHERE` when the lease has another epoch; nothing is changed then
    public long compact(LogTarget logTarget, Function<List<byte[]>, byte[]> merge) {
        var rows =
                database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE, handle -> committed(handle, logTarget));
        if (rows.size() < 2) {
            return 0;
        }
        var merged = merge.apply(rows.stream().map(CommittedRow::update).toList());
        var numbers = rows.stream().map(CommittedRow::number).toArray(Long[]::new);
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle -> replace(handle, logTarget, numbers, merged));
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

    private static long replace(Handle handle, LogTarget logTarget, Long[] numbers, byte[] merged) {
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
            // Rolls the transaction back: another server has merged some of them.
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        return insertMerged(handle, logTarget, merged, gone);
    }

    private static long insertMerged(Handle handle, LogTarget logTarget, byte[] merged, long rows) {
        handle.createUpdate(
                        """
                        INSERT INTO document_updates (document_id, data, is_joined)
                        VALUES (:id, :data, true)
                        """)
                .bind("id", logTarget.document().value())
                .bind("data", merged)
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

    /// Refuses further rows, writes the waiting ones (ten seconds at most), and refuses the rest
    /// with `SERVER_STOPPING`.
    @Override
    public void close() {
        writers.stream().map(UpdateLogWriter::queue).forEach(RowQueue::close);
        writers.forEach(UpdateLogWriter::close);
    }

    /// A document's rows.
    ///
    /// @param epoch the lease epoch under which they are changed
    public record LogTarget(WorkspaceId workspace, long epoch, DocumentId document) {}

    /// One update to append.
    ///
    /// @param epoch the lease epoch under which it is written
    /// @param update Yjs update, format 1; must not change afterwards
    /// @param base the base of file sync that commits with the update; null leaves it as it is
    public record Row(
            WorkspaceId workspace,
            long epoch,
            DocumentId document,
            byte[] update,
            @Nullable BaseChange base,
            Outcome outcome) {
        public Row(
                WorkspaceId workspace,
                long epoch,
                DocumentId document,
                byte[] update,
                Outcome outcome) {
            this(workspace, epoch, document, update, null, outcome);
        }

        /// The bytes that the database stores.
        int length() {
            return update.length + (base == null ? 0 : base.length());
        }
    }

    /// Receives the outcome of a row once, on a writer's thread; must not block.
    public interface Outcome {
        /// The row is durable. Called in order for the rows of one document.
        void committed();

        /// The row was not and will not be written: `WORKSPACE_ELSEWHERE` when the lease has
        /// another epoch, `SERVER_STOPPING` when the log was closed first, `PRECONDITION_FAILED`
        /// when the base is no longer the one that the row replaces, `INTERNAL` when the database
        /// rejects this row.
        void refused(Failure why);

        /// The trace of the row's edit; null without one. Any thread may call it.
        default @Nullable Trace trace() {
            return null;
        }

        /// Whether spans of the row's edit are exported; it has a trace then. Any thread may call
        /// it.
        default boolean isRecorded() {
            return false;
        }

        /// Every row of the batch has its outcome, so that they can be handled together.
        default void batchSettled() {
            // Optional.
        }
    }
}

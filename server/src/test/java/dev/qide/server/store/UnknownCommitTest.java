package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The log's writer when it cannot know whether a batch was committed, and when two writers change
/// the same rows.
@Timeout(60)
final class UnknownCommitTest {
    private static final String PATH = "main.py";
    private static final String APPEND = "INSERT INTO document_updates (document_id, data)";

    private TestDatabase test;
    private Database direct;
    private FileSyncTable table;
    private WorkspaceId workspace;
    private long epoch;

    @BeforeEach
    void open() throws InterruptedException {
        test = TestDatabase.create();
        direct = new Database(test.address());
        table = new FileSyncTable(direct);
        var workspaces = new WorkspaceTable(direct);
        workspace = workspaces.findOrCreate("demo");
        epoch = workspaces.raiseEpoch(workspace);
    }

    @AfterEach
    void close() {
        direct.close();
        test.close();
    }

    @Test
    void a_repeated_batch_recognizes_its_base_behind_a_pending_write() throws Exception {
        var document = document(PATH);
        appendAndLoseTheAnswer(
                document, () -> table.recordIntent(document, fileText("pending"), 1, null));

        assertThat(file().base()).isEqualTo(fileText("merged"));
        assertThat(file().intent()).isEqualTo(fileText("pending"));
    }

    @Test
    void a_repeated_batch_recognizes_its_base_behind_a_newer_one() throws Exception {
        var document = document(PATH);
        appendAndLoseTheAnswer(
                document,
                () -> {
                    table.recordIntent(document, fileText("written"), 1, null);
                    var _ = table.confirmIntent(document, fileText("written"));
                });

        assertThat(file().base()).isEqualTo(fileText("written"));
    }

    @Test
    void a_repeated_batch_recognizes_its_base_in_a_document_that_has_moved() throws Exception {
        var document = document(PATH);
        appendAndLoseTheAnswer(
                document, () -> new DocumentTable(direct).move(document, "moved.py"));

        assertThat(Objects.requireNonNull(table.find(workspace, "moved.py")).base())
                .isEqualTo(fileText("merged"));
    }

    /// Another change has made the same base: that is no proof that this one was committed.
    @Test
    void an_equal_base_is_not_taken_for_the_own_one() throws Exception {
        var document = document(PATH);
        var former = file();
        try (var log = new UpdateLog(direct, new Metrics())) {
            assertThat(append(log, document, former, "merged").await()).isEqualTo("committed");
            assertThat(append(log, document, former, "merged").await())
                    .isEqualTo(Failure.PRECONDITION_FAILED.name());
            assertThat(rows(log, document)).hasSize(2);
        }
    }

    private void appendAndLoseTheAnswer(DocumentId document, Runnable meanwhile) throws Exception {
        try (var proxy = new LostAnswers(test.address());
                var database = new Database(proxy.address());
                var log = new UpdateLog(database, new Metrics())) {
            proxy.loseAnswerTo(APPEND, meanwhile);
            var outcome = append(log, document, file(), "merged");

            assertThat(outcome.await()).isEqualTo("committed");
            assertThat(proxy.isLost()).isTrue();
            assertThat(rows(log, document)).as("genesis and one row").hasSize(2);
        }
    }

    /// Two servers, one of which does not know yet that it has lost its lease, are the worst case:
    /// within one server each document belongs to one writer.
    @Test
    void batches_that_change_the_same_rows_in_opposite_order_do_not_deadlock() throws Exception {
        var documents = new ArrayList<DocumentId>();
        for (int i = 0; i < 30; i++) {
            documents.add(document(i + ".py"));
        }
        try (var one = new UpdateLog(direct, new Metrics());
                var other = new UpdateLog(direct, new Metrics())) {
            for (int round = 0; round < 5; round++) {
                var outcomes = new ArrayList<UpdateLogTest.RecordingOutcome>();
                try (var connection = direct.logConnection()) {
                    connection.setAutoCommit(false);
                    try (var lock =
                            connection.prepareStatement("SELECT 1 FROM leases FOR UPDATE")) {
                        lock.execute();
                    }
                    offerAll(one, documents, outcomes, "one " + round);
                    offerAll(other, documents.reversed(), outcomes, "other " + round);
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
                for (var outcome : outcomes) {
                    assertThat(outcome.await())
                            .isIn("committed", Failure.PRECONDITION_FAILED.name());
                }
            }
        }
        assertThat(deadlocks()).isZero();
    }

    private void offerAll(
            UpdateLog log,
            List<DocumentId> documents,
            List<UpdateLogTest.RecordingOutcome> outcomes,
            String text) {
        for (var document : documents) {
            var former = Objects.requireNonNull(table.find(workspace, path(document)));
            outcomes.add(append(log, document, former, text));
        }
    }

    private String path(DocumentId document) {
        return direct.inOneStatement(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT path FROM documents WHERE id = :id")
                                .bind("id", document.value())
                                .mapTo(String.class)
                                .one());
    }

    private long deadlocks() throws SQLException {
        try (var connection = direct.logConnection();
                var query =
                        connection.prepareStatement(
                                "SELECT deadlocks FROM pg_stat_database"
                                        + " WHERE datname = current_database()");
                var rows = query.executeQuery()) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(1);
        }
    }

    private UpdateLogTest.RecordingOutcome append(
            UpdateLog log, DocumentId document, SyncedFile former, String text) {
        var outcome = new UpdateLogTest.RecordingOutcome();
        var base = BaseChange.of(former, fileText(text));
        assertThat(
                        log.offer(
                                new UpdateLog.Row(
                                        workspace, epoch, document, new byte[] {1}, base, outcome)))
                .isTrue();
        return outcome;
    }

    private SyncedFile file() {
        return Objects.requireNonNull(table.find(workspace, PATH));
    }

    private static FileText fileText(String text) {
        return new FileText(new FileMetadata("hash of " + text, "lf", false, "utf-8"), text);
    }

    private DocumentId document(String path) {
        return StoreTest.begin(direct, workspace, path, epoch).id();
    }

    private static List<byte[]> rows(UpdateLog log, DocumentId document) {
        var rows = new ArrayList<byte[]>();
        log.read(document, rows::add);
        return rows;
    }
}

package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class UpdateLogTest {
    private TestDatabase test;
    private Database database;
    private UpdateLog log;
    private WorkspaceId workspace;
    private long epoch;

    @BeforeEach
    void open() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        log = new UpdateLog(database, new Metrics());
        var workspaces = new WorkspaceTable(database);
        workspace = workspaces.findOrCreate("demo");
        epoch = workspaces.raiseEpoch(workspace);
    }

    @AfterEach
    void close() {
        log.close();
        database.close();
        test.close();
    }

    @Test
    void rows_of_a_document_commit_in_the_order_offered() throws InterruptedException {
        int documents = 8;
        int rows = 2_000;
        var ids = new ArrayList<DocumentId>();
        for (int i = 0; i < documents; i++) {
            ids.add(document("file-" + i));
        }
        var heard = new ConcurrentLinkedQueue<List<Integer>>();
        var done = new CountDownLatch(documents * rows);
        for (int i = 0; i < rows; i++) {
            for (int d = 0; d < documents; d++) {
                var where = List.of(d, i);
                offer(ids.get(d), epoch, number(i), heard::add, where, done);
            }
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        for (int d = 0; d < documents; d++) {
            int document = d;
            var expected = IntStream.range(0, rows).boxed().toList();
            assertThat(heard.stream().filter(w -> w.get(0) == document).map(w -> w.get(1)))
                    .containsExactlyElementsOf(expected);
            assertThat(rows(ids.get(d)).stream().skip(1).map(r -> ByteBuffer.wrap(r).getInt()))
                    .containsExactlyElementsOf(expected);
        }
    }

    @Test
    void only_the_bad_row_of_a_batch_is_refused() throws InterruptedException {
        var good = document("good");
        var unknown = new DocumentId(UUID.randomUUID());
        var outcomes = new ArrayList<RecordingOutcome>();
        for (int i = 0; i < 300; i++) {
            boolean isBad = i % 50 == 7;
            var row = new RecordingOutcome();
            outcomes.add(row);
            assertThat(
                            log.offer(
                                    new UpdateLog.Row(
                                            workspace,
                                            epoch,
                                            isBad && i % 100 == 7 ? unknown : good,
                                            isBad && i % 100 != 7 ? new byte[0] : number(i),
                                            row)))
                    .isTrue();
        }
        for (int i = 0; i < 300; i++) {
            assertThat(outcomes.get(i).await())
                    .isEqualTo(i % 50 == 7 ? Failure.INTERNAL.name() : "committed");
        }
        assertThat(rows(good)).hasSize(1 + 300 - 6);
    }

    @Test
    void a_row_with_an_old_epoch_is_refused() throws InterruptedException {
        var document = document("main.py");
        long next = new WorkspaceTable(database).raiseEpoch(workspace);
        var stale = new RecordingOutcome();
        var current = new RecordingOutcome();
        log.offer(new UpdateLog.Row(workspace, epoch, document, number(1), stale));
        log.offer(new UpdateLog.Row(workspace, next, document, number(2), current));
        assertThat(stale.await()).isEqualTo(Failure.WORKSPACE_ELSEWHERE.name());
        assertThat(current.await()).isEqualTo("committed");
        assertThat(rows(document)).hasSize(2);
        assertThat(rows(document).getLast()).isEqualTo(number(2));
    }

    @Test
    void the_lower_of_two_attempts_to_raise_an_epoch_loses() {
        var workspaces = new WorkspaceTable(database);
        long dead = workspaces.nextAttempt();
        long successor = workspaces.raiseEpoch(workspace);
        assertThatThrownBy(() -> workspaces.raiseEpoch(workspace, dead))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure()).isEqualTo(Failure.SERVER_STOPPING));
        assertThat(workspaces.raiseEpoch(workspace)).isEqualTo(successor + 1);
    }

    @Test
    void joining_replaces_exactly_the_rows_it_read() throws InterruptedException {
        var document = document("main.py");
        for (int i = 0; i < 50; i++) {
            append(document, number(i));
        }
        var appended = new ArrayList<RecordingOutcome>();
        long joined =
                log.compact(
                        new UpdateLog.LogTarget(workspace, epoch, document),
                        rows -> {
                            assertThat(rows).hasSize(51);
                            appended.add(offered(document, number(100)));
                            assertThat(appended.getFirst().awaited()).isEqualTo("committed");
                            return number(99);
                        });
        assertThat(joined).isEqualTo(51);
        assertThat(rows(document)).containsExactlyInAnyOrder(number(99), number(100));
        assertThat(log.compact(new UpdateLog.LogTarget(workspace, epoch, document), _ -> number(7)))
                .isEqualTo(2);
        assertThat(log.compact(new UpdateLog.LogTarget(workspace, epoch, document), _ -> number(8)))
                .isZero();
        assertThat(rows(document)).containsExactly(number(7));
    }

    @Test
    void raising_the_epoch_does_not_wait_for_a_join() throws InterruptedException {
        var document = document("main.py");
        append(document, number(1));
        var logTarget = new UpdateLog.LogTarget(workspace, epoch, document);

        assertThatThrownBy(() ->
                        log.compact(
                                logTarget,
                                _ -> {
                                    new WorkspaceTable(database).raiseEpoch(workspace);
                                    return number(9);
                                }))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure())
                                        .isEqualTo(Failure.WORKSPACE_ELSEWHERE));
        assertThat(rows(document)).hasSize(2);
    }

    @Test
    void a_failed_join_or_one_under_an_old_epoch_changes_nothing() throws InterruptedException {
        var document = document("main.py");
        append(document, number(1));
        var logTarget = new UpdateLog.LogTarget(workspace, epoch, document);
        assertThatThrownBy(() ->
                        log.compact(
                                logTarget,
                                _ -> {
                                    throw new IllegalStateException("not joined");
                                }))
                .hasMessageContaining("not joined");
        new WorkspaceTable(database).raiseEpoch(workspace);
        assertThatThrownBy(() -> log.compact(logTarget, _ -> number(9)))
                .isInstanceOf(FailureException.class);
        assertThat(rows(document)).hasSize(2);
    }

    private void append(DocumentId document, byte[] update) throws InterruptedException {
        assertThat(offered(document, update).await()).isEqualTo("committed");
    }

    private RecordingOutcome offered(DocumentId document, byte[] update) {
        var outcome = new RecordingOutcome();
        assertThat(log.offer(new UpdateLog.Row(workspace, epoch, document, update, outcome)))
                .isTrue();
        return outcome;
    }

    @Test
    void no_append_with_an_older_epoch_commits_after_a_raise() throws InterruptedException {
        var document = document("main.py");
        var workspaces = new WorkspaceTable(database);
        var stop = new AtomicBoolean();
        var permits = new Semaphore(64);
        var writer =
                Thread.ofVirtual()
                        .start(() -> {
                            while (!stop.get() && permits.tryAcquire()) {
                                log.offer(
                                        new UpdateLog.Row(
                                                workspace,
                                                epoch,
                                                document,
                                                number(1),
                                                new Release(permits)));
                            }
                            stop.set(true);
                        });
        workspaces.raiseEpoch(workspace);
        int loaded = rows(document).size();
        stop.set(true);
        assertThat(writer.join(java.time.Duration.ofSeconds(10))).isTrue();
        log.close();
        assertThat(rows(document)).hasSize(loaded);
    }

    @Test
    void a_batch_that_waits_for_the_lease_sees_the_new_epoch() throws Exception {
        var document = document("main.py");
        var stale = new RecordingOutcome();
        try (var connection = database.logConnection()) {
            connection.setAutoCommit(false);
            try (var raise =
                    connection.prepareStatement(
                            "UPDATE leases SET epoch = epoch + 1 WHERE workspace_id = ?")) {
                raise.setObject(1, workspace.value());
                raise.execute();
            }
            log.offer(new UpdateLog.Row(workspace, epoch, document, number(1), stale));
            assertThat(stale.heard.await(200, TimeUnit.MILLISECONDS))
                    .as("the append waits for the raised epoch")
                    .isFalse();
            connection.commit();
            connection.setAutoCommit(true);
        }
        assertThat(stale.await()).isEqualTo(Failure.WORKSPACE_ELSEWHERE.name());
        assertThat(rows(document)).hasSize(1);
    }

    @Test
    void a_row_larger_than_a_batch_is_committed() throws InterruptedException {
        var document = document("large");
        var large = new byte[8 << 20];
        Arrays.fill(large, (byte) 7);
        var heard = new RecordingOutcome();
        log.offer(new UpdateLog.Row(workspace, epoch, document, large, heard));
        assertThat(heard.await()).isEqualTo("committed");
        assertThat(rows(document).getLast()).isEqualTo(large);
    }

    @Test
    void a_full_queue_refuses_rows() throws Exception {
        var document = document("main.py");
        var chunk = new byte[1 << 20];
        chunk[0] = 1;
        var outcomes = new ArrayList<RecordingOutcome>();
        try (var connection = database.logConnection()) {
            connection.setAutoCommit(false);
            try (var hold = connection.prepareStatement("SELECT 1 FROM leases FOR UPDATE")) {
                hold.execute();
            }
            var heard = new RecordingOutcome();
            while (log.offer(new UpdateLog.Row(workspace, epoch, document, chunk, heard))) {
                outcomes.add(heard);
                heard = new RecordingOutcome();
            }
            assertThat(outcomes).hasSize(32);
            connection.rollback();
            connection.setAutoCommit(true);
        }
        for (var heard : outcomes) {
            assertThat(heard.await()).isEqualTo("committed");
        }
        var again = new RecordingOutcome();
        assertThat(log.offer(new UpdateLog.Row(workspace, epoch, document, chunk, again))).isTrue();
        assertThat(again.await()).isEqualTo("committed");
    }

    @Test
    void closing_writes_the_waiting_rows_and_refuses_further_ones() throws InterruptedException {
        var document = document("main.py");
        var outcomes = new ArrayList<RecordingOutcome>();
        for (int i = 0; i < 500; i++) {
            var heard = new RecordingOutcome();
            outcomes.add(heard);
            log.offer(new UpdateLog.Row(workspace, epoch, document, number(i), heard));
        }
        log.close();
        for (var heard : outcomes) {
            assertThat(heard.await()).isEqualTo("committed");
        }
        assertThat(rows(document)).hasSize(501);
        assertThat(
                        log.offer(
                                new UpdateLog.Row(
                                        workspace,
                                        epoch,
                                        document,
                                        number(1),
                                        outcomes.getFirst())))
                .isFalse();
    }

    @Test
    void an_outcome_that_throws_does_not_stop_the_writer() throws InterruptedException {
        var document = document("main.py");
        log.offer(
                new UpdateLog.Row(
                        workspace,
                        epoch,
                        document,
                        number(1),
                        new UpdateLog.Outcome() {
                            @Override
                            public void committed() {
                                throw new IllegalStateException("on purpose, in a test");
                            }

                            @Override
                            public void refused(Failure why) {}
                        }));
        var heard = new RecordingOutcome();
        log.offer(new UpdateLog.Row(workspace, epoch, document, number(2), heard));
        assertThat(heard.await()).isEqualTo("committed");
    }

    @Test
    void reading_from_an_unreachable_database_is_a_named_failure() throws InterruptedException {
        var document = document("main.py");
        test.close();
        test = TestDatabase.create();
        assertThatThrownBy(() -> log.read(document, _ -> {}))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure())
                                        .isEqualTo(Failure.DOCUMENT_UNAVAILABLE));
    }

    @Test
    void a_base_commits_with_its_update_or_neither_does() throws InterruptedException {
        var table = new FileSyncTable(database);
        var document = document("main.py");
        var begun = Objects.requireNonNull(table.find(workspace, "main.py"));
        var merged = fileText("merged");
        assertThat(based(document, BaseChange.of(begun, merged))).isEqualTo("committed");
        var row = Objects.requireNonNull(table.find(workspace, "main.py"));
        assertThat(row.base()).isEqualTo(merged);
        assertThat(rows(document)).hasSize(2);
        // The base is not the one that this change replaces.
        assertThat(based(document, BaseChange.of(begun, fileText("late"))))
                .isEqualTo(Failure.PRECONDITION_FAILED.name());
        // A write is pending that the change does not know.
        table.recordIntent(document, fileText("pending"), row.newestRow(), null);
        assertThat(based(document, BaseChange.of(row, fileText("late"))))
                .isEqualTo(Failure.PRECONDITION_FAILED.name());
        assertThat(rows(document)).hasSize(2);
        var pending = Objects.requireNonNull(table.find(workspace, "main.py"));
        assertThat(pending.base()).isEqualTo(merged);
        assertThat(based(document, BaseChange.of(pending, fileText("pending"))))
                .isEqualTo("committed");
        var ended = Objects.requireNonNull(table.find(workspace, "main.py"));
        assertThat(ended.base()).isEqualTo(fileText("pending"));
        assertThat(ended.intent()).isNull();
        assertThat(rows(document)).hasSize(3);
    }

    @Test
    void a_refused_base_does_not_touch_the_other_rows_of_its_batch() throws Exception {
        var table = new FileSyncTable(database);
        var document = document("main.py");
        var other = document("other.py");
        var begun = Objects.requireNonNull(table.find(workspace, "main.py"));
        table.recordIntent(document, fileText("pending"), begun.newestRow(), null);
        var outcomes = new ArrayList<String>();
        try (var connection = database.logConnection()) {
            // The writers wait for the lease, so that the rows meet in batches.
            connection.setAutoCommit(false);
            try (var lock =
                    connection.prepareStatement(
                            "SELECT 1 FROM leases WHERE workspace_id = ? FOR UPDATE")) {
                lock.setObject(1, workspace.value());
                lock.execute();
            }
            var heard = new ArrayList<RecordingOutcome>();
            for (int i = 0; i < 4; i++) {
                heard.add(offered(document, number(i)));
                heard.add(offered(document, BaseChange.of(begun, fileText("" + i))));
                heard.add(offered(other, number(i)));
            }
            connection.rollback();
            connection.setAutoCommit(true);
            for (var one : heard) {
                outcomes.add(one.await());
            }
        }
        for (int i = 0; i < outcomes.size(); i++) {
            assertThat(outcomes.get(i))
                    .isEqualTo(i % 3 == 1 ? Failure.PRECONDITION_FAILED.name() : "committed");
        }
        assertThat(rows(document)).hasSize(5);
        assertThat(rows(other)).hasSize(5);
    }

    private String based(DocumentId document, BaseChange base) throws InterruptedException {
        return offered(document, base).await();
    }

    private RecordingOutcome offered(DocumentId document, BaseChange base) {
        var outcome = new RecordingOutcome();
        var row = new UpdateLog.Row(workspace, epoch, document, number(1), base, outcome);
        assertThat(log.offer(row)).isTrue();
        return outcome;
    }

    private static FileSyncTable.FileText fileText(String text) {
        return new FileSyncTable.FileText(
                new FileMetadata("hash of " + text, "crlf", true, "utf-16le"), text);
    }

    private DocumentId document(String path) {
        return StoreTest.begin(database, workspace, path, epoch).id();
    }

    private List<byte[]> rows(DocumentId document) {
        var rows = new ArrayList<byte[]>();
        log.read(document, rows::add);
        return rows;
    }

    private void offer(
            DocumentId document,
            long underEpoch,
            byte[] update,
            java.util.function.Consumer<List<Integer>> heard,
            List<Integer> where,
            CountDownLatch done) {
        var row =
                new UpdateLog.Row(
                        workspace,
                        underEpoch,
                        document,
                        update,
                        new UpdateLog.Outcome() {
                            @Override
                            public void committed() {
                                heard.accept(where);
                                done.countDown();
                            }

                            @Override
                            public void refused(Failure why) {}
                        });
        assertThat(log.offer(row)).isTrue();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    /// Records one outcome.
    static final class RecordingOutcome implements UpdateLog.Outcome {
        final CountDownLatch heard = new CountDownLatch(1);
        private volatile String what = "nothing";

        @Override
        public void committed() {
            what = heard.getCount() == 0 ? "twice" : "committed";
            heard.countDown();
        }

        @Override
        public void refused(Failure why) {
            what = heard.getCount() == 0 ? "twice" : why.name();
            heard.countDown();
        }

        /// As [#await()], but without checked exceptions.
        String awaited() {
            try {
                return await();
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new AssertionError(stop);
            }
        }

        String await() throws InterruptedException {
            assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
            return what;
        }
    }

    private record Release(Semaphore permits) implements UpdateLog.Outcome {
        @Override
        public void committed() {
            permits.release();
        }

        @Override
        public void refused(Failure why) {}
    }
}

package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.Await;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StoreTest {
    private static final AtomicLong GENESIS = new AtomicLong(1L << 32);
    private static final FileMetadata MARK = new FileMetadata("00", "lf", false, "utf-8");
    private static final FileText FILE = new FileText(MARK, "one\n");

    private TestDatabase test;
    private Database database;
    private WorkspaceTable workspaces;
    private DocumentTable documents;
    private WorkspaceId workspace;
    private long epoch;

    @BeforeEach
    void open() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        workspaces = new WorkspaceTable(database);
        documents = new DocumentTable(database);
        workspace = workspaces.findOrCreate("demo");
        epoch = workspaces.raiseEpoch(workspace);
    }

    @AfterEach
    void close() {
        database.close();
        test.close();
    }

    @Test
    void a_workspace_keeps_its_id_and_its_epoch_only_increases() {
        assertThat(workspaces.findOrCreate("demo")).isEqualTo(workspace);
        assertThat(workspaces.findOrCreate("other")).isNotEqualTo(workspace);
        assertThat(workspaces.raiseEpoch(workspace)).isEqualTo(epoch + 1);
    }

    @Test
    void credentials_are_checked_while_all_other_connections_are_busy() throws Exception {
        var tokens = new TokenTable(database);
        var isLookedAt = new CountDownLatch(1);
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var holding = new CountDownLatch(DatabasePools.MAIN_CONNECTIONS);
            for (int i = 0; i < DatabasePools.MAIN_CONNECTIONS; i++) {
                var _ =
                        tasks.submit(() ->
                                database.inTransaction(
                                        Failure.STORE_UNAVAILABLE,
                                        _ -> {
                                            holding.countDown();
                                            return awaited(isLookedAt);
                                        }));
            }
            assertThat(holding.await(20, TimeUnit.SECONDS)).isTrue();
            try {
                assertThat(tokens.all()).isEmpty();
            } finally {
                isLookedAt.countDown();
            }
        }
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    @Test
    void a_document_is_found_as_it_was_created() {
        var document = begin(database, workspace, "src/main.py", epoch);
        assertThat(documents.findLiving(workspace, "src/main.py")).isEqualTo(document);
        assertThat(documents.findLiving(workspace, "src/other.py")).isNull();
        assertThat(documents.rowCount(document.id())).isEqualTo(1);
    }

    @Test
    void only_one_of_ten_concurrent_creations_of_a_path_succeeds() throws Exception {
        var begun = new ArrayList<Future<StoredDocument>>();
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                begun.add(tasks.submit(() -> begin(database, workspace, "new.py", epoch)));
            }
        }
        var first = begun.getFirst().get();
        for (var one : begun) {
            assertThat(one.get()).isEqualTo(first);
        }
        assertThat(documents.rowCount(first.id())).isEqualTo(1);
        assertThat(documents.findLiving(workspace, "new.py")).isEqualTo(first);
    }

    @Test
    void repeating_a_creation_writes_nothing_twice() {
        var document = begin(database, workspace, "main.py", epoch);
        assertThat(documents.create(document, FILE, new byte[] {1}, epoch)).isEqualTo(document);
        assertThat(documents.rowCount(document.id())).isEqualTo(1);
    }

    @Test
    void a_creation_under_an_old_epoch_is_refused() {
        workspaces.raiseEpoch(workspace);
        assertThatThrownBy(() -> begin(database, workspace, "main.py", epoch))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure())
                                        .isEqualTo(Failure.WORKSPACE_ELSEWHERE));
        assertThat(documents.findLiving(workspace, "main.py")).isNull();
    }

    @Test
    void a_retired_path_is_free_and_its_genesis_author_stays_recorded() {
        var old = begin(database, workspace, "main.py", epoch);
        documents.retire(old.id());
        assertThat(documents.findLiving(workspace, "main.py")).isNull();
        var next = begin(database, workspace, "main.py", epoch);
        assertThat(next.id()).isNotEqualTo(old.id());
        var authors = List.of(old.genesisClient(), next.genesisClient(), 1L << 40);
        assertThat(documents.genesesAmong(workspace, authors))
                .containsExactlyInAnyOrder(old.genesisClient(), next.genesisClient());
        assertThat(documents.genesesAmong(workspaces.findOrCreate("other"), authors)).isEmpty();
        assertThat(documents.rowCount(old.id())).isEqualTo(1);
    }

    @Test
    void a_moved_document_keeps_its_rows_and_cannot_take_a_living_path() {
        var document = begin(database, workspace, "main.py", epoch);
        documents.move(document.id(), "main.conflict.py");
        var moved = Objects.requireNonNull(documents.findLiving(workspace, "main.conflict.py"));
        assertThat(moved.id()).isEqualTo(document.id());
        assertThat(documents.findLiving(workspace, "main.py")).isNull();
        var other = begin(database, workspace, "main.py", epoch);
        assertThatThrownBy(() -> documents.move(other.id(), "main.conflict.py"))
                .isInstanceOf(FailureException.class);
        assertThat(documents.findLiving(workspace, "main.py")).isEqualTo(other);
    }

    /// The statement of the second move does not see the first one, which is not committed yet.
    @Test
    void the_later_of_two_moves_to_one_path_is_a_clash() throws Exception {
        var document = begin(database, workspace, "one.py", epoch);
        var other = begin(database, workspace, "two.py", epoch);
        var address = test.address();
        try (var earlier =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var move =
                        earlier.prepareStatement(
                                "UPDATE documents SET path = 'new.py' WHERE id = ?");
                var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            earlier.setAutoCommit(false);
            move.setObject(1, document.id().value());
            assertThat(move.executeUpdate()).isEqualTo(1);
            var later = tasks.submit(() -> documents.move(other.id(), "new.py"));
            Await.await(() -> waitingForLock() == 1);
            earlier.commit();

            assertThatThrownBy(() -> later.get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(FailureException.class);
            assertThat(((FailureException) later.exceptionNow()).failure())
                    .isEqualTo(Failure.PATH_CLASH);
        }
        assertThat(documents.findLiving(workspace, "new.py")).isNotNull();
        assertThat(documents.findLiving(workspace, "two.py")).isEqualTo(other);
    }

    private long waitingForLock() {
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT count(*) FROM pg_stat_activity
                                        WHERE datname = current_database()
                                            AND wait_event_type = 'Lock'
                                        """)
                                .mapTo(long.class)
                                .one());
    }

    @Test
    void file_sync_records_base_and_pending_write() {
        var syncTable = new FileSyncTable(database);
        var document = begin(database, workspace, "main.py", epoch);
        var begun = syncedFile(syncTable);
        assertThat(begun.document()).isEqualTo(document.id());
        assertThat(begun.base()).isEqualTo(FILE);
        assertThat(begun.intent()).isNull();
        assertThat(begun.isCurrent()).isTrue();
        var metadata = new FileMetadata("ab12", "crlf", true, "utf-16le");
        var next = new FileText(metadata, "z\u00FCrich \uD83D\uDE00\n".repeat(50_000));
        syncTable.recordIntent(document.id(), next, begun.newestRow(), null);
        assertThat(syncedFile(syncTable).base()).isEqualTo(FILE);
        assertThat(syncedFile(syncTable).intent()).isEqualTo(next);
        assertThat(syncTable.unsynced(workspace)).containsExactly("main.py");
        var pending = syncedFile(syncTable);
        assertThat(syncTable.confirmIntent(document.id(), FILE)).as("another write").isFalse();
        assertThat(syncedFile(syncTable)).isEqualTo(pending);
        assertThat(syncTable.confirmIntent(document.id(), next)).isTrue();
        assertThat(syncedFile(syncTable)).isEqualTo(pending.confirmed());
        assertThat(syncTable.confirmIntent(document.id(), next)).as("no write").isFalse();
        assertThat(syncedFile(syncTable).base()).isEqualTo(next);
        assertThat(syncedFile(syncTable).intent()).isNull();
        assertThat(syncTable.unsynced(workspace)).isEmpty();
        syncTable.recordIntent(document.id(), FILE, begun.newestRow(), null);
        syncTable.discardIntent(document.id());
        assertThat(syncedFile(syncTable).base()).isEqualTo(next);
        assertThat(syncedFile(syncTable).intent()).isNull();
        syncTable.begin(document.id());
        assertThat(syncedFile(syncTable).base()).as("has begun before").isEqualTo(next);
    }

    @Test
    void file_sync_keeps_texts_of_any_length() {
        var syncTable = new FileSyncTable(database);
        var document = begin(database, workspace, "main.py", epoch);
        for (var length : new int[] {0, 1, 64 << 10, (64 << 10) + 1, 3 << 20}) {
            var text = new FileText(FILE.metadata(), "x".repeat(length));
            syncTable.recordIntent(document.id(), text, 1, null);
            assertThat(syncedFile(syncTable).intent()).isEqualTo(text);
            assertThat(syncTable.confirmIntent(document.id(), text)).isTrue();
            assertThat(syncedFile(syncTable).base()).isEqualTo(text);
        }
    }

    private FileSyncTable.SyncedFile syncedFile(FileSyncTable syncTable) {
        return Objects.requireNonNull(syncTable.find(workspace, "main.py"));
    }

    @Test
    void a_login_is_valid_until_it_expires_or_is_revoked() {
        var logins = new LoginTable(database);
        var tokens = new TokenTable(database);
        var now = Instant.parse("2026-11-23T12:00:00Z");
        var local = hash(1);
        var login =
                new LoginTable.Login(
                        hash(9),
                        local,
                        UUID.randomUUID(),
                        "Ann",
                        "EDITOR",
                        Set.of("EDIT", "AI"),
                        "Firefox",
                        now.plusSeconds(60));
        logins.create(login);
        assertThat(tokens.valid(List.of(hash(9), hash(8)), validity(local, now)))
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(
                        new TokenTable.ValidCredential(
                                hash(9),
                                true,
                                login.principal(),
                                "Ann",
                                "EDITOR",
                                Set.of("EDIT", "AI"),
                                false,
                                now.plusSeconds(60),
                                null));
        assertThat(tokens.valid(List.of(hash(9)), validity(local, now.plusSeconds(60)))).isEmpty();
        assertThat(tokens.valid(List.of(hash(9)), validity(hash(2), now)))
                .as("another token")
                .isEmpty();
        assertThat(logins.purge(now)).isZero();
        assertThat(logins.revoke(hash(9))).isTrue();
        assertThat(tokens.valid(List.of(hash(9)), validity(local, now))).isEmpty();
        logins.create(login);
        assertThat(logins.purge(now.plusSeconds(60))).isEqualTo(1);
    }

    private static TokenTable.Validity validity(byte[] local, Instant now) {
        return new TokenTable.Validity(local, UUID.randomUUID(), now, now);
    }

    @Test
    void a_token_and_its_logins_are_valid_until_it_expires_or_is_revoked() {
        var logins = new LoginTable(database);
        var tokens = new TokenTable(database);
        var now = Instant.parse("2026-11-23T12:00:00Z");
        var end = now.plusSeconds(60);
        var token = token(3, now, end);
        var both = List.of(hash(3), hash(4));
        assertThat(tokens.create(token, 1)).isTrue();
        assertThat(tokens.create(token(5, now, null), 1)).as("beyond the bound").isFalse();
        logins.create(
                new LoginTable.Login(
                        hash(4),
                        hash(3),
                        token.principal(),
                        "Ben",
                        "VIEWER",
                        Set.of("READ"),
                        "",
                        now.plusSeconds(600)));

        assertThat(tokens.valid(both, validity(hash(1), now))).hasSize(2);
        assertThat(tokens.valid(both, validity(hash(1), end))).as("expired").isEmpty();
        assertThat(tokens.revoke(UUID.randomUUID(), now)).isFalse();
        assertThat(tokens.revoke(token.id(), now)).isTrue();
        assertThat(tokens.valid(both, validity(hash(1), now))).as("revoked").isEmpty();
        assertThat(logins.revoke(hash(4))).as("the login was deleted").isFalse();
        assertThat(tokens.revoke(token.id(), end)).as("again").isTrue();
        assertThat(tokens.all())
                .hasSize(1)
                .first()
                .satisfies(it -> {
                    assertThat(it.revokedAt()).isEqualTo(now);
                    assertThat(it.expiresAt()).isEqualTo(end);
                    assertThat(it.hash()).isEqualTo(hash(3));
                });
        assertThat(tokens.purge(now)).isZero();
        assertThat(tokens.purge(now.plusSeconds(1))).isEqualTo(1);
    }

    private static byte[] hash(int number) {
        var hash = new byte[32];
        hash[5] = (byte) number;
        return hash;
    }

    private static TokenTable.Token token(int number, Instant now, @Nullable Instant end) {
        return new TokenTable.Token(
                UUID.randomUUID(),
                hash(number),
                UUID.randomUUID(),
                "Ben",
                "VIEWER",
                Set.of("READ"),
                now,
                end,
                null);
    }

    @Test
    void the_application_is_no_superuser() throws Exception {
        try (var connection = database.logConnection();
                var query = connection.createStatement();
                var rows =
                        query.executeQuery(
                                "SELECT usesuper FROM pg_user WHERE usename = current_user")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getBoolean(1)).isFalse();
        }
    }

    @Test
    void a_reachable_database_is_up() {
        assertThat(database.state()).isInstanceOf(Health.State.Up.class);
    }

    @Test
    void a_database_with_all_connections_busy_is_up() throws Exception {
        var told = new ArrayList<Health.State>();
        database.addListener(told::add);
        var isEnough = new CountDownLatch(1);
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var atWork = new CountDownLatch(8);
            for (int i = 0; i < 8; i++) {
                var _ =
                        tasks.submit(() ->
                                database.inTransaction(
                                        Failure.DOCUMENT_UNAVAILABLE,
                                        handle -> {
                                            handle.execute("SELECT 1");
                                            atWork.countDown();
                                            return await(isEnough);
                                        }));
            }
            assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
            // Each waits five seconds for a connection, longer than the probe's interval and
            // timeout.
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> workspaces.findOrCreate("other"))
                        .isInstanceOf(FailureException.class);
                assertThat(database.state()).isInstanceOf(Health.State.Up.class);
            }
            isEnough.countDown();
        }
        assertThat(told).isEmpty();
        assertThat(workspaces.findOrCreate("demo")).isEqualTo(workspace);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    @Test
    void all_forms_of_an_address_are_parsed_and_the_password_is_never_shown() {
        var address = DatabaseAddress.parse("postgresql://ann:s%40cret@db.example:6432/qide");
        assertThat(address.url()).isEqualTo("jdbc:postgresql://db.example:6432/qide");
        assertThat(address.user()).isEqualTo("ann");
        assertThat(address.password()).isEqualTo("s@cret");
        assertThat(address.toString()).doesNotContain("s@cret");
        assertThat(
                        DatabaseAddress.parse(
                                "jdbc:postgresql://db/qide?user=bob&sslmode=require&password=p%26w"))
                .isEqualTo(
                        new DatabaseAddress(
                                "jdbc:postgresql://db/qide?sslmode=require", "bob", "p&w"));
        for (var wrong :
                new String[] {
                    "",
                    "mysql://h/x",
                    "postgresql:///x",
                    "postgresql://s3cret %/x",
                    "postgresql://a:s3cret@h1,/x",
                    "postgresql://a:s3cret@h1:port,h2/x"
                }) {
            assertThatThrownBy(() -> DatabaseAddress.parse(wrong))
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageNotContaining("s3cret");
        }
    }

    @Test
    void of_several_hosts_the_primary_is_used() {
        var address = DatabaseAddress.parse("postgresql://ann:p@db_1:5433,10.0.0.2/qide?a=b");
        assertThat(address.url())
                .isEqualTo(
                        "jdbc:postgresql://db_1:5433,10.0.0.2/qide?a=b&targetServerType=primary");
        assertThat(address.isLoopback()).isFalse();
        assertThat(DatabaseAddress.parse("postgres://h,i:1/q?targetServerType=any").url())
                .isEqualTo("jdbc:postgresql://h,i:1/q?targetServerType=any");
        assertThat(DatabaseAddress.parse("postgres://127.0.0.1:5,localhost/q").isLoopback())
                .isTrue();
        assertThat(DatabaseAddress.parse("postgres://localhost,db/q").isLoopback()).isFalse();
        assertThat(DatabaseAddress.parse("postgres://[::1]:5432/q").isLoopback()).isTrue();
    }

    @Test
    void the_log_exposes_its_metrics() throws InterruptedException {
        var metrics = new Metrics();
        try (var log = new UpdateLog(database, metrics)) {
            var document = begin(database, workspace, "main.py", epoch);
            var heard = new UpdateLogTest.RecordingOutcome();
            log.offer(new UpdateLog.Row(workspace, epoch, document.id(), new byte[] {1}, heard));
            heard.await();
            // A row leaves the queue after its callback.
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!metrics.expose().contains("qide_store_queue_rows 0.0")) {
                assertThat(System.nanoTime()).as("the queue empties in time").isLessThan(end);
                Thread.onSpinWait();
            }
            assertThat(metrics.expose())
                    .contains("qide_store_rows_total 1.0")
                    .contains("qide_store_commit_seconds_count 1.0");
        }
    }

    /// Begins a document with a one-byte genesis row.
    static StoredDocument begin(Database database, WorkspaceId workspace, String path, long epoch) {
        return new DocumentTable(database)
                .create(
                        new StoredDocument(
                                new DocumentId(UUID.randomUUID()),
                                workspace,
                                path,
                                UUID.randomUUID().toString(),
                                GENESIS.incrementAndGet()),
                        FILE,
                        new byte[] {0},
                        epoch);
    }
}

package dev.qide.server.collab;

import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.LIMITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.Await;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileMetadata;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.NodeTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two servers on one database: one has a workspace, and the other takes it only when that one no
/// longer lives. A server that lost a workspace forgets its documents and can take it again.
class WorkspaceLeasesTest {
    private static final String NAME = "shared";

    /// Keeps pending offers valid for the whole test; rows without an offer stay unchanged.
    private static final String EXTEND_OFFERS =
            "UPDATE leases SET offered_at = offered_at + interval '1 hour'";

    private final UUID stranger = UUID.randomUUID();
    private TestDatabase test;
    private Database database;
    private CollabFixture server;

    @BeforeEach
    void start() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        server = new CollabFixture(test.address(), database, LIMITS, NAME);
    }

    @AfterEach
    void stop() {
        server.close();
        database.close();
        test.close();
    }

    @Test
    void a_workspace_of_a_living_server_is_taken_when_that_server_has_stopped() throws Exception {
        var ann = server.client(ANN).joinSettled("");
        ann.update(new Typist(7).type("a")).awaits(2, "saved");
        try (var second = new Database(test.address());
                var other = new CollabFixture(test.address(), second, LIMITS, NAME)) {
            assertElsewhere(other);
            assertThat(server.collaboration.leases().isHeld(server.workspace, epoch())).isTrue();
            server.close();
            database.close();
            // PostgreSQL ends the session some time after the connection closes.
            Await.await(Duration.ofSeconds(5), () -> isServed(other, Failure.WORKSPACE_ELSEWHERE));
            // Both servers have one directory.
            other.texts.files.put(CollabFixture.PATH, ann.text());
            var bob = other.client(BOB).join("");
            assertThat(bob.text()).isEqualTo(ann.text());
        }
    }

    @Test
    void the_lease_of_a_killed_server_is_free_at_once() throws Exception {
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            assertElsewhere(server);
        }
        // PostgreSQL ends the session some time after the connection closes.
        Await.await(() -> isTaken());
    }

    @Test
    void the_lease_of_a_silent_server_is_free_after_ten_seconds() throws Exception {
        try (var _ = strangerHasTheLease("clock_timestamp() - interval '5 seconds'")) {
            assertElsewhere(server);
        }
        try (var _ = strangerHasTheLease("clock_timestamp() - interval '11 seconds'")) {
            server.collaboration.leases().require(server.workspace);
        }
    }

    @Test
    void a_lease_that_was_given_up_is_free_and_its_epoch_is_over() throws Exception {
        server.client(ANN).joinSettled("");
        long epoch = epoch();
        server.collaboration.leases().release(server.workspace, null);
        assertThat(server.collaboration.leases().isHeld(server.workspace)).isFalse();
        assertThat(epoch()).isEqualTo(epoch + 1);
        try (var second = new Database(test.address());
                var other = new CollabFixture(test.address(), second, LIMITS, NAME)) {
            other.collaboration.leases().require(other.workspace);
            assertElsewhere(server);
        }
    }

    @Test
    void a_lease_that_is_offered_is_for_one_server_for_two_seconds() throws Exception {
        try (var second = new Database(test.address());
                var other = new CollabFixture(test.address(), second, LIMITS, NAME)) {
            server.collaboration.leases().require(server.workspace);
            var table = new LeaseTable(second);
            assertThat(table.offer(server.workspace, stranger)).as("of a living one").isFalse();
            var to = new NodeTable(second).self();
            server.collaboration.leases().release(server.workspace, to);
            test.execute(EXTEND_OFFERS);
            assertThat(table.isAssigned(server.workspace)).isTrue();
            assertElsewhere(server);
            assertThat(new LeaseTable(database).offer(server.workspace, stranger)).isFalse();
            table.decline(server.workspace);
            assertThat(new LeaseTable(database).offer(server.workspace, to)).isTrue();
            test.execute(EXTEND_OFFERS);
            assertElsewhere(server);
            test.execute("UPDATE leases SET offered_at = clock_timestamp() - interval '3 seconds'");
            assertThat(table.isAssigned(server.workspace)).isFalse();
            server.collaboration.leases().require(server.workspace);
            assertElsewhere(other);
        }
    }

    /// An epoch that was lost with the primary is given again, to another server.
    @Test
    void a_lease_of_another_server_is_lost_even_if_its_epoch_is_the_same() throws Exception {
        server.collaboration.leases().require(server.workspace);
        test.execute("UPDATE leases SET node_id = gen_random_uuid()");
        Await.await(() -> !server.collaboration.leases().isHeld(server.workspace));
    }

    @Test
    void a_server_that_takes_no_leases_keeps_those_that_it_has() {
        server.collaboration.leases().require(server.workspace);
        server.collaboration.leases().setAcquiring(false);
        server.collaboration.leases().require(server.workspace);
        server.collaboration.leases().release(server.workspace, null);
        assertElsewhere(server);
        server.collaboration.leases().setAcquiring(true);
        server.collaboration.leases().require(server.workspace);
    }

    @Test
    void a_server_that_lost_a_workspace_stores_nothing_and_can_take_it_again() throws Exception {
        var reader = server.client(BOB).joinSettled("");
        var writer = server.client(ANN).joinSettled("");
        var typist = new Typist(7);
        long rows = server.rows(server.document()).size();
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            writer.update(typist.type("a"));
            writer.awaits("closed document-unavailable");
            reader.awaits("closed document-unavailable");
            assertThat(writer.count("saved")).as("only its step 2").isEqualTo(1);
            assertThat(server.rows(server.document())).hasSize((int) rows);
            assertElsewhere(server);
        }
        Await.await(() -> isTaken());
        var again = server.client(ANN).joinSettled("");
        again.update(new Typist(8).type("b")).awaits(2, "saved");
        assertThat(server.client(BOB).join("").text()).contains("b").doesNotContain("a");
    }

    @Test
    void a_server_that_lost_a_workspace_ends_moves_and_writes_no_document_of_it() throws Exception {
        server.client(ANN).joinSettled("");
        var document = server.document();
        var documents = new DocumentTable(database);
        var table = new FileSyncTable(database);
        var intent = new FileText(new FileMetadata("h", "LF", false, "UTF-8"), "text");
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            assertElsewhere(() -> documents.retire(document));
            assertElsewhere(() -> documents.move(document, "moved.py"));
            assertElsewhere(() -> table.recordIntent(document, intent, 1, null));
            assertThat(documents.livingPath(document)).isEqualTo(CollabFixture.PATH);
        }
        // PostgreSQL ends the session some time after the connection closes.
        Await.await(() -> isMoved(documents, document));
    }

    private static boolean isMoved(DocumentTable documents, DocumentId document) {
        try {
            documents.move(document, "moved.py");
            return true;
        } catch (FailureException failure) {
            assertThat(failure.failure()).isEqualTo(Failure.WORKSPACE_ELSEWHERE);
            return false;
        }
    }

    @Test
    void people_who_only_read_notice_a_lost_workspace() throws Exception {
        var reader = server.client(BOB).joinSettled("");
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            reader.awaits("closed document-unavailable");
        }
    }

    @Test
    void a_stock_provider_connects_again_when_another_server_has_the_workspace() throws Exception {
        var editor = server.client(BOB);
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            var stock = server.client(null, CollabFixture.PATH).auth("ann").step1("");
            editor.auth("").step1("");
            Await.await(() -> {
                server.advance(Duration.ofSeconds(1));
                return stock.count("socket 1013 document-unavailable") > 0;
            });
            assertThat(stock.count("denied")).as("it would end version 2").isZero();
            editor.awaits("denied document-unavailable");
        }
        Await.await(() -> isTaken());
        editor.join("");
        assertThat(editor.count("socket")).as("its text frames need it").isZero();
    }

    @Test
    void a_stock_provider_connects_again_after_its_document_was_dropped() throws Exception {
        var stock = server.client(null, CollabFixture.PATH).auth("ann").step1("").awaits("step2");
        try (var _ = strangerHasTheLease("clock_timestamp()")) {
            stock.awaits("socket 1013 document-unavailable");
        }
    }

    @Test
    void a_stock_provider_connects_again_when_a_workspace_could_not_be_prepared() {
        server.collaboration
                .leases()
                .prepareBy(
                        new WorkspaceLeases.Preparation() {
                            @Override
                            public void prepare(WorkspaceId workspace, long epoch) {
                                throw new FailureException(Failure.WORKSPACE_FILES_UNAVAILABLE);
                            }
                        });
        server.client(null, CollabFixture.PATH)
                .auth("ann")
                .step1("")
                .awaits("socket 1013 workspace-files-unavailable");
    }

    /// Clients connect again every second, and a restore may read gigabytes.
    @Test
    void a_workspace_that_could_not_be_prepared_is_left_alone_for_a_second() {
        var attempts = new ArrayList<Long>();
        server.collaboration
                .leases()
                .prepareBy(
                        new WorkspaceLeases.Preparation() {
                            @Override
                            public void prepare(WorkspaceId workspace, long epoch) {
                                attempts.add(System.nanoTime());
                                if (attempts.size() == 1) {
                                    throw new FailureException(Failure.WORKSPACE_FILES_UNAVAILABLE);
                                }
                            }
                        });
        Await.await(() -> isPrepared());
        assertThat(attempts).hasSize(2);
        assertThat(Duration.ofNanos(attempts.get(1) - attempts.get(0)))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void a_stock_provider_with_another_generation_stays_connected() throws Exception {
        var stock = server.client(null, CollabFixture.PATH).auth("ann").step1("").awaits("step2");
        assertThat(server.collaboration.retire(server.workspace, CollabFixture.PATH)).isTrue();
        stock.awaits("closed document-replaced");
        assertThat(stock.count("socket")).as("it would come back with the same text").isZero();
    }

    @Test
    void an_ended_server_is_forgotten_and_its_leases_are_free() throws Exception {
        server.collaboration.leases().require(server.workspace);
        assertThat(test.count("SELECT count(*) FROM nodes")).isEqualTo(1);
        server.close();
        database.close();
        Await.await(() -> test.count("SELECT count(*) FROM nodes") == 0);
    }

    private boolean isTaken() {
        return isServed(Failure.WORKSPACE_ELSEWHERE);
    }

    private boolean isPrepared() {
        return isServed(Failure.WORKSPACE_FILES_UNAVAILABLE);
    }

    /// @param otherwise the only failure that it may be refused with
    private boolean isServed(Failure otherwise) {
        return isServed(server, otherwise);
    }

    private static boolean isServed(CollabFixture fixture, Failure otherwise) {
        try {
            fixture.collaboration.leases().require(fixture.workspace);
            return true;
        } catch (FailureException failure) {
            assertThat(failure.failure()).isEqualTo(otherwise);
            return false;
        }
    }

    private static void assertElsewhere(CollabFixture fixture) {
        assertElsewhere(() -> fixture.collaboration.leases().require(fixture.workspace));
    }

    private static void assertElsewhere(ThrowingCallable refused) {
        assertThatThrownBy(refused)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure())
                                        .isEqualTo(Failure.WORKSPACE_ELSEWHERE));
    }

    private long epoch() {
        return test.count("SELECT epoch FROM leases");
    }

    /// Another server takes the lease; it lives as long as the returned connection is open.
    ///
    /// @param seen when it wrote the time, in SQL
    private Connection strangerHasTheLease(String seen) throws SQLException {
        var connection = test.connect();
        try (var statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(hashtextextended('" + stranger + "', 0))");
            statement.execute("DELETE FROM nodes WHERE id = '" + stranger + "'");
            statement.execute(
                    "INSERT INTO nodes (id, process_id, seen_at) VALUES ('"
                            + stranger
                            + "', 1, "
                            + seen
                            + ")");
            statement.execute(
                    "INSERT INTO leases (workspace_id, epoch, attempt, node_id)"
                            + " SELECT id, 1, nextval('lease_attempts'), '"
                            + stranger
                            + "' FROM workspaces ON CONFLICT (workspace_id) DO UPDATE"
                            + " SET epoch = leases.epoch + 1, node_id = EXCLUDED.node_id,"
                            + " attempt = EXCLUDED.attempt");
        }
        return connection;
    }
}

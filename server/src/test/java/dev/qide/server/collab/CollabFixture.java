package dev.qide.server.collab;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.Access.Member;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The package `collab` over a real database with files in memory. Each instance has its own
/// workspace.
final class CollabFixture implements AutoCloseable {
    static final Member ANN = new Member("ann", "Ann");
    static final Member BOB = new Member("bob", "Bob");
    static final Member VERA = new Member("vera", "Vera, who only reads");

    /// Small bounds. Waits that a test needs to end are those of the fixture's clock, or short.
    static final CollabLimits LIMITS = limits(Duration.ofMillis(20));

    /// [#LIMITS] with the tick of a production server, for clients that must be faster than a tick.
    static final CollabLimits SLOW_LIMITS = limits(CollabLimits.STANDARD.tick());

    static final String PATH = "src/main.py";

    final MemoryTexts texts = new MemoryTexts();
    final Set<String> mayRead = ConcurrentHashMap.newKeySet();
    final Access access = new TestAccess();
    final WorkspaceId workspace;
    final Database database;
    final DocumentTable documents;
    final WorkspaceTable workspaces;
    private final DatabaseAddress address;
    private final Scheduler scheduler = new Scheduler();
    private final CpuPool cpu = new CpuPool(2);
    private final List<UpdateLog> killed = new ArrayList<>();
    private final List<WorkspaceLeases> opened = new ArrayList<>();
    UpdateLog log;
    Collaboration collaboration;
    private volatile Duration ahead = Duration.ZERO;

    CollabFixture(TestDatabase test, Database database) {
        this(test, database, LIMITS);
    }

    CollabFixture(TestDatabase test, Database database, CollabLimits limits) {
        this(test.address(), database, limits, "fixture-" + UUID.randomUUID());
    }

    CollabFixture(DatabaseAddress address, Database database, CollabLimits limits, String name) {
        this.address = address;
        this.database = database;
        documents = new DocumentTable(database);
        workspaces = new WorkspaceTable(database);
        workspace = workspaces.findOrCreate(name);
        mayRead.addAll(Set.of("ann", "bob", "vera"));
        texts.files.put(PATH, "x=1\n");
        log = new UpdateLog(database, new Metrics());
        collaboration = open(limits);
    }

    /// A client that logged in at its handshake.
    FrameClient client(Member member) {
        return client(member, PATH);
    }

    FrameClient client(@Nullable Member member, String address) {
        return new FrameClient(this, member, address);
    }

    /// Stops the server and starts another on the same database.
    void restart() {
        restart(LIMITS);
    }

    void restart(CollabLimits limits) {
        collaboration.close();
        log.close();
        log = new UpdateLog(database, new Metrics());
        collaboration = open(limits);
    }

    /// Abandons the server: its pending rows are committed or refused by the lease's epoch.
    void kill() {
        collaboration.close();
        killed.add(log);
        log = new UpdateLog(database, new Metrics());
        collaboration = open(LIMITS);
    }

    /// The living document's id.
    DocumentId document() {
        return document(PATH);
    }

    DocumentId document(String path) {
        return Objects.requireNonNull(documents.findLiving(workspace, path)).id();
    }

    /// The committed rows.
    List<byte[]> rows(DocumentId document) {
        var rows = new ArrayList<byte[]>();
        log.read(document, rows::add);
        return rows;
    }

    /// The number of rows in the document's history.
    long history(DocumentId document) {
        return count("SELECT count(*) FROM document_history WHERE document_id = ?", document);
    }

    /// The number of updates that were stored for the document, including those that a compaction
    /// has moved to its history.
    long stored(DocumentId document) {
        return count(
                """
                SELECT count(*) FROM (
                    SELECT document_id FROM document_updates WHERE NOT is_joined
                    UNION ALL SELECT document_id FROM document_history
                ) stored WHERE document_id = ?
                """,
                document);
    }

    private long count(String query, DocumentId document) {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var count = connection.prepareStatement(query)) {
            count.setObject(1, document.value());
            var row = count.executeQuery();
            row.next();
            return row.getLong(1);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// The number of statements that wait for a lock on a lease.
    long waitingForLease() {
        return waitingForLock("SELECT epoch FROM leases");
    }

    /// The number of statements with this prefix that wait for a lock.
    long waitingForLock(String statement) {
        return ofWaiting("count(*)", statement);
    }

    /// Ends the connections whose statements with this prefix wait for a lock.
    ///
    /// @return their number
    long terminateWaiting(String statement) {
        return ofWaiting("count(pg_terminate_backend(pid))", statement);
    }

    private long ofWaiting(String aggregate, String statement) {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var count =
                        connection.prepareStatement(
                                """
                                SELECT %s FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock'
                                    AND starts_with(query, ?)
                                """
                                        .formatted(aggregate))) {
            count.setString(1, statement);
            var row = count.executeQuery();
            row.next();
            return row.getLong(1);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Lets time pass for the server.
    void advance(Duration time) {
        ahead = ahead.plus(time);
    }

    /// Blocks all commits until closed, by holding the workspace's lease.
    Stall stall() {
        return new Stall(
                "SELECT 1 FROM leases WHERE workspace_id = '%s' FOR UPDATE"
                        .formatted(workspace.value()));
    }

    /// Holds the locks of a statement until closed.
    Stall stall(String statement) {
        return new Stall(statement);
    }

    @Override
    public void close() {
        collaboration.close();
        log.close();
        killed.forEach(UpdateLog::close);
        opened.forEach(WorkspaceLeases::close);
        scheduler.close();
        cpu.close();
    }

    private static CollabLimits limits(Duration tick) {
        return new CollabLimits(
                64,
                12 << 20,
                1 << 20,
                4 << 20,
                8,
                64,
                1 << 20,
                64,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofMillis(200),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                Duration.ofMillis(300),
                64,
                tick);
    }

    private Collaboration open(CollabLimits limits) {
        var leases = new WorkspaceLeases(workspaces, new LeaseTable(database));
        opened.add(leases);
        var dependencies =
                new Collaboration.Dependencies(
                        log,
                        documents,
                        leases,
                        texts,
                        cpu,
                        scheduler,
                        () -> Instant.now().plus(ahead),
                        new SecureRandom(),
                        new Metrics());
        return new Collaboration(dependencies, limits);
    }

    /// A transaction that holds locks.
    final class Stall implements AutoCloseable {
        private final Connection connection;

        private Stall(String statement) {
            try {
                connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                connection.setAutoCommit(false);
                try (var lock = connection.createStatement()) {
                    lock.execute(statement);
                }
            } catch (SQLException failure) {
                throw new IllegalStateException(failure);
            }
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (SQLException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    /// Ann and Bob may edit, Vera may only read; a member's key is the in-band token.
    private final class TestAccess implements Access {
        private final Map<String, Member> members = Map.of("ann", ANN, "bob", BOB, "vera", VERA);

        @Override
        public Member login(@Nullable Member loggedIn, String token) {
            var named = token.isEmpty() ? loggedIn : members.get(token);
            if (named == null || (loggedIn != null && !loggedIn.equals(named))) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return named;
        }

        @Override
        public boolean canRead(Member member) {
            return mayRead.contains(member.key());
        }

        @Override
        public boolean canEdit(Member member) {
            return !member.equals(VERA);
        }
    }
}

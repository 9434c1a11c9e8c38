package dev.qide.server.store;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Roles whose passwords change while a database is in use. The supplier stands for the file that
/// an operator replaces.
final class DatabaseLoginTest {
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final int POOLS = 3;

    private final String role = "login_" + UUID.randomUUID().toString().replace("-", "");
    private final String other = role + "_b";
    private final AtomicReference<DatabaseAddress> configured = new AtomicReference<>();
    private TestDatabase test;

    @BeforeEach
    void create() {
        test = TestDatabase.create();
        for (var name : new String[] {role, other}) {
            test.administer("CREATE ROLE " + name + " LOGIN PASSWORD 'first' IN ROLE qide");
        }
        // So that `rows` sees when the connections of these roles began.
        test.administer("GRANT pg_read_all_stats TO qide");
        configured.set(address(role, "first"));
    }

    @AfterEach
    void drop() {
        test.close();
        test.administer("REVOKE pg_read_all_stats FROM qide");
        test.administer("DROP ROLE " + role);
        test.administer("DROP ROLE " + other);
    }

    @Test
    void a_password_that_changes_before_the_configuration_is_renewed() throws Exception {
        try (var database = new Database(configured::get, null)) {
            use(database);
            test.administer("ALTER ROLE " + role + " PASSWORD 'second'");
            use(database);
            var before = now();
            configured.set(address(role, "second"));
            awaitReplaced(role, before);
            use(database);
        }
        assertThatThrownBy(() -> open(() -> address(role, "first")))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refused -> assertThat(SqlErrors.isLoginRefused(refused)).isTrue());
    }

    @Test
    void a_password_that_changes_after_the_configuration_is_renewed() throws Exception {
        try (var database = new Database(configured::get, null)) {
            use(database);
            configured.set(address(role, "second"));
            await(() -> database.loginState() instanceof Health.State.Degraded);
            use(database);
            var before = now();
            test.administer("ALTER ROLE " + role + " PASSWORD 'second'");
            awaitReplaced(role, before);
            use(database);
            assertThat(database.loginState()).isEqualTo(new Health.State.Up());
        }
    }

    @Test
    void a_role_may_be_replaced_by_another_one() throws Exception {
        try (var database = new Database(configured::get, null)) {
            use(database);
            var before = now();
            configured.set(address(other, "first"));
            awaitReplaced(other, before);
            use(database);
        }
    }

    @Test
    void a_new_connection_does_not_wait_for_the_next_look_at_the_configuration() throws Exception {
        // This login does not look by itself.
        try (var login = new DatabaseLogin(configured::get)) {
            login.connect(WAIT, Map.of()).close();
            test.administer("ALTER ROLE " + role + " PASSWORD 'second'");
            assertThatThrownBy(() -> login.connect(WAIT, Map.of()))
                    .isInstanceOf(SQLException.class);
            configured.set(address(role, "second"));
            login.connect(WAIT, Map.of()).close();
            assertThat(login.accepted()).isEqualTo(address(role, "second"));
        }
    }

    @Test
    void what_is_not_a_login_for_the_same_database_is_not_used() throws Exception {
        var wanted = new AtomicReference<Supplier<DatabaseAddress>>(() -> address(role, "first"));
        try (var login = new DatabaseLogin(() -> wanted.get().get())) {
            test.administer("ALTER ROLE " + role + " PASSWORD 'second'");
            var elsewhere = address(role, "second").url() + "_elsewhere";
            wanted.set(() -> new DatabaseAddress(elsewhere, role, "second"));
            assertThatThrownBy(() -> login.connect(WAIT, Map.of()))
                    .isInstanceOf(SQLException.class);
            wanted.set(() -> DatabaseAddress.parse("no address"));
            assertThatThrownBy(() -> login.connect(WAIT, Map.of()))
                    .isInstanceOf(SQLException.class);
            assertThat(login.accepted()).isEqualTo(address(role, "first"));
        }
    }

    private DatabaseAddress address(String user, String password) {
        return new DatabaseAddress(test.address().url(), user, password);
    }

    private static void open(Supplier<DatabaseAddress> source) throws SQLException {
        try (var login = new DatabaseLogin(source)) {
            login.connect(WAIT, Map.of()).close();
        }
    }

    private static void use(Database database) {
        var one =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle -> handle.createQuery("SELECT 1").mapTo(Integer.class).one());
        assertThat(one).isEqualTo(1);
    }

    /// The database's time. It is read before a login changes: the server may have replaced its
    /// connections at once.
    private String now() {
        return test.rows("SELECT clock_timestamp()").getFirst();
    }

    /// Waits until no pool has a connection from before that time, and each has one of this role.
    /// The connection of the probe stays: it holds the lock of the server.
    private void awaitReplaced(String user, String before) {
        var ours =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND application_name = 'qide' AND pid NOT IN"
                        + " (SELECT pid FROM pg_locks WHERE locktype = 'advisory')";
        await(() ->
                test.count(ours + " AND backend_start < ?::timestamptz", before) == 0
                        && test.count(ours + " AND usename = ?", user) >= POOLS);
    }
}

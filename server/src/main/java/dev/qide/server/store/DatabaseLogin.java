package dev.qide.server.store;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An address of the database with a login that may be renewed while the server runs.
///
/// New connections use the login that PostgreSQL accepted last. A thread looks each second whether
/// another one is configured, and tries it; when PostgreSQL accepts it, it is used from then on. So
/// the role's password may change before the configuration or after it. Another address than the
/// first needs a restart, since the pools and the lock of a server must be in one database.
/// Thread-safe.
final class DatabaseLogin implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseLogin.class);
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration TRIAL_WAIT = Duration.ofSeconds(5);

    private final Supplier<DatabaseAddress> configured;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask checking =
            new BackgroundTask(Thread.ofVirtual().name("database-login"), this::check);
    private volatile DatabaseAddress accepted;
    private volatile @Nullable String reported;

    /// @param configured the address that is configured now; throws [StartRefusedException] when it
    ///   is malformed
    DatabaseLogin(Supplier<DatabaseAddress> configured) {
        this.configured = configured;
        accepted = configured.get();
    }

    /// The address with the login that was accepted last.
    DatabaseAddress accepted() {
        return accepted;
    }

    /// Adds a listener that is called when another login has been accepted, on any thread, which it
    /// must not block.
    void onRenewal(Runnable listener) {
        listeners.add(listener);
    }

    /// Begins to look for a renewed login; called once.
    void watch() {
        var _ = checking.begin();
    }

    /// Degraded while the configured address is one that cannot be used. Does not block.
    Health.State state() {
        if (checking.state() instanceof Health.State.Down failed) {
            return failed;
        }
        return reported == null
                ? new Health.State.Up()
                : new Health.State.Degraded(
                        "The address of the database that is configured now cannot be used; the last one"
                                + " still is. See the log for the cause, and correct the file.");
    }

    /// Opens a connection. If PostgreSQL refuses the login that it accepted last, and another one
    /// is configured, it is tried at once.
    ///
    /// @param more properties of pgjdbc besides those of every connection
    Connection connect(Duration answerWait, Map<String, String> more) throws SQLException {
        var current = accepted;
        try {
            return open(current, answerWait, more);
        } catch (SQLException refused) {
            var other = SqlErrors.isLoginRefused(refused) ? other() : null;
            if (other == null) {
                throw refused;
            }
            var connection = open(other, answerWait, more);
            accept(other);
            return connection;
        }
    }

    @Override
    public void close() {
        closing.countDown();
        checking.finish();
    }

    private void check() throws InterruptedException {
        while (!closing.await(CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            var other = other();
            if (other != null) {
                attempt(other);
            }
        }
    }

    private void attempt(DatabaseAddress other) {
        try (var _ = open(other, TRIAL_WAIT, Map.of())) {
            accept(other);
        } catch (SQLException refused) {
            logOnce(
                    "store.login_refused",
                    SqlErrors.state(refused),
                    "the database refuses the renewed login: keeping the last one and trying again");
        }
    }

    /// The configured address if its login is another one; null if not, or if it cannot be used.
    private @Nullable DatabaseAddress other() {
        DatabaseAddress now;
        try {
            now = configured.get();
        } catch (StartRefusedException malformed) {
            logOnce(
                    "store.login_malformed",
                    String.valueOf(malformed.getMessage()),
                    "the renewed address of the database is malformed: keeping the last one");
            return null;
        }
        var current = accepted;
        if (!now.url().equals(current.url())) {
            logOnce(
                    "store.address_changed",
                    "restart-needed",
                    "another address of the database is configured: restart the server to use it");
            return null;
        }
        if (now.equals(current)) {
            reported = null;
            return null;
        }
        return now;
    }

    private void accept(DatabaseAddress other) {
        synchronized (this) {
            if (other.equals(accepted)) {
                return;
            }
            accepted = other;
            reported = null;
        }
        LOG.atInfo()
                .addKeyValue("event.action", "store.login_renewed")
                .log("the database accepts the renewed login");
        listeners.forEach(Runnable::run);
    }

    /// Logs a problem once, until another one or a renewal follows.
    private void logOnce(String event, String reason, String message) {
        if (!event.equals(reported)) {
            reported = event;
            LOG.atWarn()
                    .addKeyValue("event.action", event)
                    .addKeyValue("reason", reason)
                    .log(message);
        }
    }

    private static Connection open(
            DatabaseAddress address, Duration answerWait, Map<String, String> more)
            throws SQLException {
        var properties = Database.properties(address, answerWait);
        more.forEach(properties::setProperty);
        return DriverManager.getConnection(address.url(), properties);
    }
}

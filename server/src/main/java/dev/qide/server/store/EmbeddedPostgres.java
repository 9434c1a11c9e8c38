package dev.qide.server.store;

import dev.qide.server.store.postgres.PostgresBinaries;
import dev.qide.server.store.postgres.PostgresCommand;
import dev.qide.server.store.postgres.PostgresSupervisor;
import dev.qide.server.store.postgres.StalePostmaster;
import dev.qide.server.store.postgres.UserName;
import dev.qide.server.telemetry.Health;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An embedded PostgreSQL in its own directory, for installations without an external one.
///
/// It listens on loopback only, requires a password (SCRAM), and is durable: commits survive its
/// own `kill -9`. It ends with the server, and is restarted when it ends alone. Thread-safe.
///
/// Invariant: one server per directory (file `lock`), and no settings that could lose a commit.
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(25);
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(2);
    private static final int MAX_STARTS = 6;
    private static final int ANSWER_SECONDS = 30;

    /// Another process on the port may accept connections and never respond.
    private static final int PROBE_SECONDS = 5;

    private static final int PORT_ATTEMPTS = 5;
    private static final int PASSWORD_BYTES = 24;
    private static final String SUPERUSER = "postgres";
    private static final String APPLICATION = "qide";

    /// Settings on which acknowledged edits depend: each must be `on`.
    private static final List<String> DURABLE =
            List.of("fsync", "synchronous_commit", "full_page_writes");

    /// The command line has only settings that the server decides; memory and similar settings
    /// belong in the cluster's `postgresql.conf`. Errors are logged without rows and statements,
    /// which contain users' text.
    private static final List<String> SETTINGS =
            List.of(
                    "listen_addresses=127.0.0.1",
                    "unix_socket_directories=",
                    "logging_collector=off",
                    "log_destination=stderr",
                    "log_error_verbosity=terse",
                    "log_min_error_statement=panic",
                    "log_parameter_max_length_on_error=0");

    private final DirectoryLock lock;
    private final PostgresSupervisor supervisor;
    private final DatabaseAddress administration;
    private final DatabaseAddress address;

    private EmbeddedPostgres(
            DirectoryLock lock,
            PostgresSupervisor supervisor,
            DatabaseAddress administration,
            DatabaseAddress address) {
        this.lock = lock;
        this.supervisor = supervisor;
        this.administration = administration;
        this.address = address;
    }

    /// Starts the database and waits until it responds. The first start unpacks and initializes it,
    /// which takes some seconds.
    ///
    /// @param directory its directory, created with mode 700, for cluster, passwords and lock
    /// @param binaries the directory into which PostgreSQL's programs are unpacked, once
    /// @throws StartRefusedException when another server uses the directory, when the database does
    ///   not start within a minute, or when its settings are not durable
    public static EmbeddedPostgres start(Path directory, Path binaries, SecureRandom random)
            throws InterruptedException {
        long end = System.nanoTime() + COMMAND_LIMIT.toNanos();
        try {
            while (true) {
                var started = startUnlessLocked(directory, binaries, random);
                if (started != null) {
                    return started;
                }
                // A command that started the database itself stops it shortly.
                if (!DirectoryLock.isHeld(directory, DirectoryLock.COMMAND)
                        || System.nanoTime() > end) {
                    throw DirectoryLock.inUse(directory);
                }
                Thread.sleep(POLL_INTERVAL);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Starts the database like [#start]; null when another process holds the directory.
    static @Nullable EmbeddedPostgres startUnlessLocked(
            Path directory, Path binaries, SecureRandom random)
            throws IOException, InterruptedException {
        return startUnlessLocked(directory, binaries, random, EmbeddedPostgres::freePort);
    }

    /// @param ports supplies a free port; another process may bind it before PostgreSQL does
    static @Nullable EmbeddedPostgres startUnlessLocked(
            Path directory, Path binaries, SecureRandom random, IntSupplier ports)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        var home = directory.toRealPath();
        var lock = DirectoryLock.take(home, DirectoryLock.SERVER);
        if (lock == null) {
            return null;
        }
        boolean isUp = false;
        try {
            var started = startLocked(home, binaries, random, lock, ports);
            isUp = true;
            return started;
        } finally {
            if (!isUp) {
                lock.close();
            }
        }
    }

    /// The address of the database that another process runs in this directory; null when none
    /// does.
    static @Nullable DatabaseAddress running(Path directory) throws IOException {
        var home = directory.toRealPath();
        var password = home.resolve("password");
        int port = StalePostmaster.port(home.resolve("cluster"));
        return port < 0 || !Files.exists(password)
                ? null
                : new DatabaseAddress(
                        "jdbc:postgresql://127.0.0.1:" + port + "/" + APPLICATION,
                        APPLICATION,
                        Files.readString(password).strip());
    }

    /// The server's database, with the application's role (no superuser, owner of the database).
    public DatabaseAddress address() {
        return address;
    }

    /// The database `postgres` with the superuser, for set-up and backup only.
    public DatabaseAddress administration() {
        return administration;
    }

    /// The postmaster's process id, or -1 when it is not running.
    public long pid() {
        return supervisor.pid();
    }

    /// Down while the thread that runs the postmaster has failed; a postmaster that restarts is not
    /// seen here but by the database's own state. Does not block.
    public Health.State state() {
        return supervisor.state();
    }

    /// Stops the database within half a minute and releases the directory.
    @Override
    public void close() {
        supervisor.close();
        try {
            lock.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static EmbeddedPostgres startLocked(
            Path home, Path binaries, SecureRandom random, DirectoryLock lock, IntSupplier ports)
            throws IOException, InterruptedException {
        var superuserPassword = password(home.resolve("superuser-password"), random);
        var password = password(home.resolve("password"), random);
        var programs = PostgresBinaries.unpacked(binaries);
        var command = PostgresCommand.find();
        var cluster = home.resolve("cluster");
        if (!Files.exists(cluster)) {
            initialize(command, programs, home);
        }
        for (int attempt = 1; ; attempt++) {
            int port = ports.getAsInt();
            var url = "jdbc:postgresql://127.0.0.1:" + port + "/";
            var administration = new DatabaseAddress(url + SUPERUSER, SUPERUSER, superuserPassword);
            var address = new DatabaseAddress(url + APPLICATION, APPLICATION, password);
            var supervisor =
                    new PostgresSupervisor(cluster, postmaster(command, programs, cluster, port));
            boolean isUp = false;
            try {
                setUp(supervisor, administration, address);
                isUp = true;
                return new EmbeddedPostgres(lock, supervisor, administration, address);
            } catch (StartRefusedException refused) {
                if (attempt == PORT_ATTEMPTS || !isPortTaken(supervisor)) {
                    throw refused;
                }
            } finally {
                if (!isUp) {
                    supervisor.close();
                }
            }
        }
    }

    private static void setUp(
            PostgresSupervisor supervisor,
            DatabaseAddress administration,
            DatabaseAddress address) {
        awaitAnswer(supervisor, administration);
        createApplication(administration, address.password());
        requireDurable(address);
        LOG.atInfo()
                .addKeyValue("event.action", "store.postgres_started")
                .log("the embedded PostgreSQL is ready");
    }

    /// Another process can bind the port between its selection and PostgreSQL's bind.
    private static boolean isPortTaken(PostgresSupervisor supervisor) {
        return supervisor.lastOutput().contains("could not create any TCP/IP sockets");
    }

    /// Creates the cluster in a temporary directory and renames it when complete.
    private static void initialize(PostgresCommand command, Path programs, Path home)
            throws IOException, InterruptedException {
        LOG.atInfo()
                .addKeyValue("event.action", "store.postgres_initializing")
                .log("initializing the embedded PostgreSQL");
        var fresh = home.resolve("cluster.new");
        PostgresBinaries.delete(fresh);
        var passwd = home.resolve("passwd");
        UserName.named(command, passwd)
                .run(
                        programs.resolve("bin/initdb"),
                        List.of(
                                "--pgdata=" + fresh,
                                "--username=" + SUPERUSER,
                                "--pwfile=" + home.resolve("superuser-password"),
                                "--auth=scram-sha-256",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--no-instructions"));
        Files.deleteIfExists(passwd);
        Files.move(fresh, home.resolve("cluster"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static List<String> postmaster(
            PostgresCommand command, Path programs, Path cluster, int port) {
        var arguments = new ArrayList<>(List.of("-D", cluster.toString()));
        arguments.addAll(List.of("-c", "port=" + port));
        SETTINGS.forEach(setting -> arguments.addAll(List.of("-c", setting)));
        return command.commandLine(programs.resolve("bin/postgres"), arguments);
    }

    private static void awaitAnswer(PostgresSupervisor supervisor, DatabaseAddress address) {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        @Nullable SQLException last = null;
        while (System.nanoTime() < end
                && supervisor.starts() < MAX_STARTS
                && !isPortTaken(supervisor)) {
            try (var connection = connect(address, PROBE_SECONDS);
                    var query = connection.createStatement()) {
                query.execute("SELECT 1");
                return;
            } catch (SQLException notYet) {
                last = notYet;
                if (SqlErrors.isLoginRefused(notYet)) {
                    break;
                }
            }
            LockSupport.parkNanos(POLL_INTERVAL.toNanos());
        }
        var message = "The embedded PostgreSQL did not start: " + supervisor.lastOutput();
        throw last == null
                ? new StartRefusedException(message)
                : new StartRefusedException(message, last);
    }

    /// Creates the server's role and database. Sets the password at every start, so that deleting
    /// its file changes it.
    private static void createApplication(DatabaseAddress administration, String password) {
        try (var connection = connect(administration);
                var query = connection.createStatement()) {
            if (!exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?")) {
                query.execute("CREATE ROLE " + APPLICATION + " LOGIN NOSUPERUSER");
            }
            // DDL accepts no parameters; the password is ours and uses the URL-safe base64
            // alphabet.
            query.execute("ALTER ROLE " + APPLICATION + " PASSWORD '" + password + "'");
            if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = ?")) {
                query.execute("CREATE DATABASE " + APPLICATION + " OWNER " + APPLICATION);
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "Setting up the embedded PostgreSQL failed: " + failure.getMessage(), failure);
        }
    }

    private static boolean exists(Connection connection, String query) throws SQLException {
        try (var statement = connection.prepareStatement(query)) {
            statement.setString(1, APPLICATION);
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    /// Checked with the application's role, since settings may also belong to a role or a database.
    private static void requireDurable(DatabaseAddress address) {
        try (var connection = connect(address);
                var query = connection.prepareStatement("SELECT current_setting(?)")) {
            for (var setting : DURABLE) {
                query.setString(1, setting);
                try (var rows = query.executeQuery()) {
                    if (!rows.next() || !"on".equals(rows.getString(1))) {
                        throw new StartRefusedException(
                                "The embedded PostgreSQL runs with "
                                        + setting
                                        + " off, which can lose committed edits: remove that"
                                        + " setting from its configuration.");
                    }
                }
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "The embedded PostgreSQL cannot be used: " + failure.getMessage(), failure);
        }
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        return connect(address, ANSWER_SECONDS);
    }

    private static Connection connect(DatabaseAddress address, int answerSeconds)
            throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", address.user());
        properties.setProperty("password", address.password());
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "" + answerSeconds);
        return DriverManager.getConnection(address.url(), properties);
    }

    private static String password(Path file, SecureRandom random) throws IOException {
        if (!Files.exists(file)) {
            var bytes = new byte[PASSWORD_BYTES];
            random.nextBytes(bytes);
            var secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            var fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, secret, StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        var secret = Files.readString(file).strip();
        if (!secret.matches("[A-Za-z0-9_-]+")) {
            throw new StartRefusedException(
                    "The file "
                            + file
                            + " does not contain a valid password: delete it, and the next start creates a new one.");
        }
        return secret;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

package dev.qide.server.store;

import dev.qide.server.store.postgres.PostgresBinaries;
import dev.qide.server.store.postgres.PostgresCommand;
import dev.qide.server.store.postgres.PostgresSupervisor;
import dev.qide.server.store.postgres.StalePostmaster;
import dev.qide.server.store.postgres.UserName;
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

/// A PostgreSQL of our own in a directory of ours, for who has not named another.
///
/// It listens on loopback only, asks everybody for a password (SCRAM), and is durable: what it
/// confirmed survives its own `kill -9`. It dies with the server and is started again when it dies
/// alone. Thread-safe.
///
/// Invariant: one server a directory (file `lock`), and never one whose settings could lose a
/// commit.
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofMillis(25);
    private static final Duration COMMAND_LIMIT = Duration.ofMinutes(2);
    private static final int STARTS_BEFORE_GIVING_UP = 6;
    private static final int ANSWER_SECONDS = 30;

    /// A stranger on the port may accept and say nothing.
    private static final int PROBE_SECONDS = 5;

    private static final int PORTS_TRIED = 5;
    private static final int PASSWORD_BYTES = 24;
    private static final String SUPERUSER = "postgres";
    private static final String APPLICATION = "qide";

    /// Settings that an acknowledged edit depends on: each must be `on`.
    private static final List<String> DURABLE =
            List.of("fsync", "synchronous_commit", "full_page_writes");

    /// On the command line stands only what the server itself decides; memory and the like may be
    /// set in the cluster's `postgresql.conf`. Errors are told without rows and statements: those
    /// hold people's text.
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

    /// Starts it and waits until it answers; the first time it is unpacked and set up, which takes
    /// some seconds.
    ///
    /// @param directory its own directory (made with mode 700); holds cluster, passwords and lock
    /// @param binaries where PostgreSQL's programs are unpacked, once
    /// @throws StartRefusedException when another server uses the directory, when it does not start
    ///   within a minute, or when its settings are not durable
    public static EmbeddedPostgres start(Path directory, Path binaries, SecureRandom random)
            throws InterruptedException {
        long end = System.nanoTime() + COMMAND_LIMIT.toNanos();
        try {
            while (true) {
                var started = startUnlessHeld(directory, binaries, random);
                if (started != null) {
                    return started;
                }
                // A command that had to start the database itself stops it again in a moment.
                if (!DirectoryLock.isHeld(directory, DirectoryLock.COMMAND)
                        || System.nanoTime() > end) {
                    throw DirectoryLock.inUse(directory);
                }
                Thread.sleep(LOOK_EVERY);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Starts it as [#start] does; null when somebody else holds the directory.
    static @Nullable EmbeddedPostgres startUnlessHeld(
            Path directory, Path binaries, SecureRandom random)
            throws IOException, InterruptedException {
        return startUnlessHeld(directory, binaries, random, EmbeddedPostgres::freePort);
    }

    /// @param ports names a free port at each call; another process may take it before PostgreSQL
    static @Nullable EmbeddedPostgres startUnlessHeld(
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

    /// Where the database is that somebody else runs in this directory; null while none does.
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

    /// Its database of the server, as the application's role (no superuser; owns the database).
    public DatabaseAddress address() {
        return address;
    }

    /// Its database `postgres` as the superuser: for set-up and backup, never for requests.
    public DatabaseAddress administration() {
        return administration;
    }

    /// The postmaster's process id, or -1 while none runs.
    public long pid() {
        return supervisor.pid();
    }

    /// Stops it (within half a minute) and lets the directory go.
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
                if (attempt == PORTS_TRIED || !isPortTaken(supervisor)) {
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
                .log("the embedded PostgreSQL answers");
    }

    /// Between the choice of a port and PostgreSQL's own bind another process can take it.
    private static boolean isPortTaken(PostgresSupervisor supervisor) {
        return supervisor.lastWords().contains("could not create any TCP/IP sockets");
    }

    /// Makes a new cluster beside its place and moves it there when it is whole.
    private static void initialize(PostgresCommand command, Path programs, Path home)
            throws IOException, InterruptedException {
        LOG.atInfo()
                .addKeyValue("event.action", "store.postgres_initializing")
                .log("setting up PostgreSQL, once");
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
        return command.line(programs.resolve("bin/postgres"), arguments);
    }

    private static void awaitAnswer(PostgresSupervisor supervisor, DatabaseAddress address) {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        @Nullable SQLException last = null;
        while (System.nanoTime() < end
                && supervisor.starts() < STARTS_BEFORE_GIVING_UP
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
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
        var story = "The embedded PostgreSQL did not start: " + supervisor.lastWords();
        throw last == null
                ? new StartRefusedException(story)
                : new StartRefusedException(story, last);
    }

    /// The role and the database of the server. The password is set at each start, so that the file
    /// that holds it may be deleted to change it.
    private static void createApplication(DatabaseAddress administration, String password) {
        try (var connection = connect(administration);
                var query = connection.createStatement()) {
            if (!exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?")) {
                query.execute("CREATE ROLE " + APPLICATION + " LOGIN NOSUPERUSER");
            }
            // DDL takes no parameters; the password is ours and of the URL-safe base64 alphabet.
            query.execute("ALTER ROLE " + APPLICATION + " PASSWORD '" + password + "'");
            if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = ?")) {
                query.execute("CREATE DATABASE " + APPLICATION + " OWNER " + APPLICATION);
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "The embedded PostgreSQL could not be set up: " + failure.getMessage(),
                    failure);
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

    /// Asked as the application's role, since settings may also hang on a role or a database.
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
                                        + " off, which can lose what people typed: remove that"
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
                    "The file " + file + " does not hold a password of ours: delete it.");
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

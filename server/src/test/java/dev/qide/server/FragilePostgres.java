package dev.qide.server;

import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.EmbeddedPostgres;
import dev.qide.server.store.StartRefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// A separate PostgreSQL that can be stopped, frozen and killed, always at the same address. Its
/// cluster stays under `target` for the next run.
///
/// Owned by one thread.
public final class FragilePostgres implements AutoCloseable {
    private static final int CLUSTERS = 8;
    private static final Duration ANSWER_WAIT = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Path directory;
    private final ServerSocket door;
    private final List<ProcessHandle> frozen = new ArrayList<>();
    private EmbeddedPostgres postgres;
    private boolean isUp = true;
    private volatile int port;

    private FragilePostgres(Path directory, EmbeddedPostgres postgres) throws IOException {
        this.directory = directory;
        this.postgres = postgres;
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        port = portOf(postgres);
        Thread.ofVirtual().name("postgres-door").start(this::admit);
    }

    public static FragilePostgres open() throws IOException, InterruptedException {
        var parent = Path.of(System.getProperty("basedir", "."), "target/postgresql");
        Files.createDirectories(parent);
        for (int number = 0; ; number++) {
            var directory = parent.resolve("fragile-" + number);
            try {
                return new FragilePostgres(directory, start(directory));
            } catch (StartRefusedException inUse) {
                if (number == CLUSTERS) {
                    throw inUse;
                }
            }
        }
    }

    /// A new, empty database.
    public DatabaseAddress newDatabase() {
        var name = "plan_" + UUID.randomUUID().toString().replace("-", "");
        var administration = postgres.administration();
        try (var connection =
                        DriverManager.getConnection(
                                administration.url(),
                                administration.user(),
                                administration.password());
                var query = connection.createStatement()) {
            query.execute("CREATE DATABASE " + name + " OWNER qide");
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return new DatabaseAddress(
                "jdbc:postgresql://127.0.0.1:" + door.getLocalPort() + "/" + name,
                postgres.address().user(),
                postgres.address().password());
    }

    /// Its address as a setting of the server.
    public static String url(DatabaseAddress address) {
        return "postgresql://"
                + address.user()
                + ":"
                + address.password()
                + "@"
                + address.url().substring("jdbc:postgresql://".length());
    }

    /// Whether it answers.
    public boolean isWell() {
        return isUp && frozen.isEmpty();
    }

    /// Shuts it down.
    public void stop() {
        thaw();
        if (isUp) {
            postgres.close();
            isUp = false;
        }
    }

    /// Kills it; it restarts by itself.
    public void kill() {
        thaw();
        if (isUp) {
            ProcessHandle.of(postgres.pid()).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /// Suspends all its processes (SIGSTOP).
    public void freeze() throws IOException, InterruptedException {
        if (isWell()) {
            var postmaster = ProcessHandle.of(postgres.pid()).orElseThrow();
            Stream.concat(Stream.of(postmaster), postmaster.descendants()).forEach(frozen::add);
            signal("-STOP", frozen);
        }
    }

    /// Restores it after any of these faults, and waits until it answers.
    public void heal() throws InterruptedException {
        thaw();
        if (!isUp) {
            postgres = start(directory);
            port = portOf(postgres);
            isUp = true;
        }
        long end = System.nanoTime() + ANSWER_WAIT.toNanos();
        while (!answers()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("PostgreSQL does not come back");
            }
            Thread.sleep(LOOK_AGAIN);
        }
    }

    @Override
    public void close() {
        stop();
        try {
            door.close();
        } catch (IOException _) {
            // The proxy is closed anyway.
        }
    }

    private boolean answers() {
        var administration = postgres.administration();
        try (var _ =
                DriverManager.getConnection(
                        administration.url(), administration.user(), administration.password())) {
            return true;
        } catch (SQLException _) {
            return false;
        }
    }

    private void thaw() {
        try {
            signal("-CONT", frozen);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
        frozen.clear();
    }

    private static void signal(String signal, List<ProcessHandle> processes)
            throws IOException, InterruptedException {
        var alive = processes.stream().filter(ProcessHandle::isAlive).toList();
        if (!alive.isEmpty()) {
            var command = new ArrayList<>(List.of("kill", signal));
            alive.forEach(one -> command.add(Long.toString(one.pid())));
            var _ = new ProcessBuilder(command).start().waitFor();
        }
    }

    private static EmbeddedPostgres start(Path directory) throws InterruptedException {
        return EmbeddedPostgres.start(directory, TestDatabase.binaries(), new SecureRandom());
    }

    private static int portOf(EmbeddedPostgres postgres) {
        var url = postgres.address().url();
        return Integer.parseInt(url.substring(url.lastIndexOf(':') + 1, url.lastIndexOf('/')));
    }

    private void admit() {
        while (!door.isClosed()) {
            try {
                var client = door.accept();
                Thread.ofVirtual().name("postgres-line").start(() -> relay(client));
            } catch (IOException _) {
                // The endpoint is closed.
            }
        }
    }

    private void relay(Socket client) {
        try (client;
                var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            var back =
                    Thread.ofVirtual().name("postgres-line-back").start(() -> copy(server, client));
            copy(client, server);
            back.join();
        } catch (IOException _) {
            // PostgreSQL is unreachable: the client's connection ends.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// When one side ends, the other is closed too.
    private static void copy(Socket from, Socket to) {
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException _) {
            // One side is gone.
        }
    }
}

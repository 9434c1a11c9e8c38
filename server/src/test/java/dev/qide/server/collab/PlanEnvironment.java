package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ForkedServer;
import dev.qide.server.FragilePostgres;
import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import dev.qide.server.collab.SharedPlan.Step;
import dev.qide.server.collab.StockClients.State;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A server process, its database, a workspace on disk and stock clients, against which a plan
/// runs. Owned by one thread.
final class PlanEnvironment implements AutoCloseable {
    private static final Duration REST_WAIT = Duration.ofSeconds(90);
    private static final int MOST = 12;
    private static final Duration HTTP_WAIT = Duration.ofSeconds(10);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(HTTP_WAIT).build();

    final StockClients stockClients;
    private final FragilePostgres postgres;
    private final DatabaseAddress database;
    private final Path folder;
    private final Path workspace;
    private final ForkedServer.Config place;
    private ForkedServer server;
    private @Nullable Connection hold;
    private DurabilityCheck.Figures evidence = new DurabilityCheck.Figures(0, 0);
    private int records;

    /// @param folder for the server's data, the workspace and records; must be empty
    PlanEnvironment(FragilePostgres postgres, StockClients stockClients, Path folder)
            throws IOException, InterruptedException {
        this.postgres = postgres;
        this.stockClients = stockClients;
        this.folder = folder;
        postgres.heal();
        database = postgres.newDatabase();
        workspace = Files.createDirectories(folder.resolve("workspace"));
        Files.createDirectories(workspace.resolve("src"));
        for (var path : PlanClients.CROWDED) {
            Files.writeString(workspace.resolve(path), "first = 1\n");
        }
        place =
                new ForkedServer.Config(
                        Files.createDirectories(folder.resolve("data")),
                        workspace,
                        FreePort.next(),
                        FragilePostgres.url(database),
                        ForkedServer.Config.QUICK_START);
        server = ForkedServer.begin(place).awaitReady();
        stockClients.target(place.port());
    }

    /// Connects all clients and waits until they are synced.
    void connectAll() throws IOException {
        for (var spec : PlanClients.specs(server.token())) {
            stockClients.open(spec);
        }
        stockClients.await(
                "all clients are synced",
                () -> stockClients.states().stream().allMatch(State::isSynced));
    }

    void play(Step step) throws IOException, InterruptedException {
        switch (step.command()) {
            case "type", "erase" ->
                    stockClients.command(
                            step.word(0),
                            step.command(),
                            "letters",
                            step.number(1),
                            "seed",
                            step.number(2));
            case "paste" -> stockClients.command(step.word(0), "paste", "seed", step.number(1));
            case "cut", "bounce", "leave", "reload", "block", "unblock", "stall", "flow" ->
                    stockClients.command(step.word(0), step.command());
            case "half-close" -> stockClients.command(step.word(0), "halfClose");
            case "reset-client" -> stockClients.command(step.word(0), "resetClient");
            case "wait" -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(step.number(0)));
            case "settle" -> settle();
            case "kill" -> killServer();
            case "terminate" -> terminateServer();
            case "hold" -> hold();
            case "release" -> release();
            case "freeze" -> postgres.freeze();
            case "stop-database" -> postgres.stop();
            case "kill-database" -> postgres.kill();
            case "heal-database" -> postgres.heal();
            case "tool" -> toolWrites(step.word(0), step.number(1));
            case "put" -> put(step.word(0), step.number(1));
            case "remove" -> Files.deleteIfExists(workspace.resolve(step.word(0)));
            case "rename" -> rename(step.word(0));
            default -> throw new IllegalArgumentException(step.toString());
        }
    }

    /// Waits until most clients are synced, unless a fault prevents it.
    private void settle() throws IOException, InterruptedException {
        if (hold == null && postgres.isWell()) {
            server.awaitReady();
            stockClients.await(
                    "most clients are synced",
                    REST_WAIT,
                    () ->
                            stockClients.states().stream().filter(one -> one.is("synced")).count()
                                    >= MOST);
        }
    }

    /// Kills the server with SIGKILL, compares the clients' records with the rows, and restarts it.
    void killServer() throws IOException, InterruptedException {
        server.kill();
        postgres.heal();
        checkRecords();
        server = ForkedServer.begin(place);
    }

    ForkedServer server() {
        return server;
    }

    /// The numbers of compared messages so far.
    DurabilityCheck.Figures evidence() {
        return evidence;
    }

    /// Blocks all commits until released, by holding the workspace's lease.
    void hold() {
        if (hold != null || !postgres.isWell()) {
            return;
        }
        try {
            hold = connect();
            hold.setAutoCommit(false);
            try (var lock =
                    hold.prepareStatement(
                            """
                            SELECT 1 FROM leases l JOIN workspaces w ON w.id = l.workspace_id
                            WHERE w.name = ? FOR UPDATE OF l
                            """)) {
                lock.setString(1, TestServer.WORKSPACE);
                lock.execute();
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    void release() {
        if (hold != null) {
            try {
                hold.close();
            } catch (SQLException _) {
                // The database stopped meanwhile and released the lock.
            }
            hold = null;
        }
    }

    /// Removes all faults and waits until everything is saved and every text equals the stored one
    /// and the file.
    ///
    /// @return the total length of the stored texts
    long converge() throws IOException, InterruptedException {
        release();
        postgres.heal();
        server.awaitReady();
        stockClients.commandAll("calm");
        stockClients.commandAll("heal");
        for (var state : stockClients.states()) {
            if (state.is("left")) {
                stockClients.command(state.name(), "reload");
            }
        }
        stockClients.await(
                "every client is synced or was told that its document was replaced",
                REST_WAIT,
                () ->
                        stockClients.states().stream()
                                .allMatch(one -> one.isSynced() || one.is("stale")));
        for (var state : stockClients.states()) {
            if (state.is("stale")) {
                assertThat(PlanClients.PASSING).isEqualTo(state.path());
                stockClients.command(state.name(), "reload");
            }
        }
        stockClients.await(
                "every text equals the stored one and the file", REST_WAIT, this::areTextsEqual);
        var stored = StoredTexts.texts(database);
        assertThat(stored.values()).allSatisfy(text -> assertThat(text).doesNotContain("\r"));
        return stored.values().stream().mapToLong(String::length).sum();
    }

    @Override
    public void close() {
        release();
        stockClients.dismiss();
        server.close();
    }

    private boolean areTextsEqual() {
        var states = stockClients.states();
        if (!states.stream().allMatch(State::isSynced)) {
            return false;
        }
        var stored = StoredTexts.texts(database);
        return states.stream()
                .allMatch(one ->
                        one.text().equals(stored.get(one.path()))
                                && one.text().equals(onDisk(one.path())));
    }

    private @Nullable String onDisk(String path) {
        try {
            return Files.readString(workspace.resolve(path));
        } catch (IOException _) {
            return null;
        }
    }

    private void terminateServer() throws IOException, InterruptedException {
        release();
        postgres.heal();
        server.awaitReady().terminate();
        checkRecords();
        server = ForkedServer.begin(place);
    }

    private void checkRecords() throws IOException {
        // Frames that the killed server had sent are still read; half-open connections deliver
        // nothing.
        stockClients.await(
                "all frames are read", () -> stockClients.commandAll("isOver").getAsBoolean());
        var file = folder.resolve("record-" + ++records);
        stockClients.commandAll("record", "file", file.toString());
        evidence = evidence.plus(DurabilityCheck.check(file, database));
        Files.delete(file);
    }

    private void toolWrites(String path, int number) throws IOException {
        Files.writeString(
                workspace.resolve(path),
                "# a tool wrote " + number + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void rename(String path) throws IOException {
        var file = workspace.resolve(path);
        if (Files.exists(file)) {
            Files.move(file, workspace.resolve(path + ".renamed-" + ++records));
        }
    }

    /// Saves a file over REST as an editor does; a refusal is fine, an internal error is not.
    private void put(String path, int number) throws IOException, InterruptedException {
        try {
            var uri = "http://127.0.0.1:" + place.port() + "/api/workspaces/demo/files/" + path;
            var base =
                    HttpRequest.newBuilder(URI.create(uri))
                            .timeout(HTTP_WAIT)
                            .header("Authorization", "Bearer " + server.token());
            var read = HTTP.send(base.copy().build(), BodyHandlers.ofString());
            var etag = read.headers().firstValue("ETag").orElse("\"none\"");
            var text = HttpRequest.BodyPublishers.ofString("# put " + number + "\n" + read.body());
            var write =
                    base.header("If-Match", etag).header("Content-Type", "text/plain").PUT(text);
            var answer = HTTP.send(write.build(), BodyHandlers.ofString());
            assertThat(Set.of(200, 204, 404, 412, 503))
                    .as(answer.body())
                    .contains(answer.statusCode());
        } catch (IOException _) {
            // The server is down or waits for its database.
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(database.url(), database.user(), database.password());
    }
}

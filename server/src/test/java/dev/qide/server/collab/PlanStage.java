package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FragilePostgres;
import dev.qide.server.ServerProcess;
import dev.qide.server.TestServer;
import dev.qide.server.collab.Crew.State;
import dev.qide.server.collab.SharedPlan.Step;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A server process, its database, a workspace on disk and a crew, on which a plan is played. Owned
/// by one thread.
final class PlanStage implements AutoCloseable {
    private static final Duration REST_WAIT = Duration.ofSeconds(90);
    private static final int MOST = 12;
    private static final Duration HTTP_WAIT = Duration.ofSeconds(10);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(HTTP_WAIT).build();

    final Crew crew;
    private final FragilePostgres postgres;
    private final DatabaseAddress database;
    private final Path folder;
    private final Path workspace;
    private final ServerProcess.Place place;
    private ServerProcess server;
    private @Nullable Connection hold;
    private Evidence.Figures evidence = new Evidence.Figures(0, 0);
    private int records;

    /// @param folder for the server's data, the workspace and records; must be empty
    PlanStage(FragilePostgres postgres, Crew crew, Path folder)
            throws IOException, InterruptedException {
        this.postgres = postgres;
        this.crew = crew;
        this.folder = folder;
        postgres.heal();
        database = postgres.newDatabase();
        workspace = Files.createDirectories(folder.resolve("workspace"));
        Files.createDirectories(workspace.resolve("src"));
        for (var path : Roster.CROWDED) {
            Files.writeString(workspace.resolve(path), "first = 1\n");
        }
        place =
                new ServerProcess.Place(
                        Files.createDirectories(folder.resolve("data")),
                        workspace,
                        ServerProcess.freePort(),
                        FragilePostgres.url(database),
                        ServerProcess.Place.QUICK_START);
        server = ServerProcess.begin(place).awaitReady();
        crew.target(place.port());
    }

    /// Everybody comes, and is let in.
    void gather() throws IOException {
        for (var guest : Roster.guests(server.token())) {
            crew.open(guest);
        }
        crew.await("all are in", () -> crew.states().stream().allMatch(State::isAtRest));
    }

    void play(Step step) throws IOException, InterruptedException {
        switch (step.deed()) {
            case "type", "erase" ->
                    crew.tell(
                            step.word(0),
                            step.deed(),
                            "letters",
                            step.number(1),
                            "seed",
                            step.number(2));
            case "paste" -> crew.tell(step.word(0), "paste", "seed", step.number(1));
            case "cut", "bounce", "leave", "reload", "block", "unblock", "stall", "flow" ->
                    crew.tell(step.word(0), step.deed());
            case "half-die" -> crew.tell(step.word(0), "halfDie");
            case "tell-client" -> crew.tell(step.word(0), "tellClient");
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

    /// Waits until most people are back, unless nobody can be.
    private void settle() throws IOException, InterruptedException {
        if (hold == null && postgres.isWell()) {
            server.awaitReady();
            crew.await(
                    "most are back",
                    REST_WAIT,
                    () -> crew.states().stream().filter(one -> one.is("synced")).count() >= MOST);
        }
    }

    /// SIGKILL, at whatever it is doing; then what clients were told is held against the rows, and
    /// it starts again.
    void killServer() throws IOException, InterruptedException {
        server.kill();
        postgres.heal();
        checkWhatWasTold();
        server = ServerProcess.begin(place);
    }

    ServerProcess server() {
        return server;
    }

    /// How much was held against the rows so far.
    Evidence.Figures evidence() {
        return evidence;
    }

    /// Lets nothing be committed until it is released: it holds the workspace's lease.
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
                // The database went meanwhile, and the lock with it.
            }
            hold = null;
        }
    }

    /// Everything is well again: all is saved, and every text is the stored one, on disk too.
    ///
    /// @return the stored texts' lengths together
    long comeToRest() throws IOException, InterruptedException {
        release();
        postgres.heal();
        server.awaitReady();
        crew.tellAll("calm");
        crew.tellAll("heal");
        for (var state : crew.states()) {
            if (state.is("left")) {
                crew.tell(state.name(), "reload");
            }
        }
        crew.await(
                "everybody is at rest or was told that the document is another",
                REST_WAIT,
                () -> crew.states().stream().allMatch(one -> one.isAtRest() || one.is("stale")));
        for (var state : crew.states()) {
            if (state.is("stale")) {
                assertThat(Roster.PASSING).isEqualTo(state.path());
                crew.tell(state.name(), "reload");
            }
        }
        crew.await(
                "every text is the stored one and the one on disk",
                REST_WAIT,
                this::isEveryTextTheStoredOne);
        var stored = texts();
        assertThat(stored.values()).allSatisfy(text -> assertThat(text).doesNotContain("\r"));
        return stored.values().stream().mapToLong(String::length).sum();
    }

    @Override
    public void close() {
        release();
        crew.dismiss();
        server.close();
    }

    private boolean isEveryTextTheStoredOne() {
        var states = crew.states();
        if (!states.stream().allMatch(State::isAtRest)) {
            return false;
        }
        var stored = texts();
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

    /// The stored texts of the living documents.
    private Map<String, String> texts() {
        var rows = new HashMap<String, List<byte[]>>();
        try (var connection = connect();
                var query =
                        connection.prepareStatement(
                                """
                                SELECT d.path, u.data FROM documents d
                                JOIN document_updates u ON u.document_id = d.id
                                WHERE d.retired_at IS NULL ORDER BY u.seq
                                """);
                var found = query.executeQuery()) {
            while (found.next()) {
                rows.computeIfAbsent(found.getString(1), _ -> new ArrayList<>())
                        .add(found.getBytes(2));
            }
        } catch (SQLException failure) {
            throw new AssertionError("the rows cannot be read", failure);
        }
        var texts = new HashMap<String, String>();
        rows.forEach((path, updates) -> texts.put(path, StoredTexts.text(updates)));
        return texts;
    }

    private void terminateServer() throws IOException, InterruptedException {
        release();
        postgres.heal();
        server.awaitReady().terminate();
        checkWhatWasTold();
        server = ServerProcess.begin(place);
    }

    private void checkWhatWasTold() throws IOException {
        // What the dead server still has in the network is read; half-dead lines bring nothing.
        crew.await("all are told", () -> crew.tellAll("isOver").getAsBoolean());
        var file = folder.resolve("record-" + ++records);
        crew.tellAll("record", "file", file.toString());
        evidence = evidence.plus(Evidence.check(file, database));
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

    /// As an editor saves by REST: its answer may be a refusal, never a breakdown.
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
            // The server is down just now, or waits for its database.
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(database.url(), database.user(), database.password());
    }
}

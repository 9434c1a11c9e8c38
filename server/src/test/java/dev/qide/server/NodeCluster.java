package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// A database, and a directory as workspace `demo`, that several server processes share; or a
/// managed workspace, whose files are in the database, and of which each has a directory of its
/// own. Owned by one test.
final class NodeCluster implements AutoCloseable {
    /// The file that [#get] reads, with the text `a`.
    private static final String FILE = "a.txt";

    private static final String MANAGED = "project";
    private static final Duration PUT_LIMIT = Duration.ofSeconds(5);

    private final Path home;
    private final HttpClient client = HttpClient.newHttpClient();
    private final TestDatabase database = TestDatabase.create();
    private final Path workspace;
    private final String name;
    private int begun;

    /// @param home an empty folder
    NodeCluster(Path home) throws IOException {
        this(home, TestServer.WORKSPACE);
    }

    /// With files in the database. The first server must [#createWorkspace].
    static NodeCluster withFilesInDatabase(Path home) throws IOException {
        return new NodeCluster(home, MANAGED);
    }

    private NodeCluster(Path home, String name) throws IOException {
        this.home = home;
        this.name = name;
        workspace = Files.createDirectory(home.resolve("project"));
        Files.writeString(workspace.resolve("a.txt"), "a\n");
    }

    TestDatabase database() {
        return database;
    }

    HttpClient client() {
        return client;
    }

    Path workspace() {
        return workspace;
    }

    /// Begins to start a server with the token of the first one.
    ForkedServer begin(Map<String, String> settings) throws IOException {
        return begin(settings, FreePort.next(), databaseUrl());
    }

    ForkedServer begin(Map<String, String> settings, int port, String databaseUrl)
            throws IOException {
        var all = new HashMap<>(settings);
        if (areFilesInDatabase()) {
            all.put("QIDE_FILES", "database");
        }
        var data = Files.createDirectory(home.resolve("server-" + begun++));
        if (begun > 1) {
            Files.copy(home.resolve("server-0/token"), data.resolve("token"));
        }
        return ForkedServer.begin(
                new ForkedServer.Config(
                        data, workspace, port, databaseUrl, ForkedServer.Config.QUICK_START),
                all);
    }

    boolean areFilesInDatabase() {
        return name.equals(MANAGED);
    }

    String databaseUrl() {
        var address = database.address();
        return "postgresql://"
                + address.user()
                + ":"
                + address.password()
                + "@"
                + address.url().substring("jdbc:postgresql://".length());
    }

    /// Creates the managed workspace with the file, if it is one.
    void createWorkspace(ForkedServer server) throws IOException, InterruptedException {
        if (areFilesInDatabase()) {
            var created =
                    HttpRequest.newBuilder(server.http().resolve("api/workspaces"))
                            .header("Authorization", "Bearer " + server.token())
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"name\":\"" + MANAGED + "\"}"))
                            .build();
            assertThat(body(created)).startsWith("201 ");
            assertThat(put(server, FILE, "a\n")).isEqualTo(201);
        }
    }

    /// Creates a file.
    ///
    /// @return the status; 0 when the server did not answer in time
    int put(ForkedServer server, String path, String text) throws InterruptedException {
        try {
            var request =
                    HttpRequest.newBuilder(server.http().resolve(file(path)))
                            .timeout(PUT_LIMIT)
                            .header("Authorization", "Bearer " + server.token())
                            .header("If-None-Match", "*")
                            .PUT(BodyPublishers.ofString(text))
                            .build();
            return client.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException _) {
            return 0;
        }
    }

    /// The path of a file of the workspace in URLs.
    String file(String path) {
        return "api/workspaces/" + name + "/files/" + path;
    }

    /// The endpoint of stock clients.
    String collab(ForkedServer server) {
        return "ws://127.0.0.1:" + server.http().getPort() + "/collab/" + name;
    }

    String name() {
        return name;
    }

    /// Waits until a server knows a number of others.
    void awaitPeers(ForkedServer server, int count) {
        Await.await(() -> {
            var metrics = body(request(server, "metrics"));
            return metrics.contains("\nqide_nodes_peers " + count + ".0");
        });
    }

    /// Status and text of the file.
    String get(ForkedServer server) {
        return body(request(server, file(FILE)));
    }

    static HttpRequest request(ForkedServer server, String path) {
        try {
            return HttpRequest.newBuilder(server.http().resolve(path))
                    .header("Authorization", "Bearer " + server.token())
                    .build();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    String body(HttpRequest request) {
        try {
            var response = client.send(request, BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    /// The URL by which a server is known to the others.
    static String nodeUrl(ForkedServer server) {
        return URI.create("http://127.0.0.1:" + server.http().getPort()).toString();
    }

    @Override
    public void close() {
        client.close();
        database.close();
    }
}

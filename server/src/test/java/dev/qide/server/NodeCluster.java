package dev.qide.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A database, and a directory as workspace `demo`, that several server processes share. Owned by
/// one test.
final class NodeCluster implements AutoCloseable {
    /// The file that [#get] reads, with the text `a`.
    static final String FILE = "api/workspaces/demo/files/a.txt";

    private final Path home;
    private final HttpClient client = HttpClient.newHttpClient();
    private final TestDatabase database = TestDatabase.create();
    private final Path workspace;
    private int begun;

    /// @param home an empty folder
    NodeCluster(Path home) throws IOException {
        this.home = home;
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
        var data = Files.createDirectory(home.resolve("server-" + begun++));
        if (begun > 1) {
            Files.copy(home.resolve("server-0/token"), data.resolve("token"));
        }
        return ForkedServer.begin(
                new ForkedServer.Config(
                        data, workspace, port, databaseUrl, ForkedServer.Config.QUICK_START),
                settings);
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

    /// The endpoint of stock clients.
    static String collab(ForkedServer server) {
        return "ws://127.0.0.1:" + server.http().getPort() + "/collab/demo";
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
        return body(request(server, FILE));
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

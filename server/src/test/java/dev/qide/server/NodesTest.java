package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two server processes on one database and one directory: the second refuses the workspace while
/// the first lives, and serves it when the first was killed.
class NodesTest {
    /// From the kill to the first response, on a busy machine.
    private static final Duration TAKEOVER = Duration.ofSeconds(10);

    @TempDir Path home;

    @Test
    void a_second_server_takes_over_the_workspace_of_a_killed_one() throws Exception {
        var workspace = Files.createDirectory(home.resolve("project"));
        Files.writeString(workspace.resolve("a.txt"), "a\n");
        try (var database = TestDatabase.create();
                var first = begin(database, workspace, "one").awaitReady();
                var client = HttpClient.newHttpClient()) {
            assertThat(get(client, first)).isEqualTo("200 a\n");
            try (var second = begin(database, workspace, "two").awaitReady()) {
                assertThat(get(client, second)).startsWith("503 ").contains("workspace-elsewhere");
                assertThat(get(client, first)).isEqualTo("200 a\n");
                first.kill();
                Await.await(
                        "the second server has the workspace",
                        TAKEOVER,
                        () -> get(client, second).equals("200 a\n"));
            }
        }
    }

    private ForkedServer begin(TestDatabase database, Path workspace, String name)
            throws Exception {
        var address = database.address();
        var url =
                "postgresql://"
                        + address.user()
                        + ":"
                        + address.password()
                        + "@"
                        + address.url().substring("jdbc:postgresql://".length());
        return ForkedServer.begin(
                new ForkedServer.Config(
                        Files.createDirectory(home.resolve(name)),
                        workspace,
                        FreePort.next(),
                        url,
                        ForkedServer.Config.QUICK_START));
    }

    private static String get(HttpClient client, ForkedServer server) {
        try {
            var uri = URI.create(server.http() + "api/workspaces/demo/files/a.txt");
            var response =
                    client.send(
                            HttpRequest.newBuilder(uri)
                                    .header("Authorization", "Bearer " + server.token())
                                    .build(),
                            BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}

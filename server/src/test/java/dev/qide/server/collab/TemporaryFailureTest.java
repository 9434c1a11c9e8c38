package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.collab.StockClients.ClientSpec;
import dev.qide.server.collab.StockClients.Kind;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A document that cannot be opened for a while: unmodified clients, whose applications do nothing
/// about it, have it open again when the cause is gone.
class TemporaryFailureTest {
    private static final String DAMAGE =
            "UPDATE blobs SET content = '\\x00'::bytea, is_deflated = false";
    private static final String REPAIR =
            """
            UPDATE blobs SET content = kept.content, is_deflated = kept.is_deflated FROM kept
            WHERE kept.hash = blobs.hash AND kept.chunk = blobs.chunk
            """;
    private static final List<String> VERSIONS = List.of("2", "3", "4");
    private static final String PATH = "notes.txt";

    @TempDir Path folder;

    @Test
    void stock_clients_wait_for_files_that_cannot_be_restored_yet() throws Exception {
        try (var first = TestServer.startWithFilesInDatabase(folder)) {
            create(first);
            try (var second = TestServer.startBeside(first);
                    var clients = StockClients.start()) {
                var database = first.database();
                first.end();
                database.execute("CREATE TABLE kept AS SELECT * FROM blobs");
                assertThat(database.execute(DAMAGE)).isPositive();
                long before = epoch(first);

                clients.target(second.http("/").getPort());
                for (var version : VERSIONS) {
                    clients.open(
                            new ClientSpec(
                                            version,
                                            Kind.HOCUSPOCUS,
                                            "project",
                                            PATH,
                                            second.token())
                                    .with("version", version)
                                    .with("isUnassisted"));
                }
                clients.open(
                        new ClientSpec("y", Kind.Y_WEBSOCKET, "project", PATH, second.token()));
                // The lease was taken and given up again.
                await(() -> epoch(first) >= before + 2);
                for (var version : VERSIONS) {
                    clients.await(
                            "the end of a socket of " + version,
                            () -> clients.state(version).count("sockets") > 1);
                    assertThat(clients.state(version).words("closed")).isEmpty();
                    assertThat(clients.state(version).words("codes")).contains("1013");
                }

                database.execute(REPAIR);
                clients.command("4", "insert", "text", "written by version 4");
                assertThat(clients.awaitOneText("2", "3", "4")).isEqualTo("written by version 4");
                clients.await("y", () -> clients.text("y").equals("written by version 4"));
            }
        }
    }

    private static long epoch(TestServer server) {
        return server.database().count("SELECT max(epoch) FROM leases");
    }

    /// Creates the workspace with a file that is no document.
    private static void create(TestServer server) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var created =
                    request(server, "/api/workspaces")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"name\":\"project\"}"));
            var written =
                    request(server, "/api/workspaces/project/files/a.txt")
                            .header("If-None-Match", "*")
                            .PUT(BodyPublishers.ofString("a\n"));
            for (var request : List.of(created, written)) {
                var answer = http.send(request.build(), BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            }
        }
    }

    private static HttpRequest.Builder request(TestServer server, String path) {
        return HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + server.token());
    }
}

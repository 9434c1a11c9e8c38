package dev.qide.server.files;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that drains while the database does not accept the files of its workspace.
class FailedHandoverTest {
    private static final String NAME = "project";
    private static final int SERVICE_RESTART = 1012;

    /// From the close of the last socket to the end of the handover.
    private static final Duration HANDOVER = Duration.ofSeconds(3);

    private static final String REFUSE_FILES =
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full';
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON workspace_files
                FOR EACH ROW EXECUTE FUNCTION refuse();
            """;

    @TempDir Path folder;
    private TestServer first;
    private TestServer second;
    private HttpClient http;

    @BeforeEach
    void start() throws Exception {
        http = HttpClient.newHttpClient();
        first = TestServer.startWithFilesInDatabase(folder);
        var workspace = "{\"name\":\"project\"}";
        assertThat(create("/api/workspaces", "POST", workspace, "Content-Type", "application/json"))
                .isEqualTo(201);
        var file = "/api/workspaces/project/files/a.txt";
        assertThat(create(file, "PUT", "a\n", "If-None-Match", "*")).isEqualTo(201);
        second = TestServer.startBeside(first);
    }

    @AfterEach
    void stop() {
        http.close();
        second.close();
        first.close();
    }

    @Test
    void what_a_tool_has_just_written_is_not_left_behind() throws Exception {
        try (var editor = TestClient.connect(first.ws("/ws/" + NAME), first.token())) {
            editor.initialize(null);
            first.database().execute(REFUSE_FILES);
            Files.writeString(directory(first).resolve("tool.txt"), "by a tool\n");
            first.setDraining(true);
            assertThat(editor.closeCode()).isEqualTo(SERVICE_RESTART);
            Thread.sleep(HANDOVER);
        }
        first.database().execute("DROP TRIGGER refuse ON workspace_files");

        await(() -> {
            // It takes the workspace if the first has left it.
            var _ = get(second);
            return Files.exists(directory(second).resolve("a.txt"));
        });
        assertThat(directory(second).resolve("tool.txt")).hasContent("by a tool");
        assertThat(directory(second).resolve("a.txt")).hasContent("a");
    }

    private static Path directory(TestServer server) {
        return server.data().resolve("workspaces").resolve(NAME);
    }

    private int get(TestServer server) {
        var file = server.http("/api/workspaces/project/files/a.txt");
        return status(HttpRequest.newBuilder(file));
    }

    private int create(String path, String method, String body, String header, String value) {
        return status(
                HttpRequest.newBuilder(first.http(path))
                        .method(method, BodyPublishers.ofString(body))
                        .header(header, value));
    }

    private int status(HttpRequest.Builder request) {
        try {
            var authorized = request.header("Authorization", "Bearer " + first.token()).build();
            return http.send(authorized, BodyHandlers.discarding()).statusCode();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }
}

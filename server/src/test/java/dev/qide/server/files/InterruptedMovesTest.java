package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server that runs already takes a workspace in which another one began to move a folder: the
/// documents are where their files are, with their history, and nothing is at both paths.
class InterruptedMovesTest {
    private static final String RECORD =
            """
            INSERT INTO moves (workspace_id, from_path, to_path, file_key)
            SELECT id, 'src', 'lib', '' FROM workspaces
            WHERE name = 'project' AND retired_at IS NULL
            """;
    private static final String MOVE_DOCUMENTS =
            "UPDATE documents SET path = 'lib/a.sh' WHERE path = 'src/a.sh'";
    private static final String MOVE_FILES =
            "UPDATE workspace_files SET path = 'lib/b.txt' WHERE path = 'src/b.txt'";

    /// With an empty state vector.
    private static final byte[] SYNC_STEP_1 = {0, 0, 1, 0};

    @TempDir Path folder;
    private final HttpClient http = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init") // Each test begins with it.
    private TestServer first;

    @SuppressWarnings("NullAway.Init") // Started by `begin`.
    private TestServer second;

    @AfterEach
    void stop() {
        http.close();
        second.close();
        first.close();
    }

    /// What a killed server may have done after it recorded the move.
    @ParameterizedTest
    @ValueSource(strings = {"", MOVE_DOCUMENTS, MOVE_DOCUMENTS + ";" + MOVE_FILES, MOVE_FILES})
    void a_server_with_a_directory_of_its_own_completes_the_move(String done) throws Exception {
        first = TestServer.startWithFilesInDatabase(folder);
        var document = begin();
        first.end();
        first.database().execute(RECORD);
        for (var statement : done.split(";", -1)) {
            if (!statement.isEmpty()) {
                first.database().execute(statement);
            }
        }

        assertMoved(document);
        var root = second.data().resolve("workspaces/project");
        assertThat(root.resolve("src")).doesNotExist();
        assertThat(Files.isExecutable(root.resolve("lib/a.sh"))).isTrue();
        first.begin();
    }

    @Test
    void a_server_with_the_same_directory_moves_the_documents() throws Exception {
        first = TestServer.start(folder);
        var document = begin();
        first.end();
        first.database().execute(RECORD);
        var root = first.data().resolve("workspaces/project");
        Files.move(root.resolve("src"), root.resolve("lib"));

        assertMoved(document);
        first.begin();
    }

    @Test
    void a_document_that_was_begun_after_the_move_keeps_its_path() throws Exception {
        first = TestServer.start(folder);
        var document = begin();
        first.end();
        first.database().execute(RECORD);
        first.database().execute("UPDATE moves SET begun_at = begun_at - interval '1 day'");

        assertThat(get("src/a.sh").body()).isEqualTo("second first\n");
        assertThat(living("src/a.sh")).isEqualTo(document);
        assertThat(first.database().count("SELECT count(*) FROM moves")).isZero();
        first.begin();
    }

    /// The id of a document that has another text than the file had at first.
    private String begin() throws Exception {
        var created =
                send(
                        first,
                        "POST",
                        "",
                        "{\"name\":\"project\"}",
                        "Content-Type",
                        "application/json");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        for (var path : new String[] {"src/a.sh", "src/b.txt"}) {
            var put = send(first, "PUT", "/project/files/" + path, "first\n", "If-None-Match", "*");
            assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
        }
        var file = first.data().resolve("workspaces/project/src/a.sh");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        try (var editor = TestClient.connect(first.ws("/yjs/project/src/a.sh"), first.token())) {
            editor.binary(SYNC_STEP_1);
            assertThat(editor.frame()).isNotEmpty();
            var read = send(first, "GET", "/project/files/src/a.sh", "");
            var tag = read.headers().firstValue("etag").orElseThrow();
            var saved =
                    send(
                            first,
                            "PUT",
                            "/project/files/src/a.sh",
                            "second first\n",
                            "If-Match",
                            tag);
            assertThat(saved.statusCode()).as(saved.body()).isEqualTo(204);
        }
        second = TestServer.startBeside(first);
        return living("src/a.sh");
    }

    private void assertMoved(String document) throws Exception {
        assertThat(get("lib/a.sh").body()).isEqualTo("second first\n");
        assertThat(get("lib/b.txt").body()).isEqualTo("first\n");
        assertThat(get("src/a.sh").statusCode()).isEqualTo(404);
        assertThat(get("src/b.txt").statusCode()).isEqualTo(404);
        assertThat(living("lib/a.sh")).isEqualTo(document);
        assertThat(first.database().count("SELECT count(*) FROM moves")).isZero();
    }

    private String living(String path) {
        return String.join(
                " ",
                first.database()
                        .rows(
                                "SELECT id FROM documents WHERE path = ? AND retired_at IS NULL",
                                path));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(second, "GET", "/project/files/" + path, "");
    }

    private HttpResponse<String> send(
            TestServer server, String method, String path, String body, String... headers)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server.http("/api/workspaces" + path))
                        .method(method, BodyPublishers.ofString(body))
                        .header("Authorization", "Bearer " + server.token());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }
}

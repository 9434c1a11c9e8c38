package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.yjs.Lib0Decoder;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `qide/documentPath` on `/ws/{ws}`: where a document is now, for a client that missed a move.
class DocumentPathTest {
    private static final int SYNC = 0;
    private static final int STEP_2 = 1;

    @TempDir static Path workspace;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/demo"), server.token());
        client.initialize(null);
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void a_document_is_found_by_its_first_author_after_moves_by_a_person_and_by_a_tool()
            throws Exception {
        var author = opened("first.txt");
        assertThat(path("7,4294967296," + author)).isEqualTo("{\"path\":\"first.txt\"}");
        assertThat(change("POST", "first.txt?move=there%2Fsecond.txt")).isEqualTo(204);
        // Another document at the old path has another author.
        var other = opened("first.txt");
        assertThat(path(author)).isEqualTo("{\"path\":\"there/second.txt\"}");
        assertThat(path(other)).isEqualTo("{\"path\":\"first.txt\"}");
        // The server follows the files of documents that somebody has open.
        join("there/second.txt");
        var _ =
                Files.move(
                        workspace.resolve("there/second.txt"),
                        workspace.resolve("there/third.txt"));
        await(() -> path(author).equals("{\"path\":\"there/third.txt\"}"));
    }

    @Test
    void a_deleted_document_and_an_unknown_author_have_no_path() throws Exception {
        var author = opened("deleted.txt");
        Files.delete(workspace.resolve("deleted.txt"));
        await(() -> path(author).equals("{}"));
        assertThat(path("4294967297")).isEqualTo("{}");
        assertThat(path("")).isEqualTo("{}");
    }

    @Test
    void parameters_of_another_shape_and_too_many_authors_are_refused() {
        var tooMany =
                LongStream.range(0, DocumentPaths.CLIENTS + 1L)
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(","));
        for (var params :
                List.of("{}", "{'clients':7}", "{'clients':['x']}", "{'clients':[null]}")) {
            assertThat(errorCode(client.answer("qide/documentPath", params)))
                    .as(params)
                    .isEqualTo(-32602);
        }
        assertThat(errorCode(client.answer("qide/documentPath", "{'clients':[" + tooMany + "]}")))
                .isEqualTo(-32602);
    }

    /// The answer for these authors.
    private String path(String authors) {
        return client.result("qide/documentPath", "{'clients':[" + authors + "]}").toString();
    }

    /// Creates a file, opens its document, and returns the client id that began it.
    private String opened(String path) throws IOException, InterruptedException {
        assertThat(change("PUT", path)).isEqualTo(201);
        join(path);
        return authors(path).getFirst();
    }

    /// Opens a document and waits for its text.
    private void join(String path) {
        client.authenticate(path, "");
        client.requestContent(path);
        boolean hasText = false;
        while (!hasText) {
            var frame = client.frame();
            var in = new Lib0Decoder(frame);
            // A ping has no path.
            hasText =
                    frame.length > 1
                            && in.readVarString().equals(path)
                            && in.readVarUint() == SYNC
                            && in.readVarUint() == STEP_2;
        }
    }

    private static List<String> authors(String path) {
        return server.database()
                .rows(
                        "SELECT genesis_client FROM documents WHERE path = ? AND retired_at IS NULL",
                        path);
    }

    private static int change(String method, String path) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var body = HttpRequest.BodyPublishers.ofString(path + "\n");
            return http.send(
                            HttpRequest.newBuilder(
                                            server.http("/api/workspaces/demo/files/" + path))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("If-None-Match", "*")
                                    .method(method, body)
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}

package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Links for guests: what they open, what they do not, and their end.
class ShareTest {
    private static final int UNAUTHENTICATED = 4401;

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("main.py"), "print('hello')\n");
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
        assertThat(send("POST", server.token(), "/api/workspaces", "{\"name\":\"other\"}").status())
                .isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// One row per endpoint, one column per share of `demo`; the cell is the status, the same for
    /// the token and for a login with it.
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # method and path                        | view | edit
                    GET  | /api/me                           | 200  | 200
                    GET  | /api/me/tokens                    | 403  | 403
                    GET  | /api/me/sessions                  | 403  | 403
                    DELETE| /api/me/sessions/x               | 403  | 403
                    GET  | /api/workspaces                   | 200  | 200
                    POST | /api/workspaces                   | 403  | 403
                    DELETE| /api/workspaces/other            | 404  | 404
                    PUT  | /api/workspaces/demo/trust        | 403  | 403
                    GET  | /api/workspaces/demo/shares       | 403  | 403
                    POST | /api/workspaces/demo/shares       | 403  | 403
                    GET  | /api/workspaces/demo/files        | 200  | 200
                    GET  | /api/workspaces/demo/files/main.py | 200 | 200
                    PUT  | /api/workspaces/demo/files/main.py | 403 | 428
                    GET  | /api/workspaces/demo/search?q=hello | 200 | 200
                    GET  | /api/workspaces/demo/zip          | 200  | 200
                    GET  | /api/workspaces/other/files       | 404  | 404
                    GET  | /api/workspaces/other/files/a     | 404  | 404
                    PUT  | /api/workspaces/other/files/a     | 404  | 404
                    GET  | /api/workspaces/other/search?q=a  | 404  | 404
                    GET  | /api/workspaces/demo/paths        | 200  | 200
                    GET  | /api/workspaces/other/paths       | 404  | 404
                    GET  | /api/workspaces/other/zip         | 404  | 404
                    GET  | /api/workspaces/other/style?path=a | 404 | 404
                    GET  | /api/workspaces/other/text-format?path=a | 404 | 404
                    GET  | /api/workspaces/other/external?uri=a | 404 | 404
                    GET  | /api/workspaces/none/files        | 404  | 404
                    WS   | /ws/demo                          | 101  | 101
                    WS   | /lsp/demo/python                  | 101  | 101
                    WS   | /yjs/demo/main.py                 | 101  | 101
                    WS   | /ws/other                         | 404  | 404
                    WS   | /lsp/other/python                 | 404  | 404
                    WS   | /yjs/other/main.py                | 404  | 404
                    """)
    void a_share_opens_its_workspace_and_no_other(String method, String path, int view, int edit)
            throws IOException {
        var statuses = new ArrayList<Integer>();
        for (var role : List.of("view", "edit")) {
            var token = share(role).get("token").getAsString();
            for (var credential : List.of(bearer(token), login(token))) {
                statuses.add(
                        method.equals("WS")
                                ? http.handshake(path, credential).status()
                                : http.send(method, path, credential).status());
            }
        }
        assertThat(statuses).containsExactly(view, view, edit, edit);
    }

    @Test
    void a_guest_sees_only_the_own_workspace_and_has_a_name() throws IOException {
        var created = share("view");
        var token = created.get("token").getAsString();

        assertThat(created.get("link").getAsString()).isEqualTo("?workspace=demo#token=" + token);
        assertThat(send("GET", token, "/api/workspaces", "").body())
                .contains("\"demo\"")
                .doesNotContain("other");
        assertThat(send("GET", token, "/api/me", "").body())
                .contains("\"Guest ", "\"viewer\"", "[\"read\"]");
        var listed = send("GET", server.token(), "/api/workspaces/demo/shares", "").body();
        assertThat(listed)
                .contains(created.getAsJsonObject("share").get("id").getAsString())
                .doesNotContain(token);
        assertThat(send("GET", server.token(), "/api/workspaces/other/shares", "").body())
                .isEqualTo("{\"shares\":[]}");
    }

    @Test
    void an_auth_message_with_a_share_of_another_workspace_is_denied() throws IOException {
        var token = share("edit").get("token").getAsString();
        try (var elsewhere = TestClient.connect(server.ws("/collab/other"), List.of());
                var here = TestClient.connect(server.ws("/collab/demo"), List.of())) {
            elsewhere.authenticate("main.py", token);
            here.authenticate("main.py", token);

            assertThat(awaitFrame(elsewhere, "workspace-unknown", "read-write"))
                    .isEqualTo("workspace-unknown");
            assertThat(awaitFrame(here, "read-write", "workspace-unknown")).isEqualTo("read-write");
        }
    }

    @Test
    void a_revocation_closes_the_guests_sockets_within_a_second() throws IOException {
        var created = share("edit");
        var token = created.get("token").getAsString();
        var cookie = login(token);
        var id = created.getAsJsonObject("share").get("id").getAsString();
        try (var socket = TestClient.connect(server.ws("/ws/demo"), token)) {
            socket.initialize(null);
            assertThat(
                            send("DELETE", server.token(), "/api/workspaces/other/shares/" + id, "")
                                    .status())
                    .isEqualTo(404);
            var begun = Instant.now();
            assertThat(
                            send("DELETE", server.token(), "/api/workspaces/demo/shares/" + id, "")
                                    .status())
                    .isEqualTo(204);

            assertThat(socket.closeCode()).isEqualTo(UNAUTHENTICATED);
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(5));
        }
        assertThat(send("GET", token, "/api/me", "").status()).isEqualTo(401);
        assertThat(http.send("GET", "/api/me", cookie).status()).isEqualTo(401);
        assertThat(failure(send("DELETE", server.token(), "/api/workspaces/demo/shares/" + id, "")))
                .isEqualTo("share-unknown");
    }

    @Test
    void a_share_ends_with_its_workspace_and_does_not_open_the_next_of_that_name()
            throws IOException {
        var workspace = "{\"name\":\"brief\"}";
        assertThat(send("POST", server.token(), "/api/workspaces", workspace).status())
                .isEqualTo(201);
        var answer =
                send("POST", server.token(), "/api/workspaces/brief/shares", "{\"role\":\"edit\"}");
        var token = json(answer).get("token").getAsString();
        assertThat(send("GET", token, "/api/workspaces/brief/files", "").status()).isEqualTo(200);
        assertThat(send("DELETE", server.token(), "/api/workspaces/brief", "").status())
                .isEqualTo(204);
        assertThat(send("POST", server.token(), "/api/workspaces", workspace).status())
                .isEqualTo(201);

        assertThat(send("GET", token, "/api/workspaces/brief/files", "").status()).isIn(401, 404);
    }

    @Test
    void an_expired_share_is_refused_and_not_listed() throws Exception {
        var created = share("view");
        var id = created.getAsJsonObject("share").get("id").getAsString();
        assertThat(
                        server.database()
                                .execute(
                                        "UPDATE tokens SET expires_at = now() - interval '1 s' WHERE id = ?::uuid",
                                        id))
                .isOne();
        assertThat(send("GET", created.get("token").getAsString(), "/api/me", "").status())
                .isEqualTo(401);
        assertThat(send("GET", server.token(), "/api/workspaces/demo/shares", "").body())
                .doesNotContain(id);
    }

    @Test
    void an_editor_cannot_create_shares() throws Exception {
        var link = server.linkOf("Ann", Scope.EDIT);
        var editor = link.substring(link.indexOf('=') + 1);

        assertThat(
                        send("POST", editor, "/api/workspaces/demo/shares", "{\"role\":\"view\"}")
                                .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"role\":\"owner\"}",
                "{\"role\":\"edit\",\"expiresInDays\":0}",
                "{\"role\":\"edit\",\"expiresInDays\":91}",
                "{\"role\":\"edit\",\"expiresInDays\":1.5}",
                "{\"role\":\"edit\",\"name\":\"a\\u202eb\"}",
            })
    void a_share_of_another_shape_is_refused(String body) throws IOException {
        assertThat(send("POST", server.token(), "/api/workspaces/demo/shares", body).status())
                .isEqualTo(400);
    }

    @Test
    void a_workspace_has_a_bounded_number_of_shares() throws IOException {
        var name = "{\"name\":\"many\"}";
        assertThat(send("POST", server.token(), "/api/workspaces", name).status()).isEqualTo(201);
        for (int i = 0; i < 100; i++) {
            assertThat(shareOf("many").status()).isEqualTo(201);
        }
        assertThat(failure(shareOf("many"))).isEqualTo("too-many-shares");
    }

    private static Answer shareOf(String workspace) throws IOException {
        return send(
                "POST",
                server.token(),
                "/api/workspaces/" + workspace + "/shares",
                "{\"role\":\"view\",\"expiresInDays\":1}");
    }

    private static JsonObject share(String role) throws IOException {
        var answer =
                send(
                        "POST",
                        server.token(),
                        "/api/workspaces/demo/shares",
                        "{\"role\":\"" + role + "\",\"name\":\"Guest Ü\"}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        return json(answer);
    }

    private static String login(String token) throws IOException {
        var body = "{\"token\":\"" + token + "\"}";
        var answer = http.send("POST", "/api/login", body.getBytes(StandardCharsets.UTF_8));
        return "Cookie: " + Objects.requireNonNull(answer.header("Set-Cookie")).split(";", 2)[0];
    }

    /// Waits for a frame with one of two words.
    private static String awaitFrame(TestClient client, String one, String other) {
        while (true) {
            var text = new String(client.frame(), StandardCharsets.UTF_8);
            if (text.contains(one)) {
                return one;
            }
            if (text.contains(other)) {
                return other;
            }
        }
    }

    private static Answer send(String method, String token, String path, String body)
            throws IOException {
        return http.send(
                method,
                path,
                body.getBytes(StandardCharsets.UTF_8),
                bearer(token),
                "Content-Type: application/json");
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private static String failure(Answer answer) {
        return json(answer).getAsJsonObject("error").get("name").getAsString();
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }
}

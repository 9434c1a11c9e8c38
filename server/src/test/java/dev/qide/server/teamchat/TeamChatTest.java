package dev.qide.server.teamchat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The chat of a workspace, over the sockets of a whole server.
class TeamChatTest {
    private static final int FORBIDDEN = 1001;
    private static final int TOO_MANY_REQUESTS = 1004;
    private static final int MESSAGE_TOO_LARGE = 1205;
    private static final int INVALID_PARAMS = -32602;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path folder;
    private static TestServer server;
    private static int workspaces;
    private String ann;
    private String ben;
    private String workspace;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(folder);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// A new workspace and two new people for each test.
    @BeforeEach
    void invite() throws Exception {
        ann = token("Ann", Scope.EDIT);
        ben = token("Ben", Scope.READ);
        workspace = "chat-" + workspaces++;
        create(workspace);
    }

    @Test
    void a_message_reaches_everybody_in_the_workspace_and_nobody_else() throws Exception {
        try (var annsWindow = window(ann, workspace);
                var otherWindow = window(ann, workspace);
                var bensWindow = window(ben, workspace);
                var elsewhere = window(ann, "demo")) {
            var answer = result(annsWindow, "hello\\r\\n  <b>Ben</b> 😀 ");

            assertThat(answer.get("text").getAsString()).isEqualTo("hello\n  <b>Ben</b> 😀");
            assertThat(answer.get("name").getAsString()).isEqualTo("Ann");
            assertThat(answer.get("sentAt").getAsString()).matches("20\\d\\d-.*Z");
            for (var window : List.of(annsWindow, otherWindow, bensWindow)) {
                assertThat(notified(window)).isEqualTo(answer);
            }
            elsewhere.result("qide/teamChatHistory", "{}");
            assertThat(elsewhere.unread()).isZero();
            assertThat(texts(bensWindow, "{}")).containsExactly("hello\n  <b>Ben</b> 😀");
        }
    }

    @Test
    void a_viewer_reads_and_does_not_write() {
        try (var bensWindow = window(ben, workspace)) {
            assertThat(TestClient.errorCode(send(bensWindow, "hello", null))).isEqualTo(FORBIDDEN);
            assertThat(texts(bensWindow, "{}")).isEmpty();
        }
    }

    @Test
    void a_message_that_is_sent_again_after_a_reconnect_is_stored_once() {
        JsonObject first;
        try (var window = window(ann, workspace)) {
            first = send(window, "once", "key-1").getAsJsonObject("result");
        }
        try (var window = window(ann, workspace)) {
            var second = send(window, "once", "key-1").getAsJsonObject("result");
            assertThat(second).isEqualTo(first);
            send(window, "once", "key-2");
            send(window, "once", null);
            send(window, "once", null);
            assertThat(texts(window, "{}")).hasSize(4);
        }
    }

    @Test
    void the_history_comes_in_pages_and_survives_a_restart() throws IOException {
        try (var window = window(ann, workspace)) {
            for (int i = 0; i < 7; i++) {
                result(window, "message " + i);
            }
        }
        server.end();
        server.begin();
        try (var window = window(ben, workspace)) {
            var newest = page(window, "{'limit':3}");
            assertThat(texts(newest)).containsExactly("message 4", "message 5", "message 6");
            assertThat(newest.get("more").getAsBoolean()).isTrue();
            var older = page(window, "{'limit':3,'before':" + first(newest) + "}");
            assertThat(texts(older)).containsExactly("message 1", "message 2", "message 3");
            var oldest = page(window, "{'limit':3,'before':" + first(older) + "}");
            assertThat(texts(oldest)).containsExactly("message 0");
            assertThat(oldest.get("more").getAsBoolean()).isFalse();
            for (var range : List.of("{'limit':0}", "{'limit':101}", "{'before':'x'}")) {
                assertThat(TestClient.errorCode(window.answer("qide/teamChatHistory", range)))
                        .isEqualTo(INVALID_PARAMS);
            }
        }
    }

    @Test
    void the_senders_name_is_the_present_one() throws Exception {
        try (var window = window(ann, workspace)) {
            result(window, "before");
            assertThat(call("PATCH", ann, "/api/me", "{\"name\":\"Änn\"}")).isEqualTo(200);

            assertThat(result(window, "after").get("name").getAsString()).isEqualTo("Änn");
            assertThat(page(window, "{}").getAsJsonArray("messages").toString())
                    .doesNotContain("\"Ann\"");
        }
    }

    @Test
    void the_chat_is_deleted_with_its_workspace() throws Exception {
        try (var window = window(ann, workspace)) {
            result(window, "secret plans");
        }
        assertThat(call("DELETE", server.token(), "/api/workspaces/" + workspace, ""))
                .isEqualTo(204);
        assertThat(
                        server.database()
                                .count(
                                        "SELECT count(*) FROM chat_messages WHERE text = 'secret plans'"))
                .isEqualTo(0);
        create(workspace);
        try (var window = window(ann, workspace)) {
            assertThat(texts(window, "{}")).isEmpty();
        }
    }

    @Test
    void the_oldest_messages_beyond_the_bound_are_deleted() throws Exception {
        try (var window = window(ann, workspace)) {
            result(window, "the oldest");
            server.database()
                    .execute(
                            "INSERT INTO chat_messages (workspace_id, person_id, person_name, text)"
                                    + " SELECT workspace_id, person_id, 'x', 'y' FROM chat_messages,"
                                    + " generate_series(1, %d) WHERE text = 'the oldest'"
                                            .formatted(TeamChat.KEPT_MESSAGES));
            result(window, "the newest");
        }
        assertThat(
                        server.database()
                                .count(
                                        "SELECT count(*) FROM chat_messages WHERE text = 'the oldest'"))
                .isZero();
        assertThat(
                        server.database()
                                .count(
                                        "SELECT count(*) FROM chat_messages WHERE workspace_id = (SELECT workspace_id"
                                                + " FROM chat_messages WHERE text = 'the newest')"))
                .isEqualTo(TeamChat.KEPT_MESSAGES);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''            | -32602",
                "' \\n '       | -32602",
                "a\\u0000b     | -32602",
                "a\\u001bb     | -32602",
                "a\\ud800b     | -32602",
            })
    void a_text_of_another_shape_is_refused(String text, int code) {
        try (var window = window(ann, workspace)) {
            assertThat(TestClient.errorCode(send(window, text, null))).isEqualTo(code);
            assertThat(TestClient.errorCode(window.answer("qide/teamChatSend", "{}")))
                    .isEqualTo(code);
            assertThat(TestClient.errorCode(send(window, "a", "no key"))).isEqualTo(code);
        }
    }

    @Test
    void texts_and_their_rate_are_bounded() {
        try (var window = window(ann, workspace);
                var other = window(ben, workspace)) {
            result(window, "ü".repeat(TeamChat.TEXT_BYTES / 2));
            assertThat(
                            TestClient.errorCode(
                                    send(window, "ü".repeat(TeamChat.TEXT_BYTES / 2) + "x", null)))
                    .isEqualTo(MESSAGE_TOO_LARGE);
            int refused = 0;
            for (int i = 0; i < 3 * TeamChat.MESSAGES_PER_PERIOD && refused == 0; i++) {
                var answer = send(window, "x", null);
                if (answer.has("error")) {
                    refused = TestClient.errorCode(answer);
                }
            }
            assertThat(refused).isEqualTo(TOO_MANY_REQUESTS);
            assertThat(texts(other, "{}")).isNotEmpty();
        }
    }

    private static String token(String name, Scope scope) throws InterruptedException {
        var link = server.linkOf(name, scope);
        return link.substring(link.indexOf('=') + 1);
    }

    private static void create(String name) throws Exception {
        assertThat(call("POST", server.token(), "/api/workspaces", "{\"name\":\"" + name + "\"}"))
                .isEqualTo(201);
    }

    private static TestClient window(String token, String workspace) {
        var client = TestClient.connect(server.ws("/ws/" + workspace), token);
        client.initialize(null);
        return client;
    }

    /// @param text with escapes of JSON
    private static JsonObject send(TestClient window, String text, @Nullable String key) {
        var named = key == null ? "" : ",\"key\":\"" + key + "\"";
        return window.answer("qide/teamChatSend", "{\"text\":\"" + text + "\"" + named + "}");
    }

    private static JsonObject result(TestClient window, String text) {
        return send(window, text, null).getAsJsonObject("result");
    }

    private static JsonObject notified(TestClient window) {
        return window.await(message -> TestClient.isNotification(message, "qide/teamChatMessage"))
                .getAsJsonObject("params");
    }

    private static JsonObject page(TestClient window, String range) {
        return window.result("qide/teamChatHistory", range).getAsJsonObject();
    }

    private static long first(JsonObject page) {
        return page.getAsJsonArray("messages").get(0).getAsJsonObject().get("id").getAsLong();
    }

    private static List<String> texts(TestClient window, String range) {
        return texts(page(window, range));
    }

    private static List<String> texts(JsonObject page) {
        var texts = new ArrayList<String>();
        JsonArray messages = page.getAsJsonArray("messages");
        messages.forEach(one -> texts.add(one.getAsJsonObject().get("text").getAsString()));
        return texts;
    }

    private static int call(String method, String token, String path, String body)
            throws Exception {
        URI address = server.http(path);
        var request =
                HttpRequest.newBuilder(address)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return HTTP.send(request, BodyHandlers.discarding()).statusCode();
    }
}

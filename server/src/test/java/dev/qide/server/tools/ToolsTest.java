package dev.qide.server.tools;

import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.NodeProject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The workspace as tools: in a chat, and for clients of the Model Context Protocol.
class ToolsTest {
    private static final long RUN_SECONDS = 90;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(workspace.resolve("pkg"));
        Files.writeString(workspace.resolve("pkg/__init__.py"), "");
        Files.writeString(
                workspace.resolve("pkg/shapes.py"),
                """
                class Circle:
                    def area(self, radius: float) -> float:
                        return 3.14 * radius * radius
                """);
        Files.writeString(
                workspace.resolve("main.py"),
                "from pkg.shapes import Circle\n\nprint(Circle().area(2))\nprint(missing)\n");
        Files.writeString(workspace.resolve(".env"), "PASSWORD=Circle\n");
        Files.writeString(workspace.resolve(".qideignore"), "private/\n");
        Files.createDirectories(workspace.resolve("private"));
        Files.writeString(workspace.resolve("private/notes.py"), "Circle = 'hidden'\n");
        provider = new ScriptedProvider();
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        [{"name":"m","provider":"anthropic","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
    }

    @AfterAll
    static void stop() {
        server.close();
        provider.close();
    }

    @Test
    void the_client_of_the_protocols_own_sdk_is_served() throws Exception {
        var said =
                NodeProject.installed("ai")
                        .run(
                                RUN_SECONDS,
                                "mcp.mjs",
                                server.http("/mcp/demo").toString(),
                                server.token());
        assertThat(said).contains("the MCP client was served");
    }

    @Test
    void a_model_calls_tools_until_it_answers() {
        provider.play(ProviderScript.saying("It has an area."));
        provider.playNext(
                ProviderScript.of(
                        List.of(
                                new Piece.Text("Let me look."),
                                new Piece.ToolCall(
                                        "call_1", "read_file", "{\"path\":\"pkg/shapes.py\"}"),
                                new Piece.ToolCall("call_2", "read_file", "{\"path\":\".env\"}"))));
        try (var client = newClient(server.token())) {
            int id = client.ask("qide/chat", "{'text':'What is a circle?','tools':true}");
            assertThat(text(delta(client), "text")).isEqualTo("Let me look.");
            var begun = delta(client).getAsJsonObject("tool");
            assertThat(text(begun, "name")).isEqualTo("read_file");
            assertThat(begun.has("result")).isFalse();
            var read = delta(client).getAsJsonObject("tool");
            assertThat(read.get("id")).isEqualTo(begun.get("id"));
            assertThat(text(read, "result")).contains("class Circle");
            delta(client);
            var refused = delta(client).getAsJsonObject("tool");
            assertThat(refused.get("isError").getAsBoolean()).isTrue();
            var result = answer(client, id).getAsJsonObject("result");
            assertThat(result.get("outputTokens").getAsInt()).isEqualTo(4);

            var requests = provider.requests();
            assertThat(requests).hasSize(2);
            assertThat(requests.getFirst()).contains("\"name\":\"search_text\"");
            assertThat(requests.getLast())
                    .contains("class Circle", "call_1", "call_2")
                    .doesNotContain("PASSWORD");
            var history =
                    client.result(
                                    "qide/conversationHistory",
                                    "{'conversation':'" + text(result, "conversation") + "'}")
                            .getAsJsonObject()
                            .getAsJsonArray("messages");
            var answer = history.get(1).getAsJsonObject();
            assertThat(text(answer, "text")).isEqualTo("Let me look.\n\nIt has an area.");
            assertThat(answer.getAsJsonArray("tools")).hasSize(2);
        }
    }

    @Test
    void a_model_without_tools_calls_none() {
        provider.play(
                ProviderScript.of(
                        List.of(new Piece.ToolCall("call_1", "read_file", "{\"path\":\"a\"}"))));
        try (var client = newClient(server.token())) {
            client.result("qide/chat", "{'text':'Hi!'}");
            assertThat(provider.onlyCall().body().toString()).doesNotContain("read_file");
        }
    }

    @Test
    void a_model_that_never_stops_calling_is_stopped() {
        provider.play(ProviderScript.of(List.of(new Piece.ToolCall("call_1", "list_files", "{}"))));
        try (var client = newClient(server.token())) {
            var answer = client.answer("qide/chat", "{'text':'Hi!','tools':true}");
            assertThat(TestClient.errorCode(answer)).isEqualTo(1205);
            assertThat(provider.calls()).hasSize(25);
        }
    }

    @Test
    void files_that_must_not_reach_a_model_are_in_no_result() throws Exception {
        assertThat(called("list_files", "{}"))
                .contains("pkg/shapes.py")
                .doesNotContain("private", ".env");
        assertThat(called("search_text", "{\"query\":\"Circle\"}"))
                .contains("pkg/shapes.py:1: class Circle:")
                .doesNotContain("private", ".env");
        assertThat(called("read_file", "{\"path\":\"private/notes.py\"}")).doesNotContain("hidden");
    }

    @Test
    void arguments_of_any_length_are_read_in_time_and_edits_are_bounded() throws Exception {
        assertThat(called("list_files", "{\"folder\":\"pkg//\"}")).contains("pkg/shapes.py");
        // A search that tries each of the slashes anew would take hours.
        var slashes = "{\"folder\":\"" + "/".repeat(1_900_000) + "x\"}";
        assertThat(called("list_files", slashes)).contains("no files");
        var edit = "{\"oldText\":\"a\",\"newText\":\"b\"}";
        var many = "[" + (edit + ",").repeat(100) + edit + "]";
        assertThat(called("propose_edit", "{\"path\":\"main.py\",\"edits\":" + many + "}"))
                .contains("1 to 100 objects");
    }

    @Test
    void every_revision_is_spoken_to_the_letter() throws Exception {
        for (var revision : List.of("2025-03-26", "2025-06-18", "2025-11-25")) {
            var initialized =
                    object(post(server.token(), "", initialize(revision)))
                            .getAsJsonObject("result");
            assertThat(text(initialized, "protocolVersion")).isEqualTo(revision);
        }
        assertThat(post(server.token(), "", initialize("2031-01-01")).body())
                .contains("\"protocolVersion\":\"2025-11-25\"");
        var notification = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";
        var accepted = post(server.token(), "", notification);
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.body()).isEmpty();

        var ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
        var batch = "[" + ping + "," + notification + "," + ping + "]";
        var answers = JsonParser.parseString(post(server.token(), "", batch).body());
        assertThat((JsonArray) answers).hasSize(2);
        assertThat(errorCode(post(server.token(), "2025-06-18", batch))).isEqualTo(-32600);
        assertThat(post(server.token(), "2020-01-01", ping).statusCode()).isEqualTo(400);
        assertThat(errorCode(post(server.token(), "", "{"))).isEqualTo(-32700);
        assertThat(errorCode(post(server.token(), "", "{}"))).isEqualTo(-32600);
        assertThat(
                        errorCode(
                                post(
                                        server.token(),
                                        "",
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}")))
                .isEqualTo(-32601);
        assertThat(
                        HTTP.send(
                                        request(server.token(), "").GET().build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                .isEqualTo(405);
    }

    @Test
    void a_caller_needs_the_right_to_read_and_an_admitted_origin() throws Exception {
        var ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
        assertThat(post(server.tokenOf("ann", Scope.AI), "", ping).statusCode()).isEqualTo(403);
        assertThat(post("wrong", "", ping).statusCode()).isEqualTo(401);
        assertThat(post(server.tokenOf("vic", Scope.READ), "", ping).statusCode()).isEqualTo(200);
        var foreign =
                request(server.token(), "")
                        .header("Origin", "https://evil.example")
                        .POST(HttpRequest.BodyPublishers.ofString(ping))
                        .build();
        assertThat(HTTP.send(foreign, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(403);
        var nowhere =
                HttpRequest.newBuilder(server.http("/mcp/nowhere"))
                        .header("Authorization", "Bearer " + server.token())
                        .POST(HttpRequest.BodyPublishers.ofString(ping))
                        .build();
        assertThat(HTTP.send(nowhere, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(404);
    }

    private static String called(String name, String arguments) throws Exception {
        var call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\""
                        + name
                        + "\",\"arguments\":"
                        + arguments
                        + "}}";
        return text(
                object(post(server.token(), "", call))
                        .getAsJsonObject("result")
                        .getAsJsonArray("content")
                        .get(0)
                        .getAsJsonObject(),
                "text");
    }

    private static String initialize(String revision) {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\""
                + revision
                + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    }

    private static HttpRequest.Builder request(String token, String revision) {
        var request =
                HttpRequest.newBuilder(server.http("/mcp/demo"))
                        .header("Authorization", "Bearer " + token)
                        .header("Accept", "application/json, text/event-stream");
        return revision.isEmpty() ? request : request.header("MCP-Protocol-Version", revision);
    }

    private static HttpResponse<String> post(String token, String revision, String body)
            throws IOException, InterruptedException {
        return HTTP.send(
                request(token, revision).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject object(HttpResponse<String> response) {
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    private static int errorCode(HttpResponse<String> response) {
        return TestClient.errorCode(object(response));
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static TestClient newClient(String token) {
        var client = TestClient.connect(server.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }

    private static JsonObject answer(TestClient client, int id) {
        return client.await(message ->
                message.has("id") && message.get("id").toString().equals(Integer.toString(id)));
    }

    private static JsonObject delta(TestClient client) {
        return client.await(message -> isNotification(message, "qide/chatDelta"))
                .getAsJsonObject("params");
    }
}

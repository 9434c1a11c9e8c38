package dev.qide.server.ai;

import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which models a workspace may use, which texts never leave, and what is counted.
class ModelPolicyTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(workspace.resolve(".qideignore"), "private/\n");
        provider = new ScriptedProvider();
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        {"models":[
                         {"name":"far","provider":"openai","url":"https://models.example","model":"far","purpose":["chat","completion"]},
                         {"name":"near","provider":"openai","url":"%1$s","model":"near","purpose":["chat","completion"],
                          "local":true,"fallback":["far"],"fillIn":"suffix"}],
                         "localOnly":["demo"]}
                        """
                                .formatted(provider.url()));
    }

    @AfterAll
    static void stop() {
        server.close();
        provider.close();
    }

    @BeforeEach
    void play() {
        provider.play(ProviderScript.saying("Hello"));
    }

    @Test
    void a_workspace_for_local_models_reaches_no_other() {
        try (var client = newClient(server.token())) {
            assertThat(client.result("qide/conversationList", "{}").getAsJsonObject().get("models"))
                    .hasToString("[\"near\"]");
            var result = client.result("qide/chat", "{'text':'Hi'}").getAsJsonObject();
            assertThat(result.get("model").getAsString()).isEqualTo("near");
            assertThat(errorCode(client.answer("qide/chat", "{'text':'Hi','model':'far'}")))
                    .isEqualTo(1401);
            provider.play(ProviderScript.saying("x").failing(400));
            var failed = client.answer("qide/chat", "{'text':'Hi'}");
            assertThat(failed.toString()).contains("\"kind\":\"invalid-request\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///home/ann/.env",
                "file:///home/ann/.aws/config",
                "file:///home/ann/.docker/cli/config.json",
                "file:///home/ann/%69d_rsa",
                "file:///c:/keys/server.pem",
                "vscode-userdata:/ann/secrets.json"
            })
    void ghost_text_of_a_private_file_outside_the_workspace_is_refused(String uri) {
        try (var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            client.initialize("file:///home/ann/project");
            client.open(uri, "plaintext", "KEY=");
            var answer =
                    client.answer(
                            "textDocument/inlineCompletion",
                            "{'textDocument':{'uri':'"
                                    + uri
                                    + "'},'position':{'line':0,'character':4},'context':{'triggerKind':2}}");
            assertThat(answer.toString()).contains("file-ignored");
            assertThat(provider.calls()).isEmpty();
        }
    }

    @Test
    void chat_context_that_the_workspace_keeps_is_refused() {
        try (var client = newClient(server.token())) {
            for (var path : List.of("private/a.py", ".env", "deep/private/a.py")) {
                var answer =
                        client.answer(
                                "qide/chat",
                                "{'text':'Hi','context':[{'path':'" + path + "','text':'x'}]}");
                assertThat(answer.toString()).as(path).contains("file-ignored");
            }
            assertThat(provider.calls()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"models\":[\"expensive\"]",
                "\"provider\":{\"order\":[\"x\"]}",
                "\"service_tier\":\"priority\"",
                "\"web_search_options\":{}"
            })
    void members_that_choose_another_price_are_refused(String member) throws Exception {
        var response = chat(server.token(), member);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains(member.substring(1, member.indexOf('"', 1)));
        assertThat(provider.calls()).isEmpty();
    }

    @Test
    void a_persons_usage_is_reported_to_that_person() throws Exception {
        var token = server.tokenOf("una", Scope.AI);
        assertThat(usage(token, "")).isEmpty();
        assertThat(chat(token, "\"prediction\":{\"type\":\"content\",\"content\":\"x\"}").body())
                .contains("Hello");
        var end = System.nanoTime() + PATIENCE_NANOS;
        while (usage(token, "").isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(10_000_000);
        }
        var entry = usage(token, "").get(0).getAsJsonObject();
        assertThat(entry.get("model").getAsString()).isEqualTo("near");
        assertThat(entry.get("calls").getAsInt()).isEqualTo(1);
        assertThat(entry.get("outputTokens").getAsInt()).isEqualTo(1);
        assertThat(usage(token, "?from=2020-01-01&to=2020-01-31")).isEmpty();
        assertThat(usage(server.token(), "?all").toString()).contains("\"near\"");
        assertThat(get(token, "?all").statusCode()).isEqualTo(403);
        assertThat(get(token, "?from=yesterday").statusCode()).isEqualTo(400);
        assertThat(get(server.tokenOf("rita", Scope.READ), "").statusCode()).isEqualTo(403);
    }

    @Test
    void a_client_chooses_the_id_of_a_conversation_which_is_nobody_elses() throws Exception {
        var id = java.util.UUID.randomUUID();
        var ask = "{'text':'Hi','conversation':'%s','create':true}".formatted(id);
        try (var ann = newClient(server.token());
                var bob = newClient(server.tokenOf("bob", Scope.READ, Scope.AI))) {
            var unknown = ask.replace(",'create':true", "");
            assertThat(errorCode(ann.answer("qide/chat", unknown))).isEqualTo(1402);
            var result = ann.result("qide/chat", ask).getAsJsonObject();
            assertThat(result.get("conversation").getAsString()).isEqualTo(id.toString());
            var refused = bob.answer("qide/chat", ask);
            assertThat(errorCode(refused)).isEqualTo(-32602);
            assertThat(refused.toString()).contains("id-in-use");
            ann.result("qide/chat", ask);
            var history = "{'conversation':'%s'}".formatted(id);
            assertThat(
                            ann.result("qide/conversationHistory", history)
                                    .getAsJsonObject()
                                    .getAsJsonArray("messages"))
                    .as("continued, not replaced")
                    .hasSize(4);
            assertThat(errorCode(bob.answer("qide/conversationHistory", history))).isEqualTo(1402);
        }
    }

    @Test
    void a_person_with_as_many_conversations_as_possible_begins_no_other() throws Exception {
        try (var client = newClient(server.tokenOf("max", Scope.EDIT, Scope.AI))) {
            var first = client.result("qide/chat", "{'text':'Hi'}").getAsJsonObject();
            var conversation = first.get("conversation").getAsString();
            multiply(conversation, 999);
            assertThat(errorCode(client.answer("qide/chat", "{'text':'Hi'}"))).isEqualTo(1406);
            client.result("qide/chat", "{'text':'More','conversation':'" + conversation + "'}");
            client.result("qide/conversationDelete", "{'conversation':'" + conversation + "'}");
            client.result("qide/chat", "{'text':'Hi'}");
        }
    }

    private static void multiply(String conversation, int copies) {
        assertThat(
                        server.database()
                                .execute(
                                        """
                                        INSERT INTO ai_conversations (id, person_id, workspace_id, title,
                                            messages, updated_at)
                                        SELECT gen_random_uuid(), person_id, workspace_id, title, messages,
                                            updated_at
                                        FROM ai_conversations, generate_series(1, ?)
                                        WHERE id = CAST(? AS uuid)
                                        """,
                                        copies,
                                        conversation))
                .isEqualTo(copies);
    }

    private static HttpResponse<String> chat(String token, String member) throws Exception {
        var body =
                "{\"model\":\"near\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
                        + member
                        + "}";
        return HTTP.send(
                HttpRequest.newBuilder(server.http("/v1/chat/completions"))
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_report_of_usage_says_whether_there_is_more() throws Exception {
        var day = "?all&from=2001-02-03&to=2001-02-03";
        server.database()
                .execute(
                        """
                        INSERT INTO ai_usage SELECT date '2001-02-03', gen_random_uuid(), 'demo',
                            'near', 'chat', false, 1, 1, 1, 1, 'home', 0, 0
                        FROM generate_series(1, 10001)
                        """);
        assertThat(usage(server.token(), day)).hasSize(10_000);
        assertThat(get(server.token(), day).body()).contains("\"truncated\":true");

        server.database()
                .execute(
                        """
                        DELETE FROM ai_usage WHERE person_id =
                            (SELECT person_id FROM ai_usage WHERE day = date '2001-02-03' LIMIT 1)
                        """);
        assertThat(usage(server.token(), day)).hasSize(10_000);
        assertThat(get(server.token(), day).body()).contains("\"truncated\":false");
    }

    private static JsonArray usage(String token, String query) throws Exception {
        return JsonParser.parseString(get(token, query).body())
                .getAsJsonObject()
                .getAsJsonArray("entries");
    }

    private static HttpResponse<String> get(String token, String query) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(server.http("/api/usage" + query))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static TestClient newClient(String token) {
        var client = TestClient.connect(server.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }
}

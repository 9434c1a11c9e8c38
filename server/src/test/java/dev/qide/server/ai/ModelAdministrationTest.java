package dev.qide.server.ai;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models, keys and the restriction to local models, changed while the server runs.
class ModelAdministrationTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String HI = "{'text':'Hi'}";

    @TempDir Path workspace;
    private ScriptedProvider provider;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        provider = new ScriptedProvider();
        provider.play(ProviderScript.saying("Hello"));
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        [{"name":"filed","provider":"openai","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
    }

    @AfterEach
    void stop() {
        server.close();
        provider.close();
    }

    @Test
    void a_model_is_added_changed_and_removed_and_survives_a_restart() throws Exception {
        assertThat(put("/api/models/added", entry("\"model\":\"one\"")).statusCode())
                .isEqualTo(201);
        assertThat(answeredBy("added")).isEqualTo("one");
        server.end();
        server.begin();
        assertThat(answeredBy("added")).isEqualTo("one");
        assertThat(put("/api/models/added", entry("\"model\":\"two\"")).statusCode())
                .isEqualTo(204);
        assertThat(answeredBy("added")).isEqualTo("two");
        assertThat(models()).containsExactly("filed true", "added false");

        assertThat(send("DELETE", "/api/models/added", "").statusCode()).isEqualTo(204);
        assertThat(models()).containsExactly("filed true");
        try (var client = newClient(server.token())) {
            assertThat(errorCode(client.answer("qide/chat", "{'text':'Hi','model':'added'}")))
                    .isEqualTo(1401);
        }
        assertThat(send("DELETE", "/api/models/added", "").statusCode()).isEqualTo(404);
    }

    @Test
    void a_model_may_have_a_slash_in_its_name() throws Exception {
        for (var path : List.of("qwen/coder", "qwen%2Fother")) {
            var name = path.replace("%2F", "/");
            assertThat(put("/api/models/" + path, entry("\"model\":\"m\"")).statusCode())
                    .isEqualTo(201);
            assertThat(send("GET", "/v1/models/" + path, "").body()).contains(name);
            for (var keys : List.of("/api/me", "/api/organisations/home")) {
                var key = keys + "/model-keys/" + path;
                assertThat(put(key, "{\"key\":\"of-the-person\"}").statusCode()).isEqualTo(204);
                assertThat(send("DELETE", key, "").statusCode()).isEqualTo(204);
            }
            assertThat(models()).containsExactly("filed true", name + " false");
            assertThat(send("DELETE", "/api/models/" + path, "").statusCode()).isEqualTo(204);
        }
        assertThat(models()).containsExactly("filed true");
        assertThat(put("/api/models/", entry("\"model\":\"m\"")).statusCode()).isEqualTo(400);
    }

    @Test
    void the_metrics_of_a_removed_model_end() throws Exception {
        put("/api/models/added", entry("\"model\":\"one\""));
        answeredBy("added");
        answeredBy("filed");
        var measured = "qide_ai_call_seconds_count{model=\"%s\",} 1.0";
        await(() -> metrics().contains(measured.formatted("added")));
        await(() -> metrics().contains(measured.formatted("filed")));
        assertThat(send("DELETE", "/api/models/added", "").statusCode()).isEqualTo(204);
        assertThat(metrics())
                .doesNotContain("model=\"added\"")
                .contains(measured.formatted("filed"));
    }

    @Test
    void a_wrong_model_is_refused_with_the_reason() throws Exception {
        for (var wrong :
                new String[][] {
                    {"{\"provider\":\"openai\"}", "valid members"},
                    {entry("\"model\":\"m\",\"colour\":1"), "colour"},
                    {entry("\"model\":\"m\",\"fallback\":[\"none\"]"), "none"},
                    {entry("\"model\":\"m\",\"keyFile\":\"/etc/passwd\""), "keyFile"},
                    {entry("\"model\":\"m\",\"key\":\"two words\""), "not-a-key"},
                    {"[]", ""},
                }) {
            var answer = put("/api/models/wrong", wrong[0]);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains(wrong[1]).doesNotContain("two words");
        }
        var filed = put("/api/models/filed", entry("\"model\":\"m\""));
        assertThat(filed.statusCode()).isEqualTo(409);
        assertThat(filed.body()).contains("model-of-file");
        put("/api/models/base", entry("\"model\":\"m\""));
        put("/api/models/user", entry("\"model\":\"m\",\"fallback\":[\"base\"]"));
        assertThat(send("DELETE", "/api/models/base", "").body()).contains("fallback of user");
        assertThat(models()).containsExactly("filed true", "base false", "user false");
    }

    @Test
    void a_call_uses_the_persons_key_then_the_organisations_then_the_servers() throws Exception {
        put("/api/models/keyed", entry("\"model\":\"m\",\"key\":\"of-the-server\""));
        assertThat(keyUsed("keyed")).isEqualTo("Bearer of-the-server");
        var organisation = "/api/organisations/home/model-keys";
        assertThat(put(organisation + "/keyed", "{\"key\":\"of-home\"}").statusCode())
                .isEqualTo(204);
        assertThat(keyUsed("keyed")).isEqualTo("Bearer of-home");
        put("/api/me/model-keys/keyed", "{\"key\":\"of-the-person\"}");
        assertThat(keyUsed("keyed")).isEqualTo("Bearer of-the-person");
        assertThat(keyUsed("filed")).isEmpty();
        try (var bob = newClient(server.tokenOf("bob", Scope.READ, Scope.AI))) {
            assertThat(keyUsed(bob, "keyed")).as("of somebody else").isEqualTo("Bearer of-home");
        }
        server.end();
        server.begin();
        assertThat(keyUsed("keyed")).isEqualTo("Bearer of-the-person");

        for (var path : new String[] {"/api/models", "/api/me/model-keys", organisation}) {
            assertThat(send("GET", path, "").body()).contains("keyed").doesNotContain("of-");
        }
        assertThat(send("GET", "/api/me/model-keys", "").body())
                .contains("{\"model\":\"keyed\",\"provider\":\"openai\",\"isSet\":true}");
        assertThat(stored()).hasSize(3).noneMatch(row -> row.contains("of-"));

        assertThat(send("DELETE", "/api/me/model-keys/keyed", "").statusCode()).isEqualTo(204);
        assertThat(send("DELETE", "/api/me/model-keys/keyed", "").statusCode()).isEqualTo(404);
        assertThat(keyUsed("keyed")).isEqualTo("Bearer of-home");
        assertThat(put("/api/me/model-keys/none", "{\"key\":\"k\"}").statusCode()).isEqualTo(404);
    }

    @Test
    void a_key_is_not_sent_to_another_url_than_it_was_stored_for() throws Exception {
        try (var other = new ScriptedProvider()) {
            other.play(ProviderScript.saying("Hello"));
            put("/api/models/moved", entry("\"model\":\"m\""));
            put("/api/me/model-keys/moved", "{\"key\":\"of-the-person\"}");
            assertThat(keyUsed("moved")).isEqualTo("Bearer of-the-person");
            put("/api/models/moved", entry("\"model\":\"m\"").replace(provider.url(), other.url()));
            try (var client = newClient(server.token())) {
                client.result("qide/chat", "{'text':'Hi','model':'moved'}");
            }
            assertThat(other.onlyCall().header("authorization")).isEmpty();
        }
    }

    @Test
    void a_key_of_the_server_is_deleted_when_the_url_of_its_model_changes() throws Exception {
        var entry = entry("\"model\":\"m\"");
        put("/api/models/moved", entry.replace("}", ",\"key\":\"of-the-server\"}"));
        put("/api/models/moved", entry("\"model\":\"other\""));
        assertThat(keyUsed("moved")).as("the URL stayed").isEqualTo("Bearer of-the-server");
        put("/api/models/moved", entry.replace(provider.url(), "http://127.0.0.1:1"));
        assertThat(stored()).isEmpty();
    }

    @Test
    void a_change_whose_key_cannot_be_stored_changes_nothing() throws Exception {
        var entry = entry("\"model\":\"m\"");
        put("/api/models/moved", entry.replace("}", ",\"key\":\"of-the-server\"}"));
        var ring = server.data().resolve("keys");
        var content = Files.readString(ring);
        server.end();
        Files.writeString(ring, "damaged");
        server.begin();
        var moved =
                entry.replace(provider.url(), "http://127.0.0.1:1")
                        .replace("}", ",\"key\":\"another\"}");
        assertThat(put("/api/models/moved", moved).statusCode()).isEqualTo(500);

        Files.writeString(ring, content);
        assertThat(keyUsed("moved")).isEqualTo("Bearer of-the-server");
    }

    @Test
    void an_owner_restricts_a_workspace_to_local_models_and_lifts_that() throws Exception {
        put(
                "/api/models/far",
                "{\"provider\":\"openai\",\"url\":\"https://models.example\",\"model\":\"far\",\"purpose\":[\"chat\"]}");
        var path = "/api/workspaces/demo/local-models-only";
        try (var client = newClient(server.token())) {
            assertThat(names(client)).isEqualTo("[\"filed\",\"far\"]");
            assertThat(send("PUT", path, "").statusCode()).isEqualTo(204);
            assertThat(send("GET", path, "").body()).isEqualTo("{\"isOn\":true}");
            assertThat(names(client)).isEqualTo("[\"filed\"]");
            assertThat(errorCode(client.answer("qide/chat", "{'text':'Hi','model':'far'}")))
                    .isEqualTo(1401);
        }
        server.end();
        server.begin();
        try (var client = newClient(server.token())) {
            assertThat(names(client)).isEqualTo("[\"filed\"]");
            assertThat(send("DELETE", path, "").statusCode()).isEqualTo(204);
            assertThat(names(client)).isEqualTo("[\"filed\",\"far\"]");
        }
    }

    @Test
    void another_server_of_the_database_learns_of_models_and_keys() throws Exception {
        put("/api/models/added", entry("\"model\":\"m\""));
        var key = "/api/me/model-keys/added";
        put(key, "{\"key\":\"of-the-person\"}");
        try (var other = TestServer.startBeside(server)) {
            Files.copy(server.data().resolve("keys"), other.data().resolve("keys"));
            var known = "{\"model\":\"added\",\"provider\":\"openai\",\"isSet\":%s}";
            await(() -> get(other, "/api/me/model-keys").contains(known.formatted(true)));
            send("DELETE", key, "");
            await(() -> get(other, "/api/me/model-keys").contains(known.formatted(false)));
            put(key, "{\"key\":\"of-the-person\"}");
            await(() -> get(other, "/api/me/model-keys").contains(known.formatted(true)));

            put("/api/models/later", entry("\"model\":\"m\""));
            await(() -> get(other, "/v1/models").contains("\"later\""));
            send("DELETE", "/api/models/later", "");
            await(() -> {
                var models = get(other, "/v1/models");
                return models.contains("\"filed\"") && !models.contains("\"later\"");
            });
        }
    }

    @Test
    void the_server_that_takes_a_workspace_knows_that_it_is_for_local_models_only()
            throws Exception {
        put(
                "/api/models/far",
                "{\"provider\":\"openai\",\"url\":\"https://models.example\",\"model\":\"far\",\"purpose\":[\"chat\"]}");
        // The first server has the workspace.
        newClient(server.token()).close();
        try (var other = TestServer.startBeside(server)) {
            var path = "/api/workspaces/demo/local-models-only";
            assertThat(send("PUT", path, "").statusCode()).isEqualTo(204);
            server.setDraining(true);
            await(() -> get(server, "/ready").contains("\"owned\":[]"));
            try (var client = TestClient.connect(other.ws("/ws/demo"), other.token())) {
                client.initialize(null);
                await(() -> names(client).equals("[\"filed\"]"));
                assertThat(get(other, "/ready")).contains("\"owned\":[\"demo\"]");
            }
        }
    }

    @Test
    void the_first_model_for_completion_is_announced_to_editors_that_connect() throws Exception {
        assertThat(capabilities().has("inlineCompletionProvider")).isFalse();
        put("/api/models/ghost", entry("\"model\":\"m\"").replace("\"chat\"", "\"completion\""));
        assertThat(capabilities().has("inlineCompletionProvider")).isTrue();
    }

    @Test
    void the_way_to_fill_a_gap_is_changed_though_the_model_was_used_by_chat() throws Exception {
        var entry = entry("\"model\":\"m\"").replace("\"chat\"", "\"completion\"");
        put("/api/models/ghost", entry);
        provider.play(ProviderScript.saying("x").withoutFillIn());
        assertThat(filledBy("ghost")).isEqualTo("/v1/chat/completions");
        assertThat(
                        put("/api/models/ghost", entry.replace("}", ",\"fillIn\":\"infill\"}"))
                                .statusCode())
                .isEqualTo(204);
        provider.play(ProviderScript.saying("x"));
        assertThat(filledBy("ghost")).isEqualTo("/infill");
    }

    /// The path of the provider's last request for a completion.
    private String filledBy(String model) throws Exception {
        var body = "{\"model\":\"%s\",\"prompt\":\"a\",\"suffix\":\"b\"}".formatted(model);
        assertThat(send("POST", "/v1/completions", body).statusCode()).isEqualTo(200);
        return provider.calls().getLast().path();
    }

    private JsonObject capabilities() {
        try (var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            return client.initialize(null).getAsJsonObject("capabilities");
        }
    }

    /// An entry of a local model on the double.
    private String entry(String members) {
        return "{\"provider\":\"openai\",\"url\":\"%s\",\"purpose\":[\"chat\"],\"local\":true,%s}"
                .formatted(provider.url(), members);
    }

    /// The provider's name of the model that answers.
    private String answeredBy(String model) {
        try (var client = newClient(server.token())) {
            provider.play(ProviderScript.saying("Hello"));
            client.result("qide/chat", "{'text':'Hi','model':'" + model + "'}");
            return provider.onlyCall().body().get("model").getAsString();
        }
    }

    private String keyUsed(String model) {
        try (var client = newClient(server.token())) {
            return keyUsed(client, model);
        }
    }

    private String keyUsed(TestClient client, String model) {
        provider.play(ProviderScript.saying("Hello"));
        client.result("qide/chat", HI.replace("}", ",'model':'" + model + "'}"));
        return provider.onlyCall().header("authorization");
    }

    private static String names(TestClient client) {
        return client.result("qide/conversationList", "{}")
                .getAsJsonObject()
                .get("models")
                .toString();
    }

    /// Name and whether it is of the file.
    private List<String> models() throws Exception {
        var names = new ArrayList<String>();
        for (var one :
                JsonParser.parseString(send("GET", "/api/models", "").body())
                        .getAsJsonObject()
                        .getAsJsonArray("models")) {
            var model = one.getAsJsonObject();
            names.add(model.get("name").getAsString() + " " + model.get("isOfFile"));
        }
        return names;
    }

    private String metrics() {
        return get(server, "/metrics");
    }

    /// The rows of encrypted secrets, bytes as characters.
    private List<String> stored() throws Exception {
        var rows = new ArrayList<String>();
        try (var connection = server.database().connect();
                var query = connection.createStatement();
                var all = query.executeQuery("SELECT sealed FROM sealed_secrets")) {
            while (all.next()) {
                rows.add(new String(all.getBytes(1), StandardCharsets.ISO_8859_1));
            }
        }
        return rows;
    }

    private static String get(TestServer from, String path) {
        try {
            var request =
                    HttpRequest.newBuilder(from.http(path))
                            .header("Authorization", "Bearer " + from.token())
                            .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private HttpResponse<String> put(String path, String body) throws Exception {
        return send("PUT", path, body);
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(server.http(path))
                        .header("Authorization", "Bearer " + server.token())
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private TestClient newClient(String token) {
        var client = TestClient.connect(server.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }
}

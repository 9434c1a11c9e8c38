package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.qide.server.Await;
import dev.qide.server.TestPeople;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Identity;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The organisation that a call at `/v1` belongs to, chosen with OpenAI's SDK as it is published.
/// Ann owns `acme` alone; Bob is a viewer in `acme` and `globex`.
class OrganisationCallsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration WITHIN = Duration.ofSeconds(30);

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;
    private static TestPeople people;

    private final List<OpenAIClient> clients = new ArrayList<>();
    private final UUID acmeId = UUID.randomUUID();
    private final String acme = "acme-" + acmeId;
    private final String globex = "globex-" + acmeId;
    private TestPeople.LoggedIn bobsLogin;
    private String ann;
    private String bob;

    @BeforeAll
    static void start() throws Exception {
        provider = new ScriptedProvider();
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        [{"name":"near","provider":"openai","url":"%s","model":"m","purpose":["chat"],"local":true,
                          "outputTokens":100}]
                        """
                                .formatted(provider.url()));
        people = new TestPeople(server);
        create(UUID.randomUUID(), "initech");
    }

    @AfterAll
    static void stop() throws Exception {
        people.close();
        server.close();
        provider.close();
    }

    @BeforeEach
    void found() throws Exception {
        provider.play(ProviderScript.repeating("word ", 50));
        create(acmeId, acme);
        create(UUID.randomUUID(), globex);
        var annsLogin = people.logIn("ann");
        people.join(annsLogin, acme, "OWNER");
        ann = token(annsLogin);
        bobsLogin = people.logIn("bob");
        people.join(bobsLogin, acme, "VIEWER");
        people.join(bobsLogin, globex, "VIEWER");
        bob = token(bobsLogin);
    }

    @AfterEach
    void disconnect() {
        clients.forEach(OpenAIClient::close);
    }

    @Test
    void a_call_belongs_to_the_organisation_that_the_client_names() throws Exception {
        chat(bob, acme);
        chat(bob, acme.toUpperCase(Locale.ROOT));
        chat(bob, acmeId.toString());
        chat(bob, globex);
        chat(bob, null);

        assertThat(callsOfAcme()).isEqualTo(3);
        var own = send(bob, "GET", "/api/usage", "").getAsJsonArray("entries");
        int calls = 0;
        for (var entry : own) {
            calls += entry.getAsJsonObject().get("calls").getAsInt();
            assertThat(entry.getAsJsonObject().get("workspace").getAsString()).isEmpty();
        }
        assertThat(calls).as("of the person, in any organisation or none").isEqualTo(5);
    }

    @Test
    void a_call_that_names_none_belongs_to_the_callers_only_organisation() throws Exception {
        chat(ann, null);
        chat(ann, " ");

        assertThat(callsOfAcme()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"initech", "home", "nowhere", "00000000-0000-0000-0000-000000000000"})
    void somebody_who_is_not_a_member_is_refused(String organisation) {
        assertThatThrownBy(() -> chat(bob, organisation))
                .isInstanceOfSatisfying(
                        OpenAIServiceException.class,
                        refused -> {
                            assertThat(refused.statusCode()).isEqualTo(401);
                            assertThat(refused.code()).contains("invalid_organization");
                            assertThat(refused).hasMessageContaining("OpenAI-Organization");
                        });
        assertThat(provider.calls()).isEmpty();
    }

    @Test
    void an_organisations_budget_limits_its_calls_only() throws Exception {
        send(ann, "PUT", organisation() + "/budgets/day", "{\"tokens\":1}");
        chat(bob, acme);

        for (var token : new String[] {ann, bob}) {
            assertThatThrownBy(() -> chat(token, acme))
                    .isInstanceOfSatisfying(
                            OpenAIServiceException.class,
                            refused -> {
                                assertThat(refused.statusCode()).isEqualTo(402);
                                assertThat(refused.code()).contains("insufficient_quota");
                            });
        }
        chat(bob, globex);
        chat(bob, null);
        assertThat(callsOfAcme()).isEqualTo(1);

        server.end();
        server.begin();
        assertThatThrownBy(() -> chat(bob, acme))
                .as("after a restart")
                .isInstanceOf(OpenAIServiceException.class);
    }

    @Test
    void an_organisations_key_is_for_its_calls_only() throws Exception {
        send(ann, "PUT", organisation() + "/model-keys/near", "{\"key\":\"of-acme\"}");

        chat(bob, acme);
        chat(bob, globex);
        chat(bob, null);

        assertThat(provider.calls())
                .extracting(call -> call.header("authorization"))
                .containsExactly("Bearer of-acme", "", "");
    }

    @Test
    void the_audit_log_names_the_organisation_of_a_call() {
        chat(bob, acme);
        chat(bob, null);

        var calls = "/api/audit?operation=model&person=" + bobsLogin.id();
        var own = new String[] {"Authorization", "Bearer " + server.token()};
        Await.await(
                "both calls are recorded",
                WITHIN,
                () -> send(own, "GET", calls, "").getAsJsonArray("events").size() == 2);
        assertThat(send(own, "GET", calls, "").getAsJsonArray("events"))
                .extracting(event -> event.getAsJsonObject().get("object").getAsString())
                .as("the latest first")
                .containsExactly("near", acme + ":/near");
        var ofAcme = send(own, "GET", calls + "&object=" + acme + ":", "");
        assertThat(ofAcme.getAsJsonArray("events")).hasSize(1);
    }

    @Test
    void a_call_ends_when_its_caller_leaves_the_organisation() throws Exception {
        provider.play(ProviderScript.repeating("on and ", 10_000).every(Duration.ofMillis(50)));
        try (var answer = client(bob, acme).chat().completions().createStreaming(request())) {
            assertThat(answer.stream().iterator().hasNext()).isTrue();
            people.run("DELETE FROM memberships WHERE person_id = ?", bobsLogin.id());

            Await.await(
                    "the provider's call ends",
                    WITHIN,
                    () -> provider.calls().getFirst().isEnded());
        }
        assertThat(provider.calls().getFirst().isFinished()).isFalse();
        Await.await("the call is booked", WITHIN, () -> callsOfAcme() == 1);
    }

    private String organisation() {
        return "/api/organisations/" + acme;
    }

    private static void create(UUID id, String name) throws SQLException {
        people.run("INSERT INTO organisations (id, name) VALUES (?, ?)", id, name);
    }

    /// @param organisation null to name none
    private void chat(String token, @Nullable String organisation) {
        var answer = client(token, organisation).chat().completions().create(request());
        assertThat(answer.choices().getFirst().message().content()).isPresent();
    }

    private OpenAIClient client(String token, @Nullable String organisation) {
        var client =
                OpenAIOkHttpClient.builder()
                        .apiKey(token)
                        .organization(organisation)
                        .baseUrl(server.http("/v1").toString())
                        .maxRetries(0)
                        .build();
        clients.add(client);
        return client;
    }

    private static ChatCompletionCreateParams request() {
        return ChatCompletionCreateParams.builder().model("near").addUserMessage("Hi").build();
    }

    private int callsOfAcme() {
        int calls = 0;
        for (var entry :
                send(ann, "GET", organisation() + "/usage", "").getAsJsonArray("entries")) {
            calls += entry.getAsJsonObject().get("calls").getAsInt();
        }
        return calls;
    }

    /// A personal token with all scopes that the person may have.
    private static String token(TestPeople.LoggedIn person) {
        var login =
                new String[] {
                    "Cookie",
                    "qide_session=" + person.cookie(),
                    "X-Qide-Csrf",
                    Identity.csrfToken(person.cookie())
                };
        var scopes = send(login, "GET", "/api/me", "").get("scopes");
        var wanted = "{\"name\":\"sdk\",\"scopes\":" + scopes + "}";
        return send(login, "POST", "/api/me/tokens", wanted).get("token").getAsString();
    }

    private static JsonObject send(String token, String method, String path, String body) {
        return send(new String[] {"Authorization", "Bearer " + token}, method, path, body);
    }

    /// @param headers name, value, name, value, …
    private static JsonObject send(String[] headers, String method, String path, String body) {
        var request =
                HttpRequest.newBuilder(server.http(path))
                        .headers(headers)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
            return answer.body().isEmpty()
                    ? new JsonObject()
                    : JsonParser.parseString(answer.body()).getAsJsonObject();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}

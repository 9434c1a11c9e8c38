package dev.qide.server.ai;

import static dev.qide.server.Await.await;
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
import java.nio.file.Path;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Budgets that an owner sets for an organisation, and what its members spend of them.
class OrganisationBudgetsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String BUDGETS = "/api/organisations/home/budgets";
    private static final String USAGE = "/api/organisations/home/usage";
    private static final String HI = "{'text':'Hi'}";
    private static final int BUDGET_EXHAUSTED = 1403;
    private static final int TOKENS = 1_000;

    @TempDir Path workspace;
    private ScriptedProvider provider;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        provider = new ScriptedProvider();
        provider.play(ProviderScript.repeating("word ", 50));
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        {"models":[{"name":"near","provider":"openai","url":"%s","model":"m","purpose":["chat"],
                          "local":true,"outputTokens":100,"price":{"input":1000,"output":1000}}],
                         "budgets":[{"scope":"organisation","period":"month","cost":1000000}]}
                        """
                                .formatted(provider.url()));
    }

    @AfterEach
    void stop() {
        server.close();
        provider.close();
    }

    @Test
    void two_members_spend_from_one_budget_at_once() throws Exception {
        var bob = server.tokenOf("bob", Scope.READ, Scope.AI);
        assertThat(set("day", "{\"tokens\":" + TOKENS + "}").statusCode()).isEqualTo(204);
        int calls = spendAll(server.token(), bob);

        var entries = usage();
        long spent = 0;
        long counted = 0;
        double cost = 0;
        var people = new HashSet<String>();
        for (var one : entries) {
            var entry = one.getAsJsonObject();
            spent += entry.get("inputTokens").getAsLong() + entry.get("outputTokens").getAsLong();
            counted += entry.get("calls").getAsLong();
            cost += entry.get("cost").getAsDouble();
            people.add(entry.get("person").getAsString());
        }
        assertThat(counted).isEqualTo(calls);
        assertThat(people).as("both have spent").hasSize(2);
        assertThat(spent).isBetween((long) TOKENS, TOKENS + spent / calls);
        var budget = budgets().get(1).getAsJsonObject();
        assertThat(budget.get("spentTokens").getAsLong()).isEqualTo(spent);
        assertThat(budget.get("spentCost").getAsDouble()).isEqualTo(cost);
        assertThat(send(server.token(), "GET", "/metrics", "").body())
                .contains("qide_ai_budget_refusals_total{scope=\"organisation\",}")
                .contains("qide_ai_budget_warnings_total{scope=\"organisation\",} 1.0");

        server.end();
        server.begin();
        try (var client = newClient(bob)) {
            var refused = client.answer("qide/chat", HI);
            assertThat(errorCode(refused)).isEqualTo(BUDGET_EXHAUSTED);
            assertThat(refused.toString())
                    .contains("\"scope\":\"organisation\"", "\"period\":\"day\"");
            assertThat(set("day", "{\"tokens\":" + (2 * spent) + "}").statusCode()).isEqualTo(204);
            client.result("qide/chat", HI);
        }
    }

    @Test
    void an_owner_sets_changes_and_ends_budgets_beside_those_of_the_file() throws Exception {
        assertThat(set("month", "{\"cost\":0.000001,\"soft\":0.5}").statusCode()).isEqualTo(204);
        try (var client = newClient(server.token())) {
            client.result("qide/chat", HI);
            assertThat(errorCode(client.answer("qide/chat", HI))).isEqualTo(BUDGET_EXHAUSTED);
            assertThat(budgets()).hasSize(2);
            assertThat(budgets().get(0).toString()).contains("\"isOfFile\":true");
            assertThat(budgets().get(1).toString())
                    .contains("\"period\":\"month\"", "\"cost\":1.0E-6", "\"soft\":0.5")
                    .contains("\"isOfFile\":false")
                    .doesNotContain("\"tokens\"");
            assertThat(send(server.token(), "DELETE", BUDGETS + "/month", "").statusCode())
                    .isEqualTo(204);
            client.result("qide/chat", HI);
        }
        assertThat(budgets()).hasSize(1);
        assertThat(send(server.token(), "DELETE", BUDGETS + "/month", "").statusCode())
                .isEqualTo(204);
    }

    @Test
    void another_server_of_the_database_learns_of_a_budget() throws Exception {
        try (var other = TestServer.startBeside(server)) {
            assertThat(set("day", "{\"tokens\":" + TOKENS + "}").statusCode()).isEqualTo(204);
            await(() -> budgets(other).size() == 2);
            send(server.token(), "DELETE", BUDGETS + "/day", "");
            await(() -> budgets(other).size() == 1);
        }
    }

    @Test
    void what_is_no_budget_is_refused_with_the_reason() throws Exception {
        for (var wrong :
                new String[][] {
                    {"day", "{}", "tokens or cost"},
                    {"day", "{\"tokens\":0}", "\"member\":\"tokens\""},
                    {"day", "{\"tokens\":-5,\"cost\":1}", "\"member\":\"tokens\""},
                    {"day", "{\"cost\":0.0000001}", "\"member\":\"cost\""},
                    {"day", "{\"cost\":1e300}", "\"member\":\"cost\""},
                    {"day", "{\"tokens\":1,\"soft\":1.1}", "\"member\":\"soft\""},
                    {"year", "{\"tokens\":1}", "day or month"},
                }) {
            var answer = set(wrong[0], wrong[1]);
            assertThat(answer.statusCode()).as(wrong[1]).isEqualTo(400);
            assertThat(answer.body()).contains(wrong[2]);
        }
        assertThat(budgets()).hasSize(1);
        var bob = server.tokenOf("bob", Scope.READ, Scope.AI);
        for (var path : new String[] {BUDGETS, USAGE}) {
            assertThat(send(bob, "GET", path, "").statusCode()).as(path).isEqualTo(403);
        }
        assertThat(send(server.token(), "GET", USAGE + "?from=soon", "").statusCode())
                .isEqualTo(400);
    }

    /// Both call until they are refused.
    ///
    /// @return the number of calls that were answered
    private int spendAll(String... tokens) throws Exception {
        var barrier = new CyclicBarrier(tokens.length);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks =
                    java.util.Arrays.stream(tokens)
                            .map(token -> threads.submit(spendingOf(token, barrier)))
                            .toList();
            int calls = 0;
            for (var task : tasks) {
                calls += task.get();
            }
            return calls;
        }
    }

    private Callable<Integer> spendingOf(String token, CyclicBarrier barrier) {
        return () -> {
            try (var client = newClient(token)) {
                // One call each, before either can use up everything.
                client.result("qide/chat", HI);
                barrier.await(60, TimeUnit.SECONDS);
                int calls = 1;
                for (; calls < TOKENS; calls++) {
                    var answer = client.answer("qide/chat", HI);
                    if (answer.has("error")) {
                        assertThat(errorCode(answer)).isEqualTo(BUDGET_EXHAUSTED);
                        break;
                    }
                }
                return calls;
            }
        };
    }

    private JsonArray budgets() {
        return budgets(server);
    }

    private static JsonArray budgets(TestServer from) {
        try {
            var request =
                    HttpRequest.newBuilder(from.http(BUDGETS))
                            .header("Authorization", "Bearer " + from.token())
                            .build();
            var body = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return JsonParser.parseString(body).getAsJsonObject().getAsJsonArray("budgets");
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private JsonArray usage() throws Exception {
        return JsonParser.parseString(send(server.token(), "GET", USAGE, "").body())
                .getAsJsonObject()
                .getAsJsonArray("entries");
    }

    private HttpResponse<String> set(String period, String body) throws Exception {
        return send(server.token(), "PUT", BUDGETS + "/" + period, body);
    }

    private HttpResponse<String> send(String token, String method, String path, String body)
            throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(server.http(path))
                        .header("Authorization", "Bearer " + token)
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

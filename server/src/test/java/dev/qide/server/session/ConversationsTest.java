package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `qide/chat` on `/ws/{ws}`, over a real server and a provider that follows a script.
class ConversationsTest {
    private static final int TABS = 6;
    private static final int SERVICE_RESTART = 1012;

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        provider = new ScriptedProvider();
        server = startServer(workspace);
    }

    private static TestServer startServer(Path directory) throws IOException {
        return TestServer.startWithModels(
                directory,
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

    @BeforeEach
    void connect() {
        client = newClient(server.token());
    }

    private static TestClient newClient(String token) {
        return newClient(server, token);
    }

    private static TestClient newClient(TestServer to, String token) {
        var client = TestClient.connect(to.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void an_answer_is_streamed_and_the_conversation_goes_on() {
        provider.play(ProviderScript.saying("Hello, ", "Ann"));
        int id =
                client.ask(
                        "qide/chat", "{'text':'Hi!','context':[{'path':'a.py','text':'x = 1'}]}");
        assertThat(delta(client).get("text").getAsString()).isEqualTo("Hello, ");
        assertThat(delta(client).get("sequence").getAsInt()).isEqualTo(2);
        var result = answer(client, id).getAsJsonObject("result");
        assertThat(result.get("model").getAsString()).isEqualTo("m");
        assertThat(result.get("stop").getAsString()).isEqualTo("end");
        assertThat(result.get("outputTokens").getAsInt()).isEqualTo(2);
        assertThat(provider.onlyCall().body().toString()).contains("x = 1").contains("Hi!");

        var conversation = result.get("conversation").getAsString();
        provider.play(ProviderScript.saying("Bye"));
        client.result("qide/chat", "{'text':'More','conversation':'" + conversation + "'}");
        assertThat(provider.onlyCall().body().toString()).contains("Hello, Ann").contains("More");
        var history =
                client.result("qide/conversationHistory", "{'conversation':'" + conversation + "'}")
                        .getAsJsonObject();
        assertThat(history.get("title").getAsString()).isEqualTo("Hi!");
        assertThat(history.getAsJsonArray("messages")).hasSize(4);
        assertThat(client.result("qide/conversationList", "{}").toString()).contains(conversation);
    }

    @Test
    void a_character_that_the_database_cannot_store_is_replaced() {
        provider.play(ProviderScript.saying("\0"));
        provider.playNext(
                ProviderScript.of(
                        List.of(
                                new Piece.Text("a\0b"),
                                new Piece.ToolCall("c", "no\0tool", "{}"))));
        var conversation =
                chat("{'text':'\\u0000Hi!','tools':true}").get("conversation").getAsString();
        var history =
                client.result("qide/conversationHistory", "{'conversation':'" + conversation + "'}")
                        .getAsJsonObject();
        assertThat(history.get("title").getAsString()).isEqualTo("\uFFFDHi!");
        assertThat(history.getAsJsonArray("messages")).hasSize(2);
        assertThat(history.toString()).contains("a\uFFFDb").doesNotContain("\\u0000");
    }

    @Test
    void questions_of_the_same_moment_are_all_kept() {
        provider.play(ProviderScript.saying("ok"));
        var conversation = chat("{'text':'Hi!'}").get("conversation").getAsString();
        var tabs = Stream.generate(() -> newClient(server.token())).limit(TABS).toList();
        for (int tab = 0; tab < TABS; tab++) {
            tabs.get(tab)
                    .ask(
                            "qide/chat",
                            "{'text':'from tab %d','conversation':'%s'}"
                                    .formatted(tab, conversation));
        }
        await(() -> {
            var history =
                    client.result(
                                    "qide/conversationHistory",
                                    "{'conversation':'" + conversation + "'}")
                            .toString();
            return IntStream.range(0, TABS).allMatch(tab -> history.contains("from tab " + tab));
        });
        tabs.forEach(TestClient::close);
    }

    @Test
    void another_person_neither_sees_nor_continues_a_conversation() throws Exception {
        provider.play(ProviderScript.saying("secret"));
        var conversation = chat("{'text':'Hi!'}").get("conversation").getAsString();
        var params = "{'conversation':'" + conversation + "'}";
        try (var other = newClient(server.tokenOf("bob", Scope.EDIT, Scope.AI))) {
            assertThat(other.result("qide/conversationList", "{}").toString())
                    .doesNotContain(conversation);
            assertThat(errorCode(other.answer("qide/conversationHistory", params))).isEqualTo(1402);
            assertThat(errorCode(other.answer("qide/conversationDelete", params))).isEqualTo(1402);
            assertThat(
                            errorCode(
                                    other.answer(
                                            "qide/chat",
                                            "{'text':'x','conversation':'" + conversation + "'}")))
                    .isEqualTo(1402);
        }
        try (var other = newClient(server.tokenOf("vic", Scope.EDIT))) {
            assertThat(errorCode(other.answer("qide/chat", "{'text':'x'}"))).isEqualTo(1001);
        }
        assertThat(client.answer("qide/conversationDelete", params).has("error")).isFalse();
        assertThat(errorCode(client.answer("qide/conversationHistory", params))).isEqualTo(1402);
    }

    @Test
    void a_cancelled_turn_ends_upstream_and_keeps_its_text() {
        provider.play(ProviderScript.saying("slow").with(Fault.STALLS, 1));
        int id = client.ask("qide/chat", "{'text':'Hi!'}");
        var conversation = delta(client).get("conversation").getAsString();
        client.tell("$/cancelRequest", "{'id':" + id + "}");

        assertThat(errorCode(answer(client, id))).isEqualTo(-32800);
        await(() -> provider.abandoned() == 1);
        assertThat(client.result("qide/conversationList", "{}").toString()).contains(conversation);
        assertThat(
                        client.result(
                                        "qide/conversationHistory",
                                        "{'conversation':'" + conversation + "'}")
                                .toString())
                .contains("{\"role\":\"assistant\",\"text\":\"slow\",\"isWhole\":false}");
    }

    @Test
    void a_newer_turn_of_the_conversation_ends_the_older_one() {
        provider.play(ProviderScript.saying("a"));
        var conversation = chat("{'text':'Hi!'}").get("conversation").getAsString();
        var params = "{'text':'More','conversation':'" + conversation + "'}";
        int older = askAndWaitForTheModel(params);
        provider.playNext(ProviderScript.saying("new"));
        int newer = client.ask("qide/chat", params);

        assertThat(errorCode(answer(client, older))).isEqualTo(-32802);
        assertThat(answer(client, newer).has("result")).isTrue();
        await(() -> provider.abandoned() == 1);
    }

    @Test
    void a_turn_goes_on_at_another_socket() {
        provider.play(ProviderScript.repeating("word ", 40).every(Duration.ofMillis(100)));
        client.ask("qide/chat", "{'text':'Hi!'}");
        var seen = delta(client);
        client.close();

        try (var next = newClient(server.token())) {
            int id =
                    next.ask(
                            "qide/conversationResume",
                            "{'conversation':'"
                                    + seen.get("conversation").getAsString()
                                    + "','after':1}");
            for (int sequence = 2; sequence <= 40; sequence++) {
                assertThat(delta(next).get("sequence").getAsInt()).isEqualTo(sequence);
            }
            assertThat(answer(next, id).getAsJsonObject("result").get("sequence").getAsInt())
                    .isEqualTo(40);
        }
        assertThat(provider.abandoned()).isZero();
    }

    @Test
    void a_turn_that_nobody_resumes_ends_upstream() {
        askAndWaitForTheModel("{'text':'Hi!'}");
        client.close();

        await(() -> provider.abandoned() == 1);
    }

    @Test
    void a_server_that_leaves_a_workspace_stores_the_answers_first(@TempDir Path directory)
            throws IOException {
        provider.play(ProviderScript.saying("slow").with(Fault.STALLS, 1));
        try (var leaving = startServer(directory);
                var editor = newClient(leaving, leaving.token());
                var next = TestServer.startBeside(leaving)) {
            editor.ask("qide/chat", "{'text':'Hi!'}");
            var conversation = delta(editor).get("conversation").getAsString();
            var params = "{'conversation':'" + conversation + "'}";
            leaving.setDraining(true);
            assertThat(editor.closeCode()).isEqualTo(SERVICE_RESTART);
            try (var back = newClient(next, next.token())) {
                assertThat(back.result("qide/conversationHistory", params).toString())
                        .contains("{\"role\":\"assistant\",\"text\":\"slow\",\"isWhole\":false}");
            }
        }
        await(() -> provider.abandoned() == 1);
    }

    @Test
    void a_provider_that_fails_is_a_named_failure() {
        provider.play(ProviderScript.saying("x").failing(400));
        var answer = client.answer("qide/chat", "{'text':'Hi!'}");
        assertThat(errorCode(answer)).isEqualTo(1400);
        assertThat(answer.toString()).contains("\"kind\":\"invalid-request\"");
        assertThat(errorCode(client.answer("qide/chat", "{'text':'x','model':'nobody'}")))
                .isEqualTo(1401);
        assertThat(errorCode(client.answer("qide/chat", "{}"))).isEqualTo(-32602);
        assertThat(
                        errorCode(
                                client.answer(
                                        "qide/conversationResume",
                                        "{'conversation':'x','after':0}")))
                .isEqualTo(1402);
    }

    private int askAndWaitForTheModel(String params) {
        provider.play(ProviderScript.saying("slow").with(Fault.STALLS, 1));
        int id = client.ask("qide/chat", params);
        delta(client);
        return id;
    }

    private JsonObject chat(String params) {
        return client.result("qide/chat", params).getAsJsonObject();
    }

    private static JsonObject delta(TestClient client) {
        return client.await(message -> isNotification(message, "qide/chatDelta"))
                .getAsJsonObject("params");
    }

    private static JsonObject answer(TestClient client, int id) {
        return client.await(message ->
                message.has("id") && message.get("id").toString().equals(Integer.toString(id)));
    }
}

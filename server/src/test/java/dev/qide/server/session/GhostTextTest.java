package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `textDocument/inlineCompletion` on `/ws/{ws}`, over a real server and a provider that follows a
/// script. The documents are plain text, so that no language server is in the way.
class GhostTextTest {
    private static final String FILE = "file:///home/ann/project/src/notes.txt";
    @TempDir static Path workspace;
    private static ScriptedProvider model;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        model = new ScriptedProvider();
        server = TestServer.startWithModel(workspace, model.url());
    }

    @AfterAll
    static void stop() {
        server.close();
        model.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/demo"), server.token());
        var capabilities =
                client.initialize("file:///home/ann/project").getAsJsonObject("capabilities");
        assertThat(capabilities.get("inlineCompletionProvider").getAsBoolean()).isTrue();
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void the_model_receives_the_text_around_the_caret_and_its_answer_is_shown_there() {
        model.play(ProviderScript.saying("b", "c"));
        client.open(FILE, "plaintext", "one\n2\n");
        change(1, 0, "a😀d");
        var result = client.result("textDocument/inlineCompletion", at(1, 3)).getAsJsonObject();

        var item = result.getAsJsonArray("items").get(0).getAsJsonObject();
        assertThat(item.get("insertText").getAsString()).isEqualTo("bc");
        assertThat(item.getAsJsonObject("range").getAsJsonObject("start"))
                .isEqualTo(item.getAsJsonObject("range").getAsJsonObject("end"))
                .hasToString("{\"line\":1,\"character\":3}");
        assertThat(model.requests())
                .singleElement()
                .asString()
                .contains("\"prompt\":\"one\\na😀\"", "\"suffix\":\"d2\\n\"");
    }

    @Test
    void a_model_without_a_suggestion_gives_an_empty_list() {
        model.play(ProviderScript.saying(""));
        client.open(FILE, "plaintext", "text");

        assertThat(client.result("textDocument/inlineCompletion", at(0, 4)))
                .hasToString("{\"items\":[]}");
    }

    @Test
    void an_accepted_suggestion_is_counted_once_for_its_model() throws Exception {
        model.play(ProviderScript.saying("text"));
        client.open(FILE, "plaintext", "some ");
        long shown = counted("shown");
        long accepted = counted("accepted");
        var suggested = client.result("textDocument/inlineCompletion", at(0, 5));
        assertThat(counted("shown")).isEqualTo(shown + 1);
        assertThat(counted("accepted")).isEqualTo(accepted);

        // As an editor that knows nothing of Q-IDE executes it.
        var command = commandOf(suggested);
        var execution = execution(command.get("command"), command.get("arguments"));
        assertThat(client.result("workspace/executeCommand", execution).isJsonNull()).isTrue();
        assertThat(counted("accepted")).isEqualTo(accepted + 1);
        assertThat(client.result("workspace/executeCommand", execution).isJsonNull())
                .as("a second time")
                .isTrue();
        assertThat(counted("accepted")).isEqualTo(accepted + 1);
        assertThat(used("completionsShown")).isEqualTo(counted("shown"));
        assertThat(used("completionsAccepted")).isEqualTo(counted("accepted"));
    }

    @Test
    void the_command_of_accepted_suggestions_is_announced() {
        try (var other = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            var capabilities =
                    other.initialize("file:///home/ann/project").getAsJsonObject("capabilities");
            assertThat(
                            capabilities
                                    .getAsJsonObject("executeCommandProvider")
                                    .getAsJsonArray("commands")
                                    .toString())
                    .contains("\"qide.completionAccepted\"", "\"pyright.organizeimports\"");
        }
    }

    @Test
    void a_suggestion_of_an_earlier_connection_is_not_counted() throws Exception {
        model.play(ProviderScript.saying("text"));
        client.open(FILE, "plaintext", "some ");
        var command = commandOf(client.result("textDocument/inlineCompletion", at(0, 5)));
        long accepted = counted("accepted");
        client.close();
        connect();

        var execution = execution(command.get("command"), command.get("arguments"));
        assertThat(client.result("workspace/executeCommand", execution).isJsonNull()).isTrue();
        assertThat(counted("accepted")).isEqualTo(accepted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "[1]", "[null]", "[{}]", "['a','b']", "'a'"})
    void an_acceptance_with_other_arguments_is_refused(String arguments) {
        var answer =
                client.answer(
                        "workspace/executeCommand",
                        "{'command':'qide.completionAccepted','arguments':" + arguments + "}");
        assertThat(errorCode(answer)).isEqualTo(-32602);
        assertThat(answer.toString()).contains("\"reason\":\"arguments\"");
    }

    @Test
    void whoever_may_use_models_may_report_an_acceptance() throws Exception {
        var execution = "{'command':'qide.completionAccepted','arguments':['unknown']}";
        var reader = server.tokenOf("reader", Scope.READ, Scope.AI);
        try (var other = TestClient.connect(server.ws("/ws/demo"), reader)) {
            other.initialize(null);
            assertThat(other.result("workspace/executeCommand", execution).isJsonNull()).isTrue();
            var edit = "{'command':'pyright.organizeimports','arguments':[]}";
            assertThat(errorCode(other.answer("workspace/executeCommand", edit)))
                    .isEqualTo(Failure.FORBIDDEN.code());
        }
        var editor = server.tokenOf("editor", Scope.EDIT);
        try (var other = TestClient.connect(server.ws("/ws/demo"), editor)) {
            other.initialize(null);
            assertThat(errorCode(other.answer("workspace/executeCommand", execution)))
                    .isEqualTo(Failure.FORBIDDEN.code());
        }
    }

    @Test
    void a_newer_request_ends_the_older_one_and_its_call() {
        int older = askAndWaitForTheModel();
        model.playNext(ProviderScript.saying("new"));
        int newer = client.ask("textDocument/inlineCompletion", at(0, 2));

        assertThat(errorCode(answer(older))).isEqualTo(-32802);
        assertThat(answer(newer).toString()).contains("\"new\"");
        await(() -> model.abandoned() == 1);
    }

    @Test
    void a_change_of_the_text_ends_the_request_and_its_call_at_once() {
        int id = askAndWaitForTheModel();
        change(0, 0, "x");

        assertThat(errorCode(answer(id))).isEqualTo(-32801);
        await(() -> model.abandoned() == 1);
    }

    @Test
    void a_change_of_another_text_leaves_the_request_alone() {
        int id = askAndWaitForTheModel();
        client.open(FILE + "2", "plaintext", "text");
        client.tell(
                "textDocument/didChange",
                "{'textDocument':{'uri':'%s2','version':2},'contentChanges':[{'text':'x'}]}"
                        .formatted(FILE));
        client.tell("$/cancelRequest", "{'id':" + id + "}");

        assertThat(errorCode(answer(id))).as("cancelled, not outdated").isEqualTo(-32800);
        await(() -> model.abandoned() == 1);
    }

    @Test
    void a_cancelled_request_is_answered_once_and_its_call_is_left() {
        int id = askAndWaitForTheModel();
        client.tell("$/cancelRequest", "{'id':" + id + "}");

        assertThat(errorCode(answer(id))).isEqualTo(-32800);
        client.tell("$/cancelRequest", "{'id':" + id + "}");
        await(() -> model.abandoned() == 1);
        assertThat(errorCode(client.answer("nonsense", "{}"))).isEqualTo(-32601);
        assertThat(client.unread()).isZero();
    }

    @Test
    void closing_the_document_ends_the_request() {
        int id = askAndWaitForTheModel();
        client.tell("textDocument/didClose", "{'textDocument':{'uri':'" + FILE + "'}}");

        assertThat(errorCode(answer(id))).isEqualTo(-32801);
        await(() -> model.abandoned() == 1);
    }

    @Test
    void an_editor_that_goes_away_leaves_no_call_behind() {
        askAndWaitForTheModel();
        client.close();

        await(() -> model.abandoned() == 1);
    }

    @Test
    void a_provider_that_fails_is_a_named_failure() {
        model.play(ProviderScript.saying("x").failing(503));
        client.open(FILE, "plaintext", "text");
        var answer = client.answer("textDocument/inlineCompletion", at(0, 1));

        assertThat(errorCode(answer)).isEqualTo(1400);
        assertThat(answer.getAsJsonObject("error").get("data"))
                .isEqualTo(
                        JsonParser.parseString(
                                """
                                {"name":"model-unavailable","tags":{"kind":"overloaded","reason":"status","status":"503"}}
                                """));
    }

    @Test
    void an_impossible_request_is_refused() {
        model.play(ProviderScript.saying("x"));

        assertThat(errorCode(client.answer("textDocument/inlineCompletion", at(0, 0))))
                .as("not open")
                .isEqualTo(-32602);
        client.open(FILE, "plaintext", "text");
        assertThat(errorCode(client.answer("textDocument/inlineCompletion", at(5, 0))))
                .as("no such line")
                .isEqualTo(-32602);
        assertThat(errorCode(client.answer("textDocument/inlineCompletion", "{}")))
                .isEqualTo(-32602);
        assertThat(errorCode(client.answer("textDocument/inlineCompletion", "null")))
                .isEqualTo(-32602);
        assertThat(errorCode(client.answer("textDocument/inlineCompletion", "{'position':7}")))
                .isEqualTo(-32602);
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void a_text_that_is_not_known_for_certain_any_more_is_not_completed() {
        model.play(ProviderScript.saying("x"));
        client.open(FILE, "plaintext", "text");
        change(7, 0, "y");

        assertThat(errorCode(client.answer("textDocument/inlineCompletion", at(0, 1))))
                .isEqualTo(-32602);
        client.tell("textDocument/didChange", "{}");
        client.open(FILE, "plaintext", "text");
        assertThat(client.result("textDocument/inlineCompletion", at(0, 1)).toString())
                .contains("\"x\"");
    }

    /// Sends a request, and returns when the model has sent its first word and stalls.
    private int askAndWaitForTheModel() {
        model.play(ProviderScript.saying("slow").with(Fault.STALLS, 1));
        client.open(FILE, "plaintext", "text");
        int id = client.ask("textDocument/inlineCompletion", at(0, 1));
        await(() -> !model.requests().isEmpty());
        return id;
    }

    private static JsonObject commandOf(JsonElement suggested) {
        var item = suggested.getAsJsonObject().getAsJsonArray("items").get(0).getAsJsonObject();
        return item.getAsJsonObject("command");
    }

    private static String execution(JsonElement command, JsonElement arguments) {
        return "{\"command\":" + command + ",\"arguments\":" + arguments + "}";
    }

    /// The number of completions of the only model that were shown or accepted so far.
    private static long counted(String what) throws Exception {
        var series = "qide_ai_completions_" + what + "_total{model=\"scripted\",} ";
        return server.scrape()
                .lines()
                .filter(line -> line.startsWith(series))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(series.length())))
                .sum();
    }

    /// The same by `GET /api/usage`.
    private static long used(String what) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(server.http("/api/usage"))
                            .header("Authorization", "Bearer " + server.token())
                            .build();
            var body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return JsonParser.parseString(body)
                    .getAsJsonObject()
                    .getAsJsonArray("entries")
                    .asList()
                    .stream()
                    .mapToLong(entry -> entry.getAsJsonObject().get(what).getAsLong())
                    .sum();
        }
    }

    private JsonObject answer(int id) {
        return client.await(message ->
                message.has("id") && message.get("id").toString().equals(Integer.toString(id)));
    }

    private void change(int line, int character, String text) {
        var position = "{'line':" + line + ",'character':" + character + "}";
        client.tell(
                "textDocument/didChange",
                "{'textDocument':{'uri':'%s','version':2},'contentChanges':[{'range':{'start':%s,'end':%s},'text':'%s'}]}"
                        .formatted(FILE, position, position, text));
    }

    private static String at(int line, int character) {
        return "{'textDocument':{'uri':'%s'},'position':{'line':%d,'character':%d},'context':{'triggerKind':1}}"
                .formatted(FILE, line, character);
    }
}

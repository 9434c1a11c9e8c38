package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Diagnostics on `/ws` of a client that pulls them (LSP 3.18, "Pull Diagnostics"): with the real
/// servers of JSON, HTML, CSS, Markdown and ESLint, and with fakes.
class PulledDiagnosticsTest {
    private static final String FAKES =
            """
            {"servers":[
            {"id":"pulled","title":"Pulled","language":"pulled","languageIds":["pulled"],"files":["*.q"],
             "command":["${node}","${workspace}/fake.mjs","pulled"],"runsProjectCode":true,
             "capabilities":{"codeActionProvider":true,"diagnosticProvider":{"identifier":"own"}}},
            {"id":"companion","title":"Companion","language":"companion","languageIds":[],"files":[],
             "auxiliaryFor":["pulled"],"requiredFiles":["companion.on"],
             "command":["${node}","${workspace}/fake.mjs","companion"],"runsProjectCode":true,
             "capabilities":{"codeActionProvider":true,"diagnosticProvider":{}}}]}
            """;
    private static final String URI = "file:///a.q";
    private static final String PULL = "textDocument/diagnostic";
    private static final String PUBLISH = "textDocument/publishDiagnostics";
    private static final String UNREGISTER = "client/unregisterCapability";
    private static final String REFRESH = "workspace/diagnostic/refresh";
    private static final int LANGUAGE_STOPPED = 1303;
    private static final int STARTS = 3;

    @TempDir static Path folder;
    private static Path workspace;
    private static TestServer server;

    private TestClient client;
    private JsonArray registrations;

    @BeforeAll
    static void start() throws IOException {
        workspace = Files.createDirectory(folder.resolve("workspace"));
        server = FakeServers.start(workspace, folder.resolve("fakes.json"), FAKES);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.result(
                "initialize",
                "{'processId':null,'rootUri':null,'capabilities':{'workspace':{'applyEdit':true,'diagnostics':{'refreshSupport':true}},"
                        + "'textDocument':{'diagnostic':{'dynamicRegistration':true}}}}");
        client.tell("initialized", "{}");
        var request = client.await(message -> isCall(message, "client/registerCapability"));
        registrations = request.getAsJsonObject("params").getAsJsonArray("registrations");
    }

    @AfterEach
    void leave() throws IOException {
        client.close();
        Files.deleteIfExists(workspace.resolve("unknown-companion"));
        Files.deleteIfExists(workspace.resolve("die-companion"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "json, a.json, json, {\"a\": 1 1}, Expected comma",
                "css, a.css, css, a { colr: red }, Unknown property",
                "html, a.html, html, <style>a { colr: red }</style>, Unknown property",
                "markdown, a.md, markdown, [a](nowhere.md), nowhere.md"
            })
    void a_server_that_answers_pulls_is_pulled_and_pushes_nothing(
            String language, String file, String identifier, String text, String expected) {
        var uri = "file:///" + file;
        assertThat(registration(language).get("identifier").getAsString()).isEqualTo(identifier);
        client.open(uri, language, text);

        var received = new ArrayList<JsonObject>();
        var report = pull(uri, identifier, received);

        assertThat(report.get("items").toString()).contains(expected);
        assertThat(received)
                .noneMatch(message -> isNotification(message, PUBLISH))
                .noneMatch(message -> isCall(message, UNREGISTER));
    }

    @Test
    void eslint_is_pulled_beside_typescript_which_pushes() {
        var uri = "file:///a.js";
        assertThat(registration("eslint").get("documentSelector").toString())
                .contains("javascript", "**/*.js");
        client.open(uri, "javascript", "// @ts-check\nvar a = 1;\na.b();\n");

        var ofEslint = pull(uri, "eslint", new ArrayList<>()).get("items").toString();
        var ofOther = pull(uri, "json", new ArrayList<>()).getAsJsonArray("items");
        client.tell(
                "textDocument/didChange",
                "{'textDocument':{'uri':'"
                        + uri
                        + "','version':2},'contentChanges':[{'text':'// @ts-check\\nvar a = 1;\\na.c();\\n'}]}");
        var pushed = client.diagnostics(uri, found -> found.toString().contains("'c'"));

        assertThat(ofEslint).contains("no-var").doesNotContain("'b'");
        assertThat(ofOther).isEmpty();
        assertThat(pushed.toString()).doesNotContain("no-var");
    }

    @Test
    void two_servers_of_a_document_are_pulled_together_or_by_identifier() {
        client.open(URI, "pulled", "bad");

        var own = pull(URI, "own", new ArrayList<>());
        var companion = pull(URI, "companion", new ArrayList<>());
        // Both have started; the response waits half a second for the second one.
        var reports = new ArrayList<JsonObject>();
        await(() -> {
            reports.add(pull(URI, null, new ArrayList<>()));
            return reports.getLast().get("items").toString().contains("companion says");
        });
        var both = reports.getLast();

        assertThat(both.get("items").toString()).contains("pulled says", "companion says");
        assertThat(both.has("resultId")).isFalse();
        assertThat(own.get("items").toString()).contains("pulled").doesNotContain("companion");
        // The fakes name the parameters that they got.
        assertThat(own.get("resultId").getAsString())
                .isEqualTo("identifier,previousResultId,textDocument");
        assertThat(companion.get("items").toString()).contains("companion says");
        assertThat(companion.get("resultId").getAsString())
                .isEqualTo("previousResultId,textDocument");
    }

    @Test
    void a_server_that_does_not_know_pulls_after_all_is_no_longer_pulled() throws IOException {
        client.open(URI, "pulled", "bad");
        Files.createFile(workspace.resolve("unknown-companion"));

        var received = new ArrayList<JsonObject>();
        var report = pull(URI, "companion", received);

        assertThat(report.getAsJsonArray("items")).isEmpty();
        assertThat(received)
                .anyMatch(message ->
                        isCall(message, UNREGISTER)
                                && message.toString().contains("qide:companion:" + PULL));
    }

    @Test
    void a_refresh_of_a_server_reaches_the_client() {
        client.open(URI, "pulled", "bad");
        int id =
                client.ask(
                        "fake/ask",
                        "{'textDocument':{'uri':'" + URI + "'},'method':'" + REFRESH + "'}");

        var request = client.await(message -> isCall(message, REFRESH));
        client.text("{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"result\":null}");

        assertThat(client.await(message -> isAnswer(message, id)).has("result")).isTrue();
    }

    @Test
    void after_a_restart_of_a_server_the_client_pulls_again() throws IOException {
        client.open(URI, "pulled", "bad");
        pull(URI, "companion", new ArrayList<>());
        Files.createFile(workspace.resolve("die-companion"));
        client.ask(
                "textDocument/codeAction",
                "{'textDocument':{'uri':'"
                        + URI
                        + "'},'range':{'start':{'line':0,'character':0},'end':{'line':0,'character':3}},'context':{'diagnostics':[]}}");

        client.await(message -> isCall(message, REFRESH));
        Files.delete(workspace.resolve("die-companion"));

        // The code action that ended the server is sent to its successor once more.
        var answer = answer(URI, "companion", new ArrayList<>());
        for (int i = 0; i < STARTS && isStopped(answer); i++) {
            answer = answer(URI, "companion", new ArrayList<>());
        }
        assertThat(answer.toString()).contains("companion says bad");
    }

    private static boolean isStopped(JsonObject answer) {
        return answer.has("error") && TestClient.errorCode(answer) == LANGUAGE_STOPPED;
    }

    private JsonObject registration(String language) {
        return registrations.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(one -> one.get("id").getAsString().equals("qide:" + language + ":" + PULL))
                .map(one -> one.getAsJsonObject("registerOptions"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(language + " is not registered"));
    }

    /// @param received gets the answer and all messages before it
    private JsonObject pull(String uri, @Nullable String identifier, List<JsonObject> received) {
        var answer = answer(uri, identifier, received);
        assertThat(answer.has("result")).as("%s", answer).isTrue();
        return answer.getAsJsonObject("result");
    }

    private JsonObject answer(String uri, @Nullable String identifier, List<JsonObject> received) {
        var named = identifier == null ? "" : ",'identifier':'" + identifier + "'";
        int id =
                client.ask(
                        PULL,
                        "{'textDocument':{'uri':'"
                                + uri
                                + "'}"
                                + named
                                + ",'previousResultId':'none'}");
        return client.await(message -> {
            received.add(message);
            return isAnswer(message, id);
        });
    }

    private static boolean isAnswer(JsonObject message, int id) {
        return !message.has("method")
                && message.has("id")
                && message.get("id").toString().equals("" + id);
    }

    private static boolean isCall(JsonObject message, String method) {
        return message.has("id")
                && message.has("method")
                && message.get("method").getAsString().equals(method);
    }
}

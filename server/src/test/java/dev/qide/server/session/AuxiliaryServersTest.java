package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A document of `/ws` with two language servers: the real ESLint beside TypeScript, and two that
/// misbehave on request.
class AuxiliaryServersTest {
    private static final String FAKES =
            """
            {"servers":[
            {"id":"primary","title":"Primary","language":"primary","languageIds":["primary"],"files":["*.p"],
             "command":["${node}","${workspace}/fake.mjs","primary"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true,"codeActionProvider":true}},
            {"id":"companion","title":"Companion","language":"companion","languageIds":[],"files":[],
             "auxiliaryFor":["primary"],"requiredFiles":["companion.on"],"watchedFiles":["companion.on"],
             "command":["${node}","${workspace}/fake.mjs","companion"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true,
              "codeActionProvider":{"codeActionKinds":["quickfix","source.fixAll.companion"]},
              "executeCommandProvider":{"commands":
               ["companion.run","companion.count","companion.changed","companion.kinds"]}}}]}
            """;
    private static final String URI = "file:///a.p";
    private static final String RANGE =
            "'range':{'start':{'line':0,'character':0},'end':{'line':0,'character':3}},'context':{'diagnostics':[]}";
    private static final String FIX_ALL = "source.fixAll.companion";
    private static final int LANGUAGE_STOPPED = 1303;
    private static final int COMMAND_UNKNOWN = 1305;
    private static final int REQUEST_CANCELLED = -32800;
    private static final int QUESTIONS = 200;
    private static final Duration MOMENT = Duration.ofMillis(300);

    @TempDir static Path folder;
    private static Path workspace;
    private static TestServer server;

    private TestClient client;

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
        connect("");
    }

    /// @param workspaceFeatures more of `ClientCapabilities.workspace`
    private void connect(String workspaceFeatures) {
        client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.result(
                "initialize",
                "{'processId':null,'rootUri':null,'capabilities':{'workspace':{'applyEdit':true"
                        + workspaceFeatures
                        + "},"
                        + "'textDocument':{'codeAction':{'codeActionLiteralSupport':{'codeActionKind':{'valueSet':['']}}}}}}");
        client.tell("initialized", "{}");
    }

    @AfterEach
    void leave() throws IOException {
        client.close();
        for (var what : new String[] {"die", "hush", "late", "repeat", "refuse", "stubborn"}) {
            Files.deleteIfExists(workspace.resolve(what + "-primary"));
            Files.deleteIfExists(workspace.resolve(what + "-companion"));
        }
        if (!Files.exists(workspace.resolve("companion.on"))) {
            Files.createFile(workspace.resolve("companion.on"));
        }
    }

    @Test
    void a_script_in_a_project_with_eslint_has_diagnostics_and_fixes_of_both_servers() {
        var uri = "file:///sub%20folder/a.js";
        client.open(uri, "javascript", "// @ts-check\nvar a = 1;\na.b();\n");

        var marks = client.diagnostics(uri, found -> isFrom(found, "eslint", "typescript"));
        assertThat(marks.toString()).contains("no-var", "'b' does not exist");

        var fix = eslintFix(uri, marks);
        int id = client.ask("workspace/executeCommand", fix.getAsJsonObject("command").toString());
        var asked = client.await(message -> isRequest(message, "workspace/applyEdit"));
        assertThat(asked.getAsJsonObject("params").toString()).contains("let", uri);
        client.text(
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + asked.get("id")
                        + ",\"result\":{\"applied\":true}}");
        assertThat(client.await(message -> isAnswer(message, id)).has("result")).isTrue();
        assertThat(client.result("codeAction/resolve", fix.toString())).isEqualTo(fix);
        assertThat(client.result("textDocument/codeAction", actionsIn(uri, "source.fixAll.eslint")))
                .asString()
                .contains("Fix all fixable ESLint issues", "documentChanges");

        client.tell(
                "textDocument/didChange",
                "{'textDocument':{'uri':'"
                        + uri
                        + "','version':2},'contentChanges':[{'text':'// @ts-check\\nlet a = 1;\\na.b();\\n'}]}");
        client.diagnostics(uri, found -> isFrom(found, "typescript") && !isFrom(found, "eslint"));
    }

    @Test
    void diagnostics_of_both_are_one_set_until_the_document_is_closed() {
        openBad();

        change("good");
        client.diagnostics(URI, JsonArray::isEmpty);
        change("bad too");
        marked("primary says bad too", "companion says bad too");
        client.tell("textDocument/didClose", "{'textDocument':{'uri':'" + URI + "'}}");
        client.diagnostics(URI, found -> !found.toString().contains("companion"));
    }

    @Test
    void without_its_configuration_an_auxiliary_server_does_not_run() throws IOException {
        Files.delete(workspace.resolve("companion.on"));
        client.open(URI, "primary", "bad");

        client.diagnostics(URI, found -> found.toString().contains("primary"));
        assertThat(titles(actions())).isEqualTo("primary");
        client.tell("textDocument/didClose", "{'textDocument':{'uri':'" + URI + "'}}");
    }

    @Test
    void actions_of_both_are_one_list_and_a_command_goes_to_who_announced_it() throws IOException {
        openBad();

        // The list waits half a second for the auxiliary server.
        await(() -> titles(actions()).equals("primary companion"));
        assertThat(
                        client.result("workspace/executeCommand", "{'command':'companion.run'}")
                                .getAsString())
                .isEqualTo("carried out by companion");
        assertThat(errorCode(client.answer("workspace/executeCommand", "{'command':'other'}")))
                .isEqualTo(COMMAND_UNKNOWN);
        create("repeat-companion");
        create("repeat-primary");
        await(() -> titles(actions()).equals("primary companion"));
    }

    @Test
    void a_command_that_is_not_declared_is_registered_when_its_server_has_started() {
        client.close();
        connect(",'executeCommand':{'dynamicRegistration':true}");
        client.open(URI, "primary", "good");

        var asked = client.await(message -> isRequest(message, "client/registerCapability"));
        assertThat(asked.getAsJsonObject("params").toString())
                .contains("workspace/executeCommand", "[\"primary.run\"]");
        assertThat(
                        client.result("workspace/executeCommand", "{'command':'primary.run'}")
                                .getAsString())
                .isEqualTo("carried out by primary");
    }

    @Test
    void a_silent_auxiliary_server_delays_one_answer_and_no_other() throws IOException {
        openBad();
        create("hush-companion");

        long asked = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            int id = askActions();
            assertThat(titles(client.await(message -> isAnswer(message, id)))).isEqualTo("primary");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(9));
    }

    @Test
    void a_save_waits_for_the_fixes_of_a_slow_auxiliary_server() throws IOException {
        openBad();
        create("late-companion");

        assertThat(titles(actions(FIX_ALL))).isEqualTo("primary companion");
    }

    @Test
    void a_save_reaches_an_auxiliary_server_that_has_not_answered_yet() throws IOException {
        openBad();
        create("hush-companion");
        assertThat(titles(actions())).isEqualTo("primary");
        Files.delete(workspace.resolve("hush-companion"));

        assertThat(titles(actions(FIX_ALL))).isEqualTo("primary companion");
    }

    @Test
    void an_auxiliary_server_is_asked_only_for_kinds_of_actions_that_it_has() throws IOException {
        openBad();

        assertThat(titles(actions("source.organizeImports"))).isEqualTo("primary");
        assertThat(titles(actions("source.fixAll"))).isEqualTo("primary companion");
        assertThat(titles(actions(FIX_ALL + ".now"))).isEqualTo("primary companion");
        assertThat(client.result("workspace/executeCommand", "{'command':'companion.kinds'}"))
                .hasToString("[[\"source.fixAll\"],[\"source.fixAll.companion.now\"]]");
    }

    @Test
    void a_cancelled_save_does_not_wait_for_a_silent_auxiliary_server() throws IOException {
        openBad();
        create("hush-companion");
        create("stubborn-companion");
        int id = askActions(FIX_ALL);
        client.tell("$/cancelRequest", "{'id':" + id + "}");

        assertThat(errorCode(onlyAnswer(id))).isEqualTo(REQUEST_CANCELLED);
    }

    @Test
    void a_server_is_notified_only_of_changes_of_the_files_that_it_watches() throws IOException {
        openBad();
        write("other.txt");
        Files.createDirectory(workspace.resolve("before"));
        write("before/companion.on");
        Files.move(workspace.resolve("before"), workspace.resolve("after"));
        awaitChanges("before/companion.on", "after/companion.on");

        var changes =
                client.result("workspace/executeCommand", "{'command':'companion.changed'}")
                        .getAsJsonArray();
        assertThat(changes.asList())
                .extracting(JsonElement::toString)
                .contains(
                        "{\"uri\":\"file:///before/companion.on\",\"type\":3}",
                        "{\"uri\":\"file:///after/companion.on\",\"type\":1}")
                .allMatch(change -> change.contains("/companion.on\""));
    }

    @Test
    void a_crashed_auxiliary_server_loses_only_its_own_diagnostics_until_its_restart()
            throws IOException {
        openBad();
        create("die-companion");

        int id = askActions();
        var answers = new ArrayList<JsonObject>();
        client.await(message -> {
            if (isAnswer(message, id)) {
                answers.add(message);
            }
            return isNotification(message, "textDocument/publishDiagnostics")
                    && !message.toString().contains("companion");
        });
        answers.add(
                answers.isEmpty()
                        ? client.await(message -> isAnswer(message, id))
                        : answers.removeFirst());
        assertThat(titles(answers.getFirst())).isEqualTo("primary");
        Files.delete(workspace.resolve("die-companion"));
        marked("primary says bad", "companion says bad");
        isNotAnsweredAgain(id);
    }

    @Test
    void a_request_that_crashes_the_primary_twice_fails_once() throws IOException {
        openBad();
        create("die-primary");

        int id = askActions();
        assertThat(errorCode(client.await(message -> isAnswer(message, id))))
                .isEqualTo(LANGUAGE_STOPPED);
        Files.delete(workspace.resolve("die-primary"));
        marked("primary says bad", "companion says bad");
        isNotAnsweredAgain(id);
    }

    @Test
    void a_cancelled_request_to_a_silent_primary_is_answered_once() throws IOException {
        openBad();
        create("hush-primary");
        int id = askActions();
        client.tell("$/cancelRequest", "{'id':" + id + "}");

        assertThat(errorCode(onlyAnswer(id))).isEqualTo(REQUEST_CANCELLED);
    }

    @Test
    void a_server_that_fails_every_request_is_not_asked_in_a_loop() throws IOException {
        create("refuse-companion");
        client.open("file:///b.p", "primary", "good");
        client.open(URI, "primary", "bad");
        client.diagnostics(URI, found -> found.toString().contains("primary"));
        int asked = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            asked =
                    client.result("workspace/executeCommand", "{'command':'companion.count'}")
                            .getAsInt();
        }
        assertThat(asked).isBetween(2, QUESTIONS / 5);

        Files.delete(workspace.resolve("refuse-companion"));
        marked("primary says bad", "companion says bad");
    }

    private void openBad() {
        client.open(URI, "primary", "bad");
        marked("primary says bad", "companion says bad");
    }

    private void marked(String... messages) {
        client.diagnostics(
                URI,
                found -> {
                    var text = found.toString();
                    return found.size() == messages.length
                            && java.util.Arrays.stream(messages).allMatch(text::contains);
                });
    }

    private void change(String text) {
        client.tell(
                "textDocument/didChange",
                "{'textDocument':{'uri':'"
                        + URI
                        + "','version':2},'contentChanges':[{'text':'"
                        + text
                        + "'}]}");
    }

    private int askActions() {
        return client.ask(
                "textDocument/codeAction", "{'textDocument':{'uri':'" + URI + "'}," + RANGE + "}");
    }

    private int askActions(String kind) {
        return client.ask("textDocument/codeAction", actionsIn(URI, kind));
    }

    private static String actionsIn(String uri, String kind) {
        return "{'textDocument':{'uri':'"
                + uri
                + "'},"
                + RANGE.replace("[]", "[],'only':['" + kind + "']")
                + "}";
    }

    private JsonObject actions() {
        return onlyAnswer(askActions());
    }

    private JsonObject actions(String kind) {
        return onlyAnswer(askActions(kind));
    }

    /// The one answer to a request; messages of servers after it are not answers.
    private JsonObject onlyAnswer(int id) {
        var answer = client.await(message -> isAnswer(message, id));
        client.result(
                "textDocument/hover",
                "{'textDocument':{'uri':'" + URI + "'},'position':{'line':0,'character':0}}");
        isNotAnsweredAgain(id);
        return answer;
    }

    private void isNotAnsweredAgain(int id) {
        assertThatThrownBy(() -> client.await(message -> isAnswer(message, id), MOMENT))
                .isInstanceOf(AssertionError.class);
    }

    /// ESLint's own fix, which stands beside TypeScript's actions.
    private JsonObject eslintFix(String uri, JsonArray marks) {
        var range =
                "\"range\":{\"start\":{\"line\":1,\"character\":0},\"end\":{\"line\":1,\"character\":9}}";
        var params =
                "{\"textDocument\":{\"uri\":\""
                        + uri
                        + "\"},"
                        + range
                        + ",\"context\":{\"diagnostics\":"
                        + marks
                        + "}}";
        var fixes = new ArrayList<JsonObject>();
        // The list waits half a second for ESLint; a person asks again.
        await(() -> {
            for (var action : client.result("textDocument/codeAction", params).getAsJsonArray()) {
                if (action.toString().contains("eslint.applySingleFix")) {
                    fixes.add(action.getAsJsonObject());
                }
            }
            return !fixes.isEmpty();
        });
        return fixes.getFirst();
    }

    private static boolean isFrom(JsonArray marks, String... sources) {
        return java.util.Arrays.stream(sources)
                .allMatch(source ->
                        marks.asList().stream()
                                .anyMatch(mark ->
                                        mark.toString().contains("\"source\":\"" + source)));
    }

    private static String titles(JsonObject answer) {
        var titles = new StringBuilder();
        for (var action : answer.getAsJsonArray("result")) {
            titles.append(action.getAsJsonObject().get("title").getAsString()).append(' ');
        }
        return titles.toString().trim();
    }

    private static boolean isAnswer(JsonObject message, int id) {
        return !message.has("method")
                && message.has("id")
                && message.get("id").toString().equals("" + id);
    }

    private static boolean isRequest(JsonObject message, String method) {
        return message.has("id")
                && message.has("method")
                && !isNotification(message, method)
                && message.get("method").getAsString().equals(method);
    }

    /// Writes a file as a tool does; language servers are notified before this returns.
    private void write(String path) throws IOException {
        Files.writeString(workspace.resolve(path), "text\n");
        awaitChanges(path);
    }

    /// @param paths of changed files, in any order
    private void awaitChanges(String... paths) {
        var awaited = new HashSet<>(List.of(paths));
        client.await(message -> {
            if (isNotification(message, "qide/fileChanged")) {
                awaited.remove(message.getAsJsonObject("params").get("path").getAsString());
            }
            return awaited.isEmpty();
        });
    }

    private static void create(String name) throws IOException {
        Files.createFile(workspace.resolve(name));
    }
}

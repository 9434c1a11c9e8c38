package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.telemetry.LogCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which language server an editor's message on `/ws` reaches, with real Python, TypeScript and CSS
/// servers in one session.
class RoutingTest {
    private static final String PY = "file:///main.py";
    private static final String TS = "file:///src/main.ts";
    private static final String HELPER =
            "export function helper(name: string) {\n  return name;\n}\n";
    private static final String SCRIPT =
            "import { helper } from './helper';\n\nexport const text = helper('a');\ntext.\n";
    private static final String PYTHON = "import sys\nimport os\n\nif os:\n    os.path\n";
    private static final Pattern PERSON = Pattern.compile("\"principal\":\"[0-9a-f-]{36}\"");
    private static final int COMMAND_UNKNOWN = 1305;
    private static final Duration LOADING = Duration.ofSeconds(30);

    @TempDir static Path workspace;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectory(workspace.resolve("src"));
        Files.writeString(workspace.resolve("src/helper.ts"), HELPER);
        Files.writeString(workspace.resolve("src/main.ts"), SCRIPT);
        Files.writeString(workspace.resolve("main.py"), PYTHON);
        Files.writeString(
                workspace.resolve("tsconfig.json"), "{\"compilerOptions\":{\"strict\":true}}\n");
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void a_character_that_triggers_another_server_gets_an_empty_answer() {
        initialize("", "");
        client.open(PY, "python", PYTHON);

        var colon = completion(PY, 3, 6, "'triggerKind':2,'triggerCharacter':':'");
        var dot = completion(PY, 4, 7, "'triggerKind':2,'triggerCharacter':'.'");

        assertThat(colon.isJsonNull()).isTrue();
        assertThat(items(dot)).isNotEmpty();
    }

    @Test
    void an_item_is_resolved_by_the_server_that_it_came_from() {
        initialize("", "");
        client.open(PY, "python", PYTHON);
        client.open(TS, "typescript", SCRIPT);
        var ofPython = labelled(PY, 4, 11, "path");
        var ofScript = labelled(TS, 3, 5, "toUpperCase");

        var resolvedPython = client.result("completionItem/resolve", ofPython.toString());
        var resolvedScript = client.result("completionItem/resolve", ofScript.toString());

        assertThat(resolvedPython.toString()).contains("documentation").contains("path");
        assertThat(resolvedScript.toString()).contains("toUpperCase(): string");
    }

    @Test
    void an_item_that_no_server_resolves_comes_back_as_it_is() {
        initialize("", "");
        var item = "{\"label\":\"red\",\"data\":[1,null]}";
        assertThat(client.result("completionItem/resolve", item).toString()).isEqualTo(item);
    }

    @Test
    void symbols_of_the_workspace_come_from_all_servers() {
        initialize("", "");
        client.open(PY, "python", "def text_of_python():\n    pass\n");
        client.open(TS, "typescript", SCRIPT);
        client.diagnostics(TS, marks -> !marks.isEmpty());

        // The list waits three seconds for each server.
        await(() -> {
            var symbols = client.result("workspace/symbol", "{'query':'text'}").toString();
            return Stream.of("text_of_python", "\"text\"", PY, TS).allMatch(symbols::contains);
        });
    }

    @Test
    void a_refactoring_that_is_a_command_changes_the_files() {
        initialize("", "");

        var applied = execute(extraction());

        assertThat(applied.toString()).contains("newFunction()", TS);
    }

    @Test
    void an_editor_that_announces_it_asks_for_the_name_of_what_a_refactoring_extracted() {
        initialize("", "", "'documentChanges':true", "'_typescript':{'rename':true}");
        int id = client.ask("workspace/executeCommand", extraction().toString());
        respond("workspace/applyEdit", "{\"applied\":true}");

        var params = respond("_typescript.rename", "null");

        assertThat(params.getAsJsonObject("textDocument").get("uri").getAsString()).isEqualTo(TS);
        assertThat(params.getAsJsonObject("position").toString())
                .isEqualTo("{\"line\":1,\"character\":17}");
        assertThat(client.await(message -> isAnswer(message, id)).has("error")).isFalse();
    }

    /// The command that extracts `a * 2` to a function.
    private JsonObject extraction() {
        client.open(TS, "typescript", "const a = 1 + 2;\nexport const b = a * 2;\n");
        var action =
                actions(TS, 1, 17, 22, "refactor.extract").asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .filter(found -> found.toString().contains("module scope"))
                        .filter(found -> !found.has("disabled"))
                        .findFirst()
                        .orElseThrow();
        var whole = client.result("codeAction/resolve", action.toString()).getAsJsonObject();
        return command(whole.has("command") || whole.has("edit") ? whole : action);
    }

    @Test
    void a_failed_request_and_the_socket_are_in_the_log_without_content() {
        try (var log = new LogCapture()) {
            client.close();
            connect();
            initialize("", "");
            client.open(TS, "typescript", "export const confidential = 1;\n");
            var refused =
                    client.answer("textDocument/hover", "{'textDocument':{'uri':'" + TS + "'}}");
            assertThat(refused.has("error")).isTrue();
            client.close();
            log.awaits("\"session.opened\"", "\"endpoint\":\"ws\"");
            log.awaits("\"session.closed\"", "\"closeCode\":1006", "\"milliseconds\"");
            log.awaits("\"language.answered\"", "\"textDocument/hover\"", "\"failed\"");
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("\"session."))
                    .allMatch(line -> PERSON.matcher(line).find());
            assertThat(log.lines()).noneMatch(line -> line.contains("confidential"));
        }
    }

    @Test
    void a_refactoring_that_moves_code_to_a_new_file_has_the_editor_create_it() {
        initialize("", "", "'documentChanges':true,'resourceOperations':['create']");

        var changes = movedToNewFile().getAsJsonArray("documentChanges").asList();

        assertThat(changes).hasSize(3);
        var creation = changes.stream().filter(it -> it.toString().contains("create")).findFirst();
        assertThat(creation.orElseThrow().toString()).contains("file:///src/Shade.ts");
        var text = changes.get(changes.indexOf(creation.orElseThrow()) + 1).toString();
        assertThat(text).contains("file:///src/Shade.ts", "export class Shade");
    }

    @Test
    void an_editor_that_creates_no_files_gets_the_text_of_a_new_one_all_the_same() {
        initialize("", "", "");

        var changes = movedToNewFile().getAsJsonObject("changes");

        assertThat(changes.keySet()).containsExactlyInAnyOrder(TS, "file:///src/Shade.ts");
    }

    private JsonObject movedToNewFile() {
        client.open(TS, "typescript", "export class Shade {}\nexport class Lamp {}\n");
        var action =
                actions(TS, 0, 0, 21, "refactor.move").asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .filter(found -> found.toString().contains("Move to a new file"))
                        .findFirst()
                        .orElseThrow();
        return execute(command(action)).getAsJsonObject();
    }

    @Test
    void imports_are_organised() {
        initialize("", "");
        client.open(
                TS,
                "typescript",
                "import { helper } from './helper';\nimport fs from 'fs';\nhelper('');\n");

        var action = actions(TS, 0, 0, 0, "source.organizeImports").get(0).getAsJsonObject();

        assertThat(action.get("edit").toString()).contains(TS, "import fs from");
    }

    @Test
    void imports_of_python_are_organised_by_a_command_that_pyright_does_not_announce() {
        var announced = initialize("", "");
        client.open(PY, "python", "import sys\nimport os\nprint(os, sys)\n");

        var command = new JsonObject();
        command.addProperty("command", "pyright.organizeimports");
        command.add("arguments", JsonParser.parseString("[\"" + PY + "\"]"));
        var edit = execute(command);

        assertThat(announced.getAsJsonObject("executeCommandProvider").toString())
                .contains("pyright.organizeimports");
        assertThat(edit.toString()).contains(PY, "import os\\nimport sys");
    }

    @Test
    void a_completions_edit_of_another_file_is_a_command_that_typescript_does_not_announce() {
        var announced = initialize("", "");
        client.open(TS, "typescript", SCRIPT);
        var change =
                "{'fileName':'/src/helper.ts','textChanges':[{'start':{'line':1,'offset':1},'end':{'line':1,'offset':1},'newText':'// used'}]}";
        var command = new JsonObject();
        command.addProperty("command", "_typescript.applyCompletionCodeAction");
        command.add(
                "arguments",
                JsonParser.parseString("['main.ts', [{'changes':[%s]}]]".formatted(change)));

        var edit = execute(command);

        assertThat(announced.getAsJsonObject("executeCommandProvider").toString())
                .contains("_typescript.applyCompletionCodeAction");
        assertThat(edit.toString()).contains("file:///src/helper.ts", "// used");
    }

    @Test
    void an_unknown_command_is_an_error() {
        initialize("", "");
        assertThat(errorCode(client.answer("workspace/executeCommand", "{'command':'no.such'}")))
                .isEqualTo(COMMAND_UNKNOWN);
    }

    @Test
    void a_file_about_to_be_renamed_has_its_imports_changed() {
        initialize("", "");
        client.open(TS, "typescript", SCRIPT);
        client.diagnostics(TS, marks -> !marks.isEmpty());

        var edit =
                client.result(
                        "workspace/willRenameFiles",
                        "{'files':[{'oldUri':'file:///src/helper.ts','newUri':'file:///src/helpers.ts'}]}");

        assertThat(edit.toString()).contains(TS, "helpers");
    }

    @Test
    void a_client_that_registers_dynamically_has_each_language_with_its_own_options() {
        var announced =
                initialize(
                        ",'dynamicRegistration':true,'contextSupport':true",
                        ",'hover':{'dynamicRegistration':true}");
        assertThat(announced.has("completionProvider")).isFalse();
        assertThat(announced.has("hoverProvider")).isFalse();
        assertThat(announced.has("definitionProvider")).isTrue();

        var request = client.await(message -> isRequest(message, "client/registerCapability"));
        var registrations = request.getAsJsonObject("params").getAsJsonArray("registrations");

        var python = registration(registrations, "textDocument/completion", "python");
        assertThat(python.toString()).contains("\"[\"").doesNotContain("\"<\"").contains("**/*.py");
        var html = registration(registrations, "textDocument/completion", "html");
        assertThat(html.toString()).contains("\"<\"");
        registration(registrations, "textDocument/hover", "typescript");
    }

    @Test
    void plain_text_and_flat_symbols_come_to_a_client_that_announced_no_more() {
        initialize("", "");
        client.open(PY, "python", PYTHON);

        var hover =
                client.result(
                        "textDocument/hover",
                        "{'textDocument':{'uri':'"
                                + PY
                                + "'},'position':{'line':4,'character':5}}");
        var symbols =
                client.result(
                        "textDocument/documentSymbol", "{'textDocument':{'uri':'" + PY + "'}}");

        assertThat(hover.toString()).contains("\"kind\":\"plaintext\"");
        assertThat(symbols.toString()).doesNotContain("selectionRange");
    }

    @Test
    void prepare_rename_of_a_server_without_it_leaves_the_choice_to_the_client()
            throws IOException {
        initialize("", "");
        client.open("file:///a.css", "css", "a { color: red }\n");
        assertThat(
                        client.result(
                                        "textDocument/prepareRename",
                                        "{'textDocument':{'uri':'file:///a.css'},'position':{'line':0,'character':0}}")
                                .toString())
                .isEqualTo("{\"defaultBehavior\":true}");
    }

    private JsonObject initialize(String completion, String features) {
        return initialize(completion, features, "'documentChanges':true");
    }

    private JsonObject initialize(String completion, String features, String workspaceEdit) {
        return initialize(completion, features, workspaceEdit, "");
    }

    private JsonObject initialize(
            String completion, String features, String workspaceEdit, String experimental) {
        var params =
                """
                {'processId':null,'rootUri':null,'capabilities':{'experimental':{%s},
                  'workspace':{'applyEdit':true,'workspaceEdit':{%s},
                    'fileOperations':{'willRename':true}},
                  'textDocument':{
                    'codeAction':{'codeActionLiteralSupport':{'codeActionKind':{'valueSet':['']}},
                      'dataSupport':true,'resolveSupport':{'properties':['edit']}},
                    'completion':{'completionItem':
                      {'resolveSupport':{'properties':['documentation','detail']}}%s}%s}}}
                """
                        .formatted(experimental, workspaceEdit, completion, features);
        var result = client.result("initialize", params).getAsJsonObject();
        client.tell("initialized", "{}");
        return result.getAsJsonObject("capabilities");
    }

    private JsonElement completion(String uri, int line, int character, String context) {
        return client.result(
                "textDocument/completion",
                "{'textDocument':{'uri':'%s'},'position':{'line':%d,'character':%d},'context':{%s}}"
                        .formatted(uri, line, character, context));
    }

    private JsonArray actions(String uri, int line, int from, int to, String kind) {
        return client.result(
                        "textDocument/codeAction",
                        "{'textDocument':{'uri':'%s'},'range':{'start':{'line':%d,'character':%d},'end':{'line':%d,'character':%d}},'context':{'diagnostics':[],'only':['%s']}}"
                                .formatted(uri, line, from, line, to, kind))
                .getAsJsonArray();
    }

    private JsonElement execute(JsonObject command) {
        int id = client.ask("workspace/executeCommand", command.toString());
        var params = respond("workspace/applyEdit", "{\"applied\":true}");
        var answer = client.await(message -> isAnswer(message, id));
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        return params.get("edit");
    }

    /// Waits for a request of a server, and answers it.
    private JsonObject respond(String method, String result) {
        var asked = client.await(message -> isRequest(message, method));
        client.text(
                "{\"jsonrpc\":\"2.0\",\"id\":" + asked.get("id") + ",\"result\":" + result + "}");
        return asked.getAsJsonObject("params");
    }

    private static JsonObject command(JsonObject action) {
        return action.get("command") instanceof JsonObject command ? command : action;
    }

    private static boolean isRequest(JsonObject message, String method) {
        return message.has("id") && new JsonPrimitive(method).equals(message.get("method"));
    }

    private static boolean isAnswer(JsonObject message, int id) {
        return !message.has("method") && new JsonPrimitive(id).equals(message.get("id"));
    }

    private static List<JsonElement> items(JsonElement completion) {
        return completion instanceof JsonObject list
                ? list.getAsJsonArray("items").asList()
                : completion.getAsJsonArray().asList();
    }

    /// The item of this label; a completion that is incomplete while its server reads the project
    /// is requested again, as an editor does.
    private JsonObject labelled(String uri, int line, int character, String label) {
        long until = System.nanoTime() + LOADING.toNanos();
        while (true) {
            var completion = completion(uri, line, character, "'triggerKind':1");
            var found =
                    items(completion).stream()
                            .map(JsonElement::getAsJsonObject)
                            .filter(item -> item.get("label").getAsString().equals(label))
                            .findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            assertThat(System.nanoTime() - until).as(completion.toString()).isNegative();
        }
    }

    private static JsonObject registration(JsonArray all, String method, String language) {
        return all.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(one -> one.get("method").getAsString().equals(method))
                .filter(one -> one.get("id").getAsString().startsWith("qide:" + language + ":"))
                .findFirst()
                .orElseThrow();
    }
}

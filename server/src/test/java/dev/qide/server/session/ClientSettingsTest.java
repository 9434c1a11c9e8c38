package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The settings of an editor on `/ws` reach the real pyright and the real ESLint.
class ClientSettingsTest {
    private static final String STRICT_ONLY = "reportMissingParameterType";
    private static final String EMPTY_LISTS =
            "{\"analysis\":{\"include\":[],\"exclude\":[],\"extraPaths\":[]}}";
    private static final String TEXT = "def area(size):\n    return size\n";

    @Test
    void an_editor_that_supports_workspace_configuration_is_queried(@TempDir Path folder)
            throws IOException {
        try (var server = TestServer.start(folder);
                var client = connect(server, "{'workspace':{'configuration':true}}")) {
            client.open("file:///a.py", "python", TEXT);
            answerUntilMarked(
                    client,
                    "file:///a.py",
                    "\"python\"",
                    "{\"analysis\":{\"typeCheckingMode\":\"strict\"}}",
                    STRICT_ONLY);

            // A change of the settings makes the server ask again.
            client.tell("workspace/didChangeConfiguration", "{'settings':null}");
            answer(client, isAsked(client), "\"python\"", "null");
        }
    }

    @Test
    void settings_that_an_editor_sends_are_used(@TempDir Path folder) throws IOException {
        try (var server = TestServer.start(folder);
                var client = connect(server, "{}")) {
            client.tell(
                    "workspace/didChangeConfiguration",
                    "{'settings':{'python':{'pythonPath':'/bin/evil','analysis':{'typeCheckingMode':'strict'}}}}");
            client.open("file:///a.py", "python", TEXT);

            client.await(message -> message.toString().contains("python.pythonPath"));
            client.diagnostics("file:///a.py", found -> found.toString().contains(STRICT_ONLY));
        }
    }

    /// Microsoft's Python extension for VS Code has these empty lists as defaults.
    @Test
    void empty_lists_of_an_editor_leave_the_root_to_a_folder_with_an_environment(
            @TempDir Path folder) throws IOException {
        write(folder, "services/api/.venv/pyvenv.cfg", "version = 3.11.2\n");
        write(folder, "shared/models.py", "class User: ...\n");
        var text = "import nowhere\nfrom shared.models import User\n";
        write(folder, "services/api/main.py", text);
        try (var server = TestServer.start(folder);
                var client = connect(server, "{'workspace':{'configuration':true}}")) {
            client.open("file:///services/api/main.py", "python", text);

            answerUntilMarked(
                    client, "file:///services/api/main.py", "\"python\"", EMPTY_LISTS, "nowhere");
            int id =
                    client.ask(
                            "textDocument/definition",
                            "{'textDocument':{'uri':'file:///services/api/main.py'},'position':{'line':1,'character':28}}");
            var answer =
                    answerUntil(
                            client,
                            "\"python\"",
                            EMPTY_LISTS,
                            message ->
                                    !message.has("method") && message.get("id").getAsInt() == id);
            assertThat(answer.get("result").toString()).contains("file:///shared/models.py");
        }
    }

    /// An editor without the ESLint extension also answers with the project's settings for it.
    @Test
    void eslint_works_with_the_settings_of_its_extension(@TempDir Path folder) throws IOException {
        write(
                folder,
                "eslint.config.js",
                "module.exports = [{ rules: { \"no-var\": \"error\" } }];\n");
        try (var server = TestServer.start(folder);
                var client = connect(server, "{'workspace':{'configuration':true}}")) {
            client.open("file:///a.js", "javascript", "var a = 1;\n");

            answerUntilMarked(
                    client,
                    "file:///a.js",
                    "\"\"",
                    "{\"eslint\":{\"enable\":true,\"validate\":[\"javascript\"],\"format\":{\"enable\":false}}}",
                    "no-var");
        }
    }

    private static void write(Path folder, String name, String text) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, text);
    }

    private static TestClient connect(TestServer server, String capabilities) {
        var client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.result("initialize", "{'rootUri':null,'capabilities':" + capabilities + "}");
        client.tell("initialized", "{}");
        return client;
    }

    private static JsonObject isAsked(TestClient client) {
        return client.await(message -> message.toString().contains("workspace/configuration"));
    }

    /// Answers the requests for a section until a document has these diagnostics.
    ///
    /// @param section as JSON
    private static void answerUntilMarked(
            TestClient client, String uri, String section, String settings, String wanted) {
        answerUntil(
                client,
                section,
                settings,
                message ->
                        TestClient.isNotification(message, "textDocument/publishDiagnostics")
                                && message.toString().contains("\"uri\":\"" + uri + "\"")
                                && message.toString().contains(wanted));
    }

    private static JsonObject answerUntil(
            TestClient client, String section, String settings, Predicate<JsonObject> wanted) {
        return client.await(message -> {
            if (message.has("id") && message.toString().contains("workspace/configuration")) {
                answer(client, message, section, settings);
            }
            return wanted.test(message);
        });
    }

    private static void answer(
            TestClient client, JsonObject asked, String section, String settings) {
        var answers = new StringBuilder();
        for (var item : asked.getAsJsonObject("params").getAsJsonArray("items")) {
            boolean isIt = item.toString().contains("\"section\":" + section);
            answers.append(answers.isEmpty() ? "" : ",").append(isIt ? settings : "null");
        }
        client.text(
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + asked.get("id")
                        + ",\"result\":["
                        + answers
                        + "]}");
    }
}

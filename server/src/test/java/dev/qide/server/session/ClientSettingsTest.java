package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The settings of an editor on `/ws` reach the real pyright.
class ClientSettingsTest {
    private static final String STRICT_ONLY = "reportMissingParameterType";
    private static final String TEXT = "def area(size):\n    return size\n";

    @Test
    void an_editor_that_supports_workspace_configuration_is_queried(@TempDir Path folder)
            throws IOException {
        try (var server = TestServer.start(folder);
                var client = connect(server, "{'workspace':{'configuration':true}}")) {
            client.open("file:///a.py", "python", TEXT);
            answerUntilMarked(client, "{\"analysis\":{\"typeCheckingMode\":\"strict\"}}");

            // A change of the settings makes the server ask again.
            client.tell("workspace/didChangeConfiguration", "{'settings':null}");
            answer(client, isAsked(client), "null");
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

    private static TestClient connect(TestServer server, String capabilities) {
        var client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.result("initialize", "{'rootUri':null,'capabilities':" + capabilities + "}");
        client.tell("initialized", "{}");
        return client;
    }

    private static JsonObject isAsked(TestClient client) {
        return client.await(message -> message.toString().contains("workspace/configuration"));
    }

    private static void answerUntilMarked(TestClient client, String python) {
        var message = new JsonObject();
        do {
            message =
                    client.await(next ->
                            next.toString().contains("workspace/configuration")
                                    || next.toString().contains(STRICT_ONLY));
            if (message.has("id")) {
                answer(client, message, python);
            }
        } while (message.has("id"));
        assertThat(message.toString()).contains("file:///a.py");
    }

    private static void answer(TestClient client, JsonObject asked, String python) {
        var answers = new StringBuilder();
        for (var item : asked.getAsJsonObject("params").getAsJsonArray("items")) {
            boolean isPython = item.toString().contains("\"section\":\"python\"");
            answers.append(answers.isEmpty() ? "" : ",").append(isPython ? python : "null");
        }
        client.text(
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + asked.get("id")
                        + ",\"result\":["
                        + answers
                        + "]}");
    }
}

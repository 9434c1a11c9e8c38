package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.telemetry.LogCapture;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// All log lines of one request have one `trace.id`, whichever packages and threads it passes.
class TracedRequestsTest {
    private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00-" + ID + "-00f067aa0ba902b7-01";
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
             "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true}}]}
            """;

    @TempDir Path folder;

    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.qide");
    private final Level before = logger.getLevel();

    @BeforeEach
    void logEverything() {
        logger.setLevel(Level.TRACE);
    }

    @AfterEach
    void logAsBefore() {
        logger.setLevel(before);
    }

    @Test
    void a_request_over_http_continues_the_trace_of_its_sender() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "one");
        try (var log = new LogCapture();
                var server = TestServer.start(folder)) {
            var answer =
                    send(
                            HttpRequest.newBuilder(server.http("/api/workspaces/demo/files/a.txt"))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("If-Match", "\"wrong\"")
                                    .header("traceparent", PARENT)
                                    .PUT(HttpRequest.BodyPublishers.ofString("two")));
            assertThat(answer.statusCode()).isEqualTo(412);
            var line = json(log.awaits("api.answered", ID));
            assertThat(line.get("operation").getAsString())
                    .isEqualTo("PUT /api/workspaces/{ws}/files/{path…}");
            assertThat(line.has("object")).isFalse();
            assertThat(line.get("failure").getAsString()).isEqualTo("precondition-failed");
            assertThat(line.get("http.response.status_code").getAsInt()).isEqualTo(412);
            assertThat(line.get("principal").getAsString()).isNotEmpty();
            var audit = json(log.awaits("audit.recorded", ID));
            for (var key : new String[] {"principal", "workspace"}) {
                assertThat(audit.get(key)).isEqualTo(line.get(key));
            }
            try (var _ = connect(server)) {
                // The id that the lines of a socket have.
                var opened = json(log.awaits("session.opened"));
                assertThat(line.get("workspace")).isEqualTo(opened.get("workspace"));
            }
        }
    }

    @Test
    void a_request_that_is_refused_names_the_workspace_only_to_people_in_it() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "one");
        try (var log = new LogCapture();
                var server = TestServer.start(folder)) {
            var reader = server.tokenOf("Ben", Principal.Scope.READ);
            var put =
                    HttpRequest.newBuilder(server.http("/api/workspaces/demo/files/a.txt"))
                            .header("Authorization", "Bearer " + reader)
                            .header("If-Match", "*")
                            .header("traceparent", PARENT)
                            .PUT(HttpRequest.BodyPublishers.ofString("two"));
            assertThat(send(put).statusCode()).isEqualTo(403);
            assertThat(json(log.awaits("api.answered", "forbidden")).has("workspace")).isTrue();
            put.uri(server.http("/api/workspaces/other/files/a.txt"));
            assertThat(send(put).statusCode()).isEqualTo(404);
            var unknown = json(log.awaits("api.answered", "workspace-unknown"));
            assertThat(unknown.has("workspace")).isFalse();
        }
    }

    @Test
    void a_language_request_is_followed_from_the_socket_to_the_server_and_back() throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        Files.copy(
                Path.of("src/test/resources/language/fake/fake.mjs"),
                workspace.resolve("fake.mjs"));
        var languages = Files.writeString(folder.resolve("fakes.json"), FAKE);
        try (var log = new LogCapture();
                var server = TestServer.startWithLanguages(workspace, languages);
                var client = connect(server)) {
            client.open("file:///a.fake", "fake", "x");
            client.result(
                    "textDocument/hover",
                    "{'textDocument':{'uri':'file:///a.fake'},'position':{'line':0,'character':0}}");
            var handled = json(log.awaits("session.handled", "textDocument/hover"));
            var answered = json(log.awaits("language.answered", "textDocument/hover"));
            assertThat(id(handled)).matches("[0-9a-f]{32}").isEqualTo(id(answered));
            for (var key : new String[] {"principal", "workspace"}) {
                assertThat(handled.get(key).getAsString()).isNotEmpty();
                assertThat(answered.get(key)).isEqualTo(handled.get(key));
            }
            assertThat(answered.get("outcome").getAsString()).isEqualTo("completed");
            var opened = json(log.awaits("session.handled", "textDocument/didOpen"));
            assertThat(id(opened)).isNotEqualTo(id(handled));
        }
    }

    @Test
    void a_chat_is_followed_to_the_provider_of_its_model() throws Exception {
        try (var log = new LogCapture();
                var provider = new ScriptedProvider();
                var server =
                        TestServer.startWithModels(
                                folder,
                                """
                                [{"name":"m","provider":"anthropic","url":"%s","model":"m","purpose":["chat"],"local":true}]
                                """
                                        .formatted(provider.url()));
                var client = connect(server)) {
            provider.play(ProviderScript.saying("Hello"));
            client.result("qide/chat", "{'text':'a confidential question'}");
            var handled = json(log.awaits("session.handled", "qide/chat"));
            var called = json(log.awaits("ai.called"));
            assertThat(id(called)).matches("[0-9a-f]{32}").isEqualTo(id(handled));
            assertThat(called.get("workspace")).isEqualTo(handled.get("workspace"));
            assertThat(provider.onlyCall().header("traceparent"))
                    .matches("00-" + id(called) + "-[0-9a-f]{16}-00");
            assertThat(log.lines()).noneMatch(line -> line.contains("confidential"));
        }
    }

    private static TestClient connect(TestServer server) {
        var client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.initialize(null);
        return client;
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String id(JsonObject line) {
        return line.get("trace.id").getAsString();
    }

    private static JsonObject json(String line) {
        return JsonParser.parseString(line).getAsJsonObject();
    }
}

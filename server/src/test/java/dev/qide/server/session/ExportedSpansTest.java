package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.telemetry.SpanCollector;
import dev.qide.yjs.Lib0Encoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The spans that an OpenTelemetry collector receives of a request or an edit, and their parents.
class ExportedSpansTest {
    private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";
    private static final String MODEL =
            """
            [{"name":"m","provider":"openai","url":"%s","model":"m","purpose":["completion","chat"],"fillIn":"chat","local":true}]
            """;
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
             "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true}}]}
            """;

    @TempDir Path folder;

    @Test
    void a_completion_is_the_span_of_its_message_with_the_call_of_the_model_in_it()
            throws Exception {
        try (var collector = SpanCollector.start();
                var provider = new ScriptedProvider();
                var server = TestServer.startWithModels(folder, MODEL.formatted(provider.url()))) {
            exportTo(collector, server);
            provider.play(ProviderScript.saying("pass"));
            try (var client = connect(server)) {
                client.open("file:///notes.txt", "plaintext", "a confidential text");
                client.result(
                        "textDocument/inlineCompletion",
                        "{'textDocument':{'uri':'file:///notes.txt'},'position':{'line':0,'character':3},'context':{'triggerKind':0}}");
                var message = collector.awaits("textDocument/inlineCompletion");
                var call = collector.awaits("model m");
                assertThat(message.parent()).isEmpty();
                assertThat(call.trace()).isEqualTo(message.trace());
                assertThat(call.parent()).isEqualTo(message.id());
                assertThat(call.attribute("qide.outcome")).isEqualTo("completed");
                assertThat(provider.onlyCall().header("traceparent"))
                        .isEqualTo("00-" + call.trace() + "-" + call.id() + "-01");
                for (var span : new SpanCollector.Received[] {message, call}) {
                    assertThat(span.attribute("user.id")).isNotEmpty();
                    assertThat(span.attribute("qide.workspace")).isNotEmpty();
                }
                assertThat(collector.awaits("handshake").parent()).isEmpty();
                assertThat(collector.awaits("textDocument/didOpen").trace())
                        .isNotEqualTo(message.trace());
                assertThat(collector.spans().toString()).doesNotContain("confidential", "notes");
            }
        }
    }

    @Test
    void a_language_request_has_the_response_of_the_server_in_it() throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        Files.copy(
                Path.of("src/test/resources/language/fake/fake.mjs"),
                workspace.resolve("fake.mjs"));
        var languages = Files.writeString(folder.resolve("fakes.json"), FAKE);
        try (var collector = SpanCollector.start();
                var server = TestServer.startWithLanguages(workspace, languages)) {
            exportTo(collector, server);
            for (var path : new String[] {"/ws/demo", "/lsp/demo/fake"}) {
                try (var client = TestClient.connect(server.ws(path), server.token())) {
                    client.initialize(null);
                    client.open("file:///a.fake", "fake", "x");
                    client.result(
                            "textDocument/hover",
                            "{'textDocument':{'uri':'file:///a.fake'},'position':{'line':0,'character':0}}");
                }
                var answer = collector.awaits("fake textDocument/hover");
                var message = collector.awaits("textDocument/hover");
                assertThat(answer.parent()).as(path).isEqualTo(message.id());
                assertThat(answer.trace()).isEqualTo(message.trace());
                assertThat(answer.attribute("qide.language_server")).isEqualTo("fake");
                collector.forget();
            }
        }
    }

    @Test
    void a_request_over_http_is_a_part_of_its_caller_if_that_records() throws Exception {
        try (var collector = SpanCollector.start();
                var provider = new ScriptedProvider();
                var server = TestServer.startWithModels(folder, MODEL.formatted(provider.url()))) {
            exportTo(collector, server);
            provider.play(ProviderScript.saying("Hello"));
            provider.play(ProviderScript.saying("Hello"));
            assertThat(chat(server, "00-0af7651916cd43dd8448eb211c80319c-" + CALLER + "-00"))
                    .isEqualTo(200);
            assertThat(chat(server, "00-" + ID + "-" + CALLER + "-01")).isEqualTo(200);

            var request = collector.awaits("POST /v1/chat/completions");
            var call = collector.awaits("model m");
            assertThat(request.trace()).isEqualTo(ID);
            assertThat(request.parent()).isEqualTo(CALLER);
            assertThat(request.attribute("http.response.status_code")).isEqualTo("200");
            assertThat(call.parent()).isEqualTo(request.id());
            assertThat(provider.calls().getLast().header("traceparent"))
                    .isEqualTo("00-" + ID + "-" + call.id() + "-01");
            assertThat(collector.spans()).extracting(SpanCollector.Received::trace).contains(ID);
            assertThat(collector.spans())
                    .extracting(SpanCollector.Received::trace)
                    .doesNotContain("0af7651916cd43dd8448eb211c80319c");
        }
    }

    @Test
    void an_edit_has_its_commit_in_it() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "");
        try (var collector = SpanCollector.start();
                var server = TestServer.start(folder)) {
            exportTo(collector, server);
            try (var client = TestClient.connect(server.ws("/yjs/demo/a.txt"), server.token())) {
                client.binary(frame(0, new byte[] {0}));
                client.binary(frame(2, typed("confidential")));
                var edit = collector.awaits("edit");
                var commit = collector.awaits("commit");
                assertThat(edit.parent()).isEmpty();
                assertThat(commit.trace()).isEqualTo(edit.trace());
                assertThat(commit.parent()).isEqualTo(edit.id());
                for (var key : new String[] {"user.id", "qide.workspace", "qide.document"}) {
                    assertThat(commit.attribute(key)).isNotEmpty().isEqualTo(edit.attribute(key));
                }
                assertThat(edit.span().getStartTimeUnixNano())
                        .isLessThanOrEqualTo(commit.span().getStartTimeUnixNano());
                assertThat(collector.spans().toString()).doesNotContain("confidential");
            }
        }
    }

    private static void exportTo(SpanCollector collector, TestServer server) throws Exception {
        server.end();
        server.begin(collector.settings());
    }

    private static TestClient connect(TestServer server) {
        var client = TestClient.connect(server.ws("/ws/demo"), server.token());
        client.initialize(null);
        return client;
    }

    private static int chat(TestServer server, String traceparent) throws Exception {
        var request =
                HttpRequest.newBuilder(server.http("/v1/chat/completions"))
                        .header("Authorization", "Bearer " + server.token())
                        .header("traceparent", traceparent)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"));
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
        }
    }

    /// A frame of the y-websocket protocol: 0 for step 1, 2 for an update.
    private static byte[] frame(int type, byte[] content) {
        return new Lib0Encoder()
                .writeVarUint(0)
                .writeVarUint(type)
                .writeVarBytes(content)
                .toBytes();
    }

    /// An update that inserts text into the empty document.
    private static byte[] typed(String text) {
        return new Lib0Encoder()
                .writeVarUint(1)
                .writeVarUint(1)
                .writeVarUint(77)
                .writeVarUint(0)
                .writeByte(4)
                .writeVarUint(1)
                .writeVarString("content")
                .writeVarString(text)
                .writeVarUint(0)
                .toBytes();
    }
}

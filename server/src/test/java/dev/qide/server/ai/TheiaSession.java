package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.Await;
import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderCall;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.telemetry.LogCapture;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stock Eclipse Theia in Chromium, with the settings of `extensions/theia/README.md` and no code
/// of Q-IDE: a streamed chat that calls a tool of `/mcp`, a chat that is stopped, one whose model
/// fails, and ghost text. Not part of the suite, since Theia has 1.3 GB; run it by
/// `extensions/theia/try`. Needs Chromium on the PATH, or `QIDE_CHROMIUM`.
final class TheiaSession {
    private static final long RUN_SECONDS = 900;
    private static final Duration ENDED_WITHIN = Duration.ofSeconds(10);
    private static final Path THEIA =
            Path.of(System.getProperty("basedir", "."), "../extensions/theia").normalize();
    private static final Duration TOKEN_GAP = Duration.ofMillis(150);
    private static final String TOOL = "mcp_qide_read_file";
    private static final String CODE = "def total():\n    \nprint(total())\n";

    @TempDir Path workspace;

    @Test
    void a_stock_theia_completes_and_chats_with_tools() throws Exception {
        Files.writeString(workspace.resolve("shop.py"), CODE);
        try (var provider = new ScriptedProvider();
                var server = TestServer.startWithModels(workspace, models(provider.url()));
                var log = new LogCapture()) {
            play(provider);
            var token = server.tokenOf("Theia", Scope.AI, Scope.READ);

            var output =
                    new NodeProject(THEIA)
                            .run(
                                    RUN_SECONDS,
                                    "session.mjs",
                                    server.http("").toString(),
                                    token,
                                    workspace.toRealPath().toString());

            System.out.println(output);
            assertThat(output).contains("a stock Theia works with the settings alone");
            checkChats(chats(provider));
            checkGhostText(provider);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("\"event.action\":\"tools.called\""))
                    .as("one call of a tool, as the person of the token")
                    .singleElement()
                    .asString()
                    .contains("\"tool\":\"read_file\"", "\"outcome\":\"completed\"")
                    .contains("\"principal\":\"" + personOf(server, token) + "\"");
        }
    }

    /// A call of a tool, an answer, and an answer without an end.
    private static void play(ScriptedProvider provider) {
        provider.play("fast-model", ProviderScript.saying("return 41 + 1"));
        provider.play(
                "chat-model",
                ProviderScript.of(
                        List.of(new Piece.ToolCall("call_1", TOOL, "{\"path\":\"shop.py\"}"))),
                ProviderScript.saying("The ", "function ", "`total` ", "is ", "empty.")
                        .every(TOKEN_GAP),
                ProviderScript.repeating("on and ", 10_000).every(TOKEN_GAP),
                ProviderScript.saying("").failing(503));
    }

    private static void checkChats(List<ProviderCall> chats) {
        assertThat(chats).as("the last chat fails, however often").hasSizeGreaterThan(3);
        var question = chats.getFirst();
        assertThat(question.body().get("tools").toString()).contains(TOOL);
        assertThat(question.body().get("stream").getAsBoolean()).isTrue();
        var messages = chats.get(1).body().getAsJsonArray("messages");
        var result = messages.get(messages.size() - 1).getAsJsonObject();
        assertThat(result.get("role").getAsString()).isEqualTo("tool");
        assertThat(result.get("content").toString()).as("the file").contains("def total():");
        var stopped = chats.get(2);
        Await.await("the provider's call ends", ENDED_WITHIN, stopped::isEnded);
        assertThat(stopped.isFinished()).isFalse();
    }

    private static void checkGhostText(ScriptedProvider provider) {
        var caret = CODE.indexOf("\nprint");
        assertThat(provider.calls())
                .filteredOn(call -> call.path().equals("/v1/completions"))
                .isNotEmpty()
                .allSatisfy(call -> {
                    assertThat(call.body().get("prompt").getAsString())
                            .startsWith(CODE.substring(0, caret));
                    assertThat(call.body().get("suffix").getAsString())
                            .isEqualTo(CODE.substring(caret));
                });
    }

    private static List<ProviderCall> chats(ScriptedProvider provider) {
        return provider.calls().stream()
                .filter(call -> call.body().get("model").getAsString().equals("chat-model"))
                .toList();
    }

    private static String personOf(TestServer server, String token) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(server.http("/api/me"))
                            .header("Authorization", "Bearer " + token)
                            .build();
            var me = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return JsonParser.parseString(me).getAsJsonObject().get("id").getAsString();
        }
    }

    private static String models(String url) {
        return """
        [{"name":"chat","provider":"openai","url":"%1$s","model":"chat-model",
          "purpose":["chat"],"local":true},
         {"name":"fast","provider":"openai","url":"%1$s","model":"fast-model",
          "purpose":["completion","chat"],"local":true}]
        """
                .formatted(url);
    }
}

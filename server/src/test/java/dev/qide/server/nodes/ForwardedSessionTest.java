package dev.qide.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An editor at a server that does not have the workspace: language servers and models of the one
/// that has it.
class ForwardedSessionTest {
    private static final String ROOT = "file:///home/ann/project";
    private static final String MAIN = ROOT + "/main.py";
    private static final String TEXT =
            """
            def greet(name: str) -> str:
                return name.upper()


            greet("a").upp
            """;
    private static final int LARGE_CHARACTERS = 5_000_000;

    @TempDir static Path folder;
    private static ScriptedProvider provider;
    private static TestServer first;
    private static TestServer second;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(folder.resolve("main.py"), TEXT);
        provider = new ScriptedProvider();
        first =
                TestServer.startWithModels(
                        folder,
                        """
                        [{"name":"m","provider":"anthropic","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
        try (var client = TestClient.connect(first.ws("/ws/demo"), first.token())) {
            client.initialize(ROOT);
        }
        second = TestServer.startBeside(first);
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
        provider.close();
    }

    @Test
    void a_language_server_completes_and_renames() {
        try (var client = client()) {
            client.open(MAIN, "python", TEXT);
            var completion =
                    client.result(
                            "textDocument/completion",
                            "{'textDocument':{'uri':'%s'},'position':{'line':4,'character':14}}"
                                    .formatted(MAIN));
            assertThat(completion.toString()).contains("\"label\":\"upper\"");
            var rename =
                    client.result(
                            "textDocument/rename",
                            "{'textDocument':{'uri':'%s'},'position':{'line':0,'character':5},'newName':'hello'}"
                                    .formatted(MAIN));
            assertThat(rename.toString()).contains(MAIN, "\"newText\":\"hello\"");
        }
    }

    @Test
    void a_plain_language_client_works() {
        try (var client = TestClient.connect(second.ws("/lsp/demo/python"), second.token())) {
            client.initialize(ROOT);
            assertForwarded();
            client.open(MAIN, "python", TEXT);
            var hover =
                    client.result(
                            "textDocument/hover",
                            "{'textDocument':{'uri':'%s'},'position':{'line':0,'character':5}}"
                                    .formatted(MAIN));
            assertThat(hover.toString()).contains("greet");
        }
    }

    @Test
    void a_model_streams_its_answer() {
        provider.play(ProviderScript.saying("Hello from the model"));
        try (var client = client()) {
            int id = client.ask("qide/chat", "{'text':'Hi'}");
            client.await(message -> TestClient.isNotification(message, "qide/chatDelta"));
            var answer =
                    client.await(message ->
                            message.has("id")
                                    && message.has("result")
                                    && message.get("id").getAsInt() == id);
            assertThat(answer.toString()).contains("\"model\":\"m\"");
        }
    }

    @Test
    void a_message_of_five_megabytes_passes_and_one_that_is_too_large_is_refused() {
        try (var client = client()) {
            client.open(ROOT + "/large.txt", "plaintext", "x".repeat(LARGE_CHARACTERS));
            assertThat(TestClient.errorCode(client.answer("qide/nonsense", "{}")))
                    .isEqualTo(-32601);
            client.text("x".repeat(2 * LARGE_CHARACTERS));
            assertThat(client.closeCode()).isEqualTo(1009);
        }
    }

    private static TestClient client() {
        var client = TestClient.connect(second.ws("/ws/demo"), second.token());
        client.initialize(ROOT);
        assertForwarded();
        return client;
    }

    private static void assertForwarded() {
        try {
            assertThat(second.scrape()).containsPattern("qide_nodes_forwarded_sockets [1-9]");
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }
}

package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Semantic tokens on `/ws`, whose numbers refer to the legend of their server: those of the real
/// TypeScript, which declares one, and of a server that announces its own when it runs.
class SemanticTokensTest {
    private static final String FAKE =
            """
            {"servers":[
            {"id":"slow","title":"Slow","language":"slow","languageIds":["slow"],"files":["*.p"],
             "command":["${node}","${workspace}/fake.mjs","slow"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true}}]}
            """;
    private static final String OWN = "file:///a.p";
    private static final String TYPESCRIPT = "file:///a.ts";

    @TempDir static Path folder;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        server = FakeServers.start(workspace, folder.resolve("fakes.json"), FAKE);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/demo"), server.token());
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void a_client_that_knows_one_legend_gets_no_tokens_of_another() {
        initialize("'requests':{'full':true}");

        assertThat(tokens(OWN, "slow")).isEqualTo("null");
        assertThat(tokens(TYPESCRIPT, "typescript")).contains("\"data\":[");
    }

    @Test
    void a_client_that_registers_dynamically_gets_the_tokens_of_every_server() {
        initialize("'requests':{'full':true},'dynamicRegistration':true");

        assertThat(tokens(OWN, "slow")).contains("\"data\":[0,0,4,0,0]");
        assertThat(tokens(TYPESCRIPT, "typescript")).contains("\"data\":[");
    }

    private void initialize(String semanticTokens) {
        client.result(
                "initialize",
                "{'processId':null,'rootUri':null,'capabilities':{'textDocument':{'semanticTokens':{"
                        + semanticTokens
                        + "}}}}");
        client.tell("initialized", "{}");
    }

    /// The tokens of a document, once its server runs.
    private String tokens(String uri, String languageId) {
        client.open(uri, languageId, "const area = 1;\n");
        var document = "{'textDocument':{'uri':'" + uri + "'},'position':{'line':0,'character':7}}";
        client.result("textDocument/hover", document);
        return client.result("textDocument/semanticTokens/full", document).toString();
    }
}

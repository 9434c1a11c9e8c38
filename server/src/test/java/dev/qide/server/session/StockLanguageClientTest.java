package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Unmodified `vscode-ws-jsonrpc` in Node, from `initialize` to `exit`, on both endpoints that
/// speak LSP, with a root that is a path of the client's machine.
class StockLanguageClientTest {
    private static final long RUN_SECONDS = 90;
    private static final Path PYTHON =
            Path.of(System.getProperty("basedir", "."), "src/test/resources/language/python");

    @TempDir Path workspace;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        for (var name : new String[] {"Main.py", "greeting.py", "pyrightconfig.json"}) {
            Files.copy(PYTHON.resolve(name), workspace.resolve(name));
        }
        server = TestServer.start(workspace);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/lsp/demo/python"})
    void a_stock_client_is_served_to_the_end(String door) throws Exception {
        var said =
                NodeProject.installed("language")
                        .run(
                                RUN_SECONDS,
                                "stock.mjs",
                                server.ws(door).toString(),
                                server.token(),
                                "file:///home/somebody/project",
                                workspace.resolve("Main.py").toString());

        assertThat(said).contains("a stock client was served");
    }
}

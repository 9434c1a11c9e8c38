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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Unmodified `vscode-ws-jsonrpc` and `@codemirror/lsp-client` in Node: from `initialize` to `exit`
/// on both endpoints that speak LSP, with a root that is a path of the client's machine; and on
/// `/ws` through everything that a person does in a project.
class StockLanguageClientTest {
    private static final long RUN_SECONDS = 90;
    private static final Path PROJECTS =
            Path.of(System.getProperty("basedir", "."), "src/test/resources/language");

    @TempDir Path workspace;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        copy("python", "Main.py", "greeting.py", "pyrightconfig.json");
        copy("shop", "shop.ts", "prices.ts", "tsconfig.json");
        server = TestServer.start(workspace);
    }

    private void copy(String project, String... names) throws IOException {
        for (var name : names) {
            Files.copy(PROJECTS.resolve(project).resolve(name), workspace.resolve(name));
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/lsp/demo/python"})
    void a_stock_client_is_served_to_the_end(String endpoint) throws Exception {
        var said =
                NodeProject.installed("language")
                        .run(
                                RUN_SECONDS,
                                "stock.mjs",
                                server.ws(endpoint).toString(),
                                server.token(),
                                "file:///home/somebody/project",
                                workspace.resolve("Main.py").toString());

        assertThat(said).contains("a stock client was served");
    }

    /// @param project a folder of `src/test/node`
    @ParameterizedTest
    @CsvSource({"language, journey.mjs", "codemirror, session.mjs"})
    void a_stock_client_edits_a_project(String project, String script) throws Exception {
        var said =
                NodeProject.installed(project)
                        .run(
                                RUN_SECONDS,
                                script,
                                server.ws("/ws/demo").toString(),
                                server.token(),
                                workspace.toRealPath().toString());

        assertThat(said).contains("a stock client edited a project");
    }
}

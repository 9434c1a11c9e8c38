package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unmodified `monaco-languageclient` 10, with its `vscode-languageclient` 9 and
/// `vscode-ws-jsonrpc`, in Chromium on `/ws`: diagnostics, hover, definition, signature help,
/// symbols, completion, rename in a closed file, quick fix, formatting. (The page of the browser
/// IDE has `vscode-languageclient` 10.) Not part of the suite, since its packages have 100 MB; run
/// it by name: `mvn -pl server -am -Dtest=MonacoSession -Dsurefire.failIfNoSpecifiedTests=false
/// test`. Needs Chromium on the PATH, or `QIDE_CHROMIUM`.
final class MonacoSession {
    private static final long RUN_SECONDS = 240;
    private static final Path SHOP =
            Path.of(System.getProperty("basedir", "."), "src/test/resources/language/shop");

    @TempDir Path workspace;

    @Test
    void monaco_languageclient_edits_a_project() throws Exception {
        for (var name : List.of("shop.ts", "prices.ts", "tsconfig.json")) {
            Files.copy(SHOP.resolve(name), workspace.resolve(name));
        }
        try (var server = TestServer.start(workspace)) {
            var output =
                    NodeProject.installed("monaco")
                            .run(
                                    RUN_SECONDS,
                                    "session.mjs",
                                    server.ws("/ws/demo").toString(),
                                    server.token(),
                                    workspace.toRealPath().toString());

            assertThat(output).contains("a stock client edited a project");
        }
    }
}

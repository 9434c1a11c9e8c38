package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unmodified editors that start `qide lsp` on `/ws`: Neovim and Emacs with Eglot, as Debian has
/// them, and the client of extensions for VS Code, `vscode-languageclient` of npm in Node.
/// Diagnostics, hover, definition in the project and in a library, an accepted completion, rename
/// in a closed file, quick fix, formatting (`src/test/editors`, `src/test/node/languageclient`).
/// Neovim and Emacs run where they are installed; `.ci/run` installs them.
class EditorProgramsTest {
    private static final long RUN_SECONDS = 180;
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();

    @TempDir Path workspace;
    @TempDir Path home;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        for (var name : List.of("shop.ts", "prices.ts", "tsconfig.json")) {
            Files.copy(
                    MODULE.resolve("src/test/resources/language/shop", name),
                    workspace.resolve(name));
        }
        server = TestServer.start(workspace);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void neovim_edits_a_project() throws Exception {
        check("nvim", "--headless", "-u", "NONE", "-n", "-c", "luafile " + script("session.lua"));
    }

    @Test
    void emacs_edits_a_project() throws Exception {
        check("emacs", "-Q", "--batch", "-l", script("session.el"));
    }

    @Test
    void vscode_languageclient_edits_a_project() throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(workspace.toRealPath().toString());
        arguments.addAll(qideLsp());

        var output =
                NodeProject.installed("languageclient")
                        .run(RUN_SECONDS, "session.mjs", arguments.toArray(String[]::new));

        assertThat(output).contains("a stock client edited a project");
    }

    private void check(String... command) throws IOException, InterruptedException {
        assumeTrue(isInstalled(command[0]), command[0] + " is not installed");
        var output = home.resolve("output");
        var builder =
                new ProcessBuilder(command)
                        .directory(workspace.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("XDG_CACHE_HOME", home.resolve("cache").toString());
        builder.environment().put("QIDE_LSP", String.join("\n", qideLsp()));
        var process = builder.start();
        boolean hasEnded = process.waitFor(RUN_SECONDS, TimeUnit.SECONDS);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();

        var words = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(hasEnded).as(words).isTrue();
        assertThat(words).contains("served");
        assertThat(process.exitValue()).as(words).isZero();
        assertThat(workspace.resolve("prices.ts")).content().contains("unit: string");
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /// `qide lsp demo`, as the launcher starts it.
    private List<String> qideLsp() throws IOException {
        var token = Files.writeString(home.resolve("token"), server.token());
        return List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.qide.server.Main",
                "lsp",
                TestServer.WORKSPACE,
                "--url=" + server.http(""),
                "--token-file=" + token);
    }

    private static String script(String name) {
        return MODULE.resolve("src/test/editors", name).toString();
    }
}

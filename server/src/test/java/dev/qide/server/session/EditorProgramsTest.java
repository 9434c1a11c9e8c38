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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unmodified editors that start `qide lsp` on `/ws`: Neovim and Emacs with Eglot, as Debian has
/// them, with the configuration in `extensions`, and the client of extensions for VS Code,
/// `vscode-languageclient` of npm in Node. Diagnostics, hover, definition in the project and in a
/// library, an accepted completion, rename in a closed file, quick fix, formatting; two people who
/// write one line at once (`src/test/editors`, `src/test/node/languageclient`). Neovim and Emacs
/// run where they are installed; `.ci/run` installs them.
class EditorProgramsTest {
    private static final long RUN_SECONDS = 180;
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();

    @TempDir Path projects;
    @TempDir Path home;
    private Path workspace;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        // The editors know the directory's name, and the server calls the workspace `demo`.
        workspace = Files.createDirectories(projects.resolve("Aufträge, 100 % #1/démo"));
        // A project is the directory above a file with a .git.
        Files.createDirectory(workspace.resolve(".git"));
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
        check(neovim("session.lua"));
    }

    @Test
    void emacs_edits_a_project() throws Exception {
        check(emacs("session.el"));
    }

    @Test
    void vscode_languageclient_edits_a_project() throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(workspace.toRealPath().toString());
        arguments.addAll(qideLsp());
        arguments.add(TestServer.WORKSPACE);

        var output =
                NodeProject.installed("languageclient")
                        .run(RUN_SECONDS, "session.mjs", arguments.toArray(String[]::new));

        assertThat(output).contains("a stock client edited a project");
    }

    @Test
    void two_people_with_neovim_write_one_line_at_once() throws Exception {
        checkTogether(neovim("together.lua"), neovim("together.lua"));
    }

    @Test
    void two_people_with_neovim_and_emacs_write_one_line_at_once() throws Exception {
        checkTogether(neovim("together.lua"), emacs("together.el"));
    }

    private static List<String> neovim(String script) {
        return List.of("nvim", "--headless", "-u", "NONE", "-n", "-c", "luafile " + script(script));
    }

    private static List<String> emacs(String script) {
        return List.of("emacs", "-Q", "--batch", "-l", script(script));
    }

    private void check(List<String> command) throws IOException, InterruptedException {
        assumeTrue(isInstalled(command.getFirst()), command.getFirst() + " is not installed");
        awaitWords(start(command, "editor", Map.of()), "editor", "served");
        assertThat(workspace.resolve("prices.ts")).content().contains("unit: string");
    }

    private void checkTogether(List<String> first, List<String> second) throws Exception {
        for (var program : List.of(first.getFirst(), second.getFirst())) {
            assumeTrue(isInstalled(program), program + " is not installed");
        }
        var signals = Files.createDirectory(home.resolve("signals")).toString();
        var ann = Map.of("QIDE_NAME", "ann", "QIDE_OTHER", "bob", "QIDE_SIGNALS", signals);
        var bob = Map.of("QIDE_NAME", "bob", "QIDE_OTHER", "ann", "QIDE_SIGNALS", signals);
        var earlier = start(first, "ann", ann);
        var later = start(second, "bob", bob);
        awaitWords(later, "bob", "both");
        awaitWords(earlier, "ann", "both");

        assertThat(Files.readAllLines(workspace.resolve("prices.ts")).getFirst())
                .startsWith("/* ann */")
                .endsWith("/* bob */");
    }

    private Process start(List<String> command, String name, Map<String, String> environment)
            throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .directory(workspace.toRealPath().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve(name + ".out").toFile());
        builder.environment().putAll(environment);
        builder.environment().put("HOME", home.toString());
        builder.environment().put("XDG_CACHE_HOME", home.resolve("cache").toString());
        builder.environment().put("QIDE_PLUGIN", plugin(command.getFirst()));
        builder.environment().put("QIDE_LSP", String.join("\n", qideLsp()));
        return builder.start();
    }

    /// Waits for the end of an editor, which has printed these words.
    private void awaitWords(Process process, String name, String expected)
            throws IOException, InterruptedException {
        boolean hasEnded = process.waitFor(RUN_SECONDS, TimeUnit.SECONDS);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        var words = Files.readString(home.resolve(name + ".out"), StandardCharsets.UTF_8);
        assertThat(hasEnded).as(words).isTrue();
        assertThat(words).contains(expected);
        assertThat(process.exitValue()).as(words).isZero();
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /// `qide lsp`, as the launcher starts it, without the workspace.
    private List<String> qideLsp() throws IOException {
        var token = Files.writeString(home.resolve("token"), server.token());
        return List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.qide.server.Main",
                "lsp",
                "--url=" + server.http(""),
                "--token-file=" + token);
    }

    /// What a person copies from `extensions`.
    private static String plugin(String program) {
        var file = program.equals("nvim") ? "neovim/qide.lua" : "emacs/qide.el";
        return MODULE.resolveSibling("extensions").resolve(file).toString();
    }

    private static String script(String name) {
        return MODULE.resolve("src/test/editors", name).toString();
    }
}

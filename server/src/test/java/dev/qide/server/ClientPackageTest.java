package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `@qide/client` as npm packs it, installed in a project of its own: complete, with types under
/// both module resolutions, of the size that its README states; and its examples on a real server.
final class ClientPackageTest {
    private static final long RUN_SECONDS = 180;
    private static final Path BASE = Path.of(System.getProperty("basedir", "."));
    private static final Path PYTHON = BASE.resolve("src/test/resources/language/python");

    @TempDir Path workspace;

    private static NodeProject project;
    private static String packed;

    @BeforeAll
    static void install() throws Exception {
        project = NodeProject.installed("client");
        packed = installPackage(project);
    }

    /// Packs `@qide/client` and installs it in the project `client`.
    static String installPackage(NodeProject client) throws Exception {
        var folder = BASE.resolve("../protocol/client").toRealPath();
        return client.run(RUN_SECONDS, "package.mjs", folder.toString());
    }

    /// A workspace with the file that the editors of the examples open.
    static void copyProject(Path target) throws IOException {
        for (var name : List.of("greeting.py", "pyrightconfig.json")) {
            Files.copy(PYTHON.resolve(name), target.resolve(name));
        }
        Files.copy(PYTHON.resolve("Main.py"), target.resolve("main.py"));
    }

    @Test
    void the_packed_package_is_complete() {
        assertThat(packed).contains("the package is complete");
    }

    @Test
    void the_bot_writes_into_a_file_and_answers_in_the_team_chat() throws Exception {
        try (var server = TestServer.start(workspace)) {
            assertThat(run(server, "bot.mjs")).contains("the bot noted it");
        }
    }

    @Test
    void the_codemirror_editor_shares_a_file_and_has_language_features() throws Exception {
        BrowserScript.requireChromium();
        copyProject(workspace);
        try (var server = TestServer.start(workspace)) {
            assertThat(run(server, "codemirror.mjs")).contains("two people edited one file");
        }
    }

    @Test
    void the_monaco_editor_shares_a_file_and_has_language_features() throws Exception {
        BrowserScript.requireChromium();
        copyProject(workspace);
        try (var server = TestServer.start(workspace)) {
            assertThat(run(server, "monaco.mjs")).contains("two people edited one file");
        }
    }

    /// Stock editors, without `@qide/client`.
    @Test
    void stock_prosemirror_editors_share_a_document() throws Exception {
        BrowserScript.requireChromium();
        try (var server = TestServer.start(workspace)) {
            assertThat(run(server, "prosemirror.mjs")).contains("two people edited one letter");
        }
    }

    private static String run(TestServer server, String script) throws Exception {
        var address = server.http("/").toString();
        return project.run(RUN_SECONDS, script, address, server.token(), TestServer.WORKSPACE);
    }
}

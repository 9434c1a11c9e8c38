package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `@qide/client` as npm packs it, installed in a project of its own: complete, with types under
/// both module resolutions, of the size that its README states; and its examples on a real server.
final class ClientPackageTest {
    private static final long RUN_SECONDS = 120;
    private static final Path PACKAGE =
            Path.of(System.getProperty("basedir", "."), "../protocol/client");

    @TempDir Path workspace;

    private static NodeProject project;
    private static String packed;

    @BeforeAll
    static void install() throws Exception {
        project = NodeProject.installed("client");
        packed = project.run(RUN_SECONDS, "package.mjs", PACKAGE.toRealPath().toString());
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

    private static String run(TestServer server, String script) throws Exception {
        var address = server.http("/").toString();
        return project.run(RUN_SECONDS, script, address, server.token(), TestServer.WORKSPACE);
    }
}

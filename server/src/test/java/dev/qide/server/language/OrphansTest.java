package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When this server is killed outright, its language servers die with it.
class OrphansTest {
    private static final Duration GONE = Duration.ofSeconds(5);

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void no_language_server_outlives_a_killed_server(boolean isSandboxed) throws Exception {
        var jvm =
                new ProcessBuilder(
                                ChildJvm.java(),
                                "-cp",
                                ChildJvm.classPath(),
                                Child.class.getName(),
                                folder.toString(),
                                Boolean.toString(isSandboxed))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var out = jvm.inputReader()) {
            assertThat(out.readLine()).isEqualTo("runs");
            var family = jvm.descendants().toList();
            assertThat(family).isNotEmpty();
            long killed = System.nanoTime();
            jvm.destroyForcibly();
            for (var one : family) {
                one.onExit().get(GONE.toSeconds(), TimeUnit.SECONDS);
            }
            System.out.println(
                    family.size()
                            + " gone after "
                            + (System.nanoTime() - killed) / 1_000_000
                            + " ms");
        } finally {
            jvm.destroyForcibly();
        }
    }

    /// The server that is killed: one hostile language server runs, which would stay for ever.
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            var folder = Path.of(arguments[0]);
            var fixture =
                    new LanguageFixture(
                            Declarations.of(
                                    """
                                    {"servers":[{"id":"hostile","title":"Hostile","language":"hostile","languageIds":["hostile"],"files":[],
                                    "command":["${node}","${workspace}/hostile.mjs","stays"],"runsProjectCode":true,
                                    "capabilities":{"hoverProvider":true}}]}
                                    """),
                            Boolean.parseBoolean(arguments[1]));
            Files.copy(
                    Path.of("src/test/resources/language/fake/hostile.mjs"),
                    folder.resolve("hostile.mjs"));
            fixture.add("hostile", folder, true);
            fixture.host.open("s", "hostile", ClientProfile.routed(ClientFolders.one(null), "{}"));
            for (var id : List.of("1", "2")) {
                fixture.send(
                        "s",
                        "hostile",
                        "{\"jsonrpc\":\"2.0\",\"id\":"
                                + id
                                + ",\"method\":\"textDocument/hover\",\"params\":{}}");
                fixture.editor.answer(id);
            }
            System.out.println("runs");
            Thread.sleep(Duration.ofMinutes(5));
        }
    }
}

package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real language servers, in the sandbox, through the host.
class LanguageTest {
    private static final String ROOT = "file:///home/ann/My%20Project";

    @TempDir Path folder;
    private LanguageFixture fixture;

    @BeforeEach
    void start() throws InterruptedException {
        fixture = new LanguageFixture(Declarations.builtIn(), true);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void the_sandbox_holds_on_a_machine_that_runs_these_tests() {
        assertThat(fixture.sandbox.probeResult()).isEqualTo(new SandboxProbeResult.Works());
    }

    @Test
    void python_diagnostics_completion_hover_and_definition_work_in_one_routed_session()
            throws IOException {
        fixture.workspace("python", folder);
        fixture.host.open("s", "python", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
        var main = ROOT + "/Main.py";
        fixture.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));
        fixture.ask("s", "python", "\"c\"", "textDocument/completion", main, 4, 10);
        fixture.ask("s", "python", "7", "textDocument/hover", main, 2, 16);
        fixture.ask("s", "python", "8", "textDocument/definition", main, 2, 16);

        assertThat(fixture.editor.diagnostics(main))
                .anySatisfy(message -> assertThat(message).contains("\"str\" is not assignable"));
        assertThat(fixture.editor.answer("\"c\"").toString()).contains("\"label\":\"upper\"");
        assertThat(fixture.editor.answer("7").toString()).contains("Says hello.");
        assertThat(fixture.editor.answer("8").toString())
                .contains("\"uri\":\"" + ROOT + "/greeting.py\"");
        assertThat(fixture.editor.allText()).doesNotContain("/workspace", folder.toString());
    }

    @Test
    void typescript_diagnostics_completion_hover_and_definition_work_without_a_root()
            throws IOException {
        fixture.workspace("typescript", folder);
        fixture.host.open("s", "typescript", ClientProfile.routed(ClientFolders.one(null), "{}"));
        var main = "file:///Main.ts";
        fixture.open(
                "s", "typescript", main, "typescript", Files.readString(folder.resolve("Main.ts")));
        assertThat(fixture.editor.diagnostics(main))
                .contains("Type 'string' is not assignable to type 'number'.");
        fixture.ask("s", "typescript", "1", "textDocument/completion", main, 4, 12);
        fixture.ask("s", "typescript", "2", "textDocument/hover", main, 2, 26);
        fixture.ask("s", "typescript", "3", "textDocument/definition", main, 2, 26);

        assertThat(fixture.editor.answer("1").toString()).contains("\"label\":\"toUpperCase\"");
        assertThat(fixture.editor.answer("2").toString()).contains("Says hello.");
        assertThat(fixture.editor.answer("3").toString()).contains("file:///greeting.ts\"");
        assertThat(fixture.editor.allText()).doesNotContain("/workspace", folder.toString());
    }

    @Test
    void a_stock_client_drives_python_through_initialize_to_shutdown() throws IOException {
        fixture.workspace("python", folder);
        fixture.host.open("s", "python", ClientProfile.passThrough());
        fixture.send(
                "s",
                "python",
                """
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":1,"rootUri":"file:///home/bob/x",
                "capabilities":{"textDocument":{"completion":{}}}}}
                """);
        var capabilities =
                fixture.editor
                        .answer("0")
                        .getAsJsonObject("result")
                        .getAsJsonObject("capabilities");
        fixture.send(
                "s", "python", "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
        var main = "file:///home/bob/x/Main.py";
        fixture.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));
        fixture.ask("s", "python", "1", "textDocument/completion", main, 4, 10);
        fixture.ask("s", "python", "2", "textDocument/definition", main, 2, 16);

        assertThat(fixture.editor.diagnostics(main)).isNotEmpty();
        assertThat(fixture.editor.answer("1").toString()).contains("\"label\":\"upper\"");
        assertThat(fixture.editor.answer("2").toString())
                .contains("file:///home/bob/x/greeting.py");
        fixture.send("s", "python", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"shutdown\"}");
        assertThat(fixture.editor.answer("3").get("result").isJsonNull()).isTrue();
        fixture.send("s", "python", "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
        fixture.send("s", "python", "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"shutdown\"}");
        assertThat(fixture.editor.answer("4").has("error")).isTrue();
        assertThat(fixture.editor.sentences()).noneMatch(sentence -> sentence.startsWith("!"));

        var announced =
                java.util.Objects.requireNonNull(Declarations.builtIn().find("python"))
                        .capabilities();
        assertThat(capabilities.keySet()).containsAll(announced.keySet());
    }

    @Test
    void without_a_sandbox_python_runs_with_one_warning() throws Exception {
        try (var open = new LanguageFixture(Declarations.builtIn(), false)) {
            open.workspace("python", folder);
            open.host.open("s", "python", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
            var main = ROOT + "/Main.py";
            open.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));

            assertThat(open.editor.diagnostics(main)).isNotEmpty();
            assertThat(open.editor.sentences())
                    .filteredOn(sentence -> sentence.startsWith("!"))
                    .containsExactly("! The Python language server runs without a sandbox.");
            assertThat(open.editor.allText())
                    .doesNotContain(folder.toString(), LanguageFixture.toolsFolder().toString());
        }
    }
}

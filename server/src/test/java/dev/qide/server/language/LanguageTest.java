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
    private LanguageRig rig;

    @BeforeEach
    void start() throws InterruptedException {
        rig = new LanguageRig(Declarations.builtIn(), true);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void the_sandbox_holds_on_a_machine_that_runs_these_tests() {
        assertThat(rig.sandbox.verdict()).isEqualTo(new SandboxVerdict.Holds());
    }

    @Test
    void python_marks_completes_explains_and_finds_through_one_routed_session() throws IOException {
        rig.workspace("python", folder);
        rig.host.open("s", "python", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
        var main = ROOT + "/Main.py";
        rig.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));
        rig.ask("s", "python", "\"c\"", "textDocument/completion", main, 4, 10);
        rig.ask("s", "python", "7", "textDocument/hover", main, 2, 16);
        rig.ask("s", "python", "8", "textDocument/definition", main, 2, 16);

        assertThat(rig.editor.diagnostics(main))
                .anySatisfy(message -> assertThat(message).contains("\"str\" is not assignable"));
        assertThat(rig.editor.answer("\"c\"").toString()).contains("\"label\":\"upper\"");
        assertThat(rig.editor.answer("7").toString()).contains("Says hello.");
        assertThat(rig.editor.answer("8").toString())
                .contains("\"uri\":\"" + ROOT + "/greeting.py\"");
        assertThat(rig.editor.allText()).doesNotContain("/workspace", folder.toString());
    }

    @Test
    void typescript_marks_completes_explains_and_finds_for_a_client_without_a_root()
            throws IOException {
        rig.workspace("typescript", folder);
        rig.host.open("s", "typescript", ClientProfile.routed(ClientFolders.one(null), "{}"));
        var main = "file:///Main.ts";
        rig.open(
                "s", "typescript", main, "typescript", Files.readString(folder.resolve("Main.ts")));
        assertThat(rig.editor.diagnostics(main))
                .contains("Type 'string' is not assignable to type 'number'.");
        rig.ask("s", "typescript", "1", "textDocument/completion", main, 4, 12);
        rig.ask("s", "typescript", "2", "textDocument/hover", main, 2, 26);
        rig.ask("s", "typescript", "3", "textDocument/definition", main, 2, 26);

        assertThat(rig.editor.answer("1").toString()).contains("\"label\":\"toUpperCase\"");
        assertThat(rig.editor.answer("2").toString()).contains("Says hello.");
        assertThat(rig.editor.answer("3").toString()).contains("file:///greeting.ts\"");
        assertThat(rig.editor.allText()).doesNotContain("/workspace", folder.toString());
    }

    @Test
    void a_stock_client_drives_python_through_initialize_to_shutdown() throws IOException {
        rig.workspace("python", folder);
        rig.host.open("s", "python", ClientProfile.passThrough());
        rig.send(
                "s",
                "python",
                """
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":1,"rootUri":"file:///home/bob/x",
                "capabilities":{"textDocument":{"completion":{}}}}}
                """);
        var capabilities =
                rig.editor.answer("0").getAsJsonObject("result").getAsJsonObject("capabilities");
        rig.send("s", "python", "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
        var main = "file:///home/bob/x/Main.py";
        rig.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));
        rig.ask("s", "python", "1", "textDocument/completion", main, 4, 10);
        rig.ask("s", "python", "2", "textDocument/definition", main, 2, 16);

        assertThat(rig.editor.diagnostics(main)).isNotEmpty();
        assertThat(rig.editor.answer("1").toString()).contains("\"label\":\"upper\"");
        assertThat(rig.editor.answer("2").toString()).contains("file:///home/bob/x/greeting.py");
        rig.send("s", "python", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"shutdown\"}");
        assertThat(rig.editor.answer("3").get("result").isJsonNull()).isTrue();
        rig.send("s", "python", "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
        rig.send("s", "python", "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"shutdown\"}");
        assertThat(rig.editor.answer("4").has("error")).isTrue();
        assertThat(rig.editor.sentences()).noneMatch(sentence -> sentence.startsWith("!"));

        var announced =
                java.util.Objects.requireNonNull(Declarations.builtIn().find("python"))
                        .capabilities();
        assertThat(capabilities.keySet()).containsAll(announced.keySet());
    }

    @Test
    void without_a_sandbox_python_runs_with_one_warning() throws Exception {
        try (var open = new LanguageRig(Declarations.builtIn(), false)) {
            open.workspace("python", folder);
            open.host.open("s", "python", ClientProfile.routed(ClientFolders.one(ROOT), "{}"));
            var main = ROOT + "/Main.py";
            open.open("s", "python", main, "python", Files.readString(folder.resolve("Main.py")));

            assertThat(open.editor.diagnostics(main)).isNotEmpty();
            assertThat(open.editor.sentences())
                    .filteredOn(sentence -> sentence.startsWith("!"))
                    .containsExactly("! The Python language server runs without a sandbox.");
            assertThat(open.editor.allText())
                    .doesNotContain(folder.toString(), LanguageRig.toolsFolder().toString());
        }
    }
}

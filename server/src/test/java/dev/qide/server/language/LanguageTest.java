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
        rig.host.open("s", "python", ROOT, SessionMode.ROUTED);
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
        rig.host.open("s", "typescript", null, SessionMode.ROUTED);
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
}

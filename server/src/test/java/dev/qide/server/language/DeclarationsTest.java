package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.language.rewrite.Snippets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is declared, what an operator adds to it, and what of it is there on a machine.
class DeclarationsTest {
    private static final String OWN =
            """
            {"servers":[
            {"id":"pyright","title":"Python","language":"python","languageIds":["python"],"files":["*.py"],
             "command":["/opt/own"],"runsProjectCode":true,"capabilities":{}},
            {"id":"own","title":"Own","language":"own","languageIds":["yaml"],"files":["*.own"],
             "command":["/opt/own"],"runsProjectCode":true,"capabilities":{"monikerProvider":true},
             "limits":{"memoryMiB":77,"idleSeconds":5}}],
            "disabled":["bash"]}
            """;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "python,a.py,python",
        "json,b/a.json,json",
        "html,a.html,html",
        "css,a.scss,css",
        "markdown,README.md,markdown",
        "yaml,a.yml,yaml",
        "shellscript,a.sh,bash",
        "cpp,a.cc,c",
        "go,go.mod,go",
        "java,A.java,java",
        "rust,a.rs,rust",
    })
    void a_document_has_its_server(String languageId, String path, String language) {
        var all = Declarations.builtIn();
        assertThat(all.languageOf(languageId, null)).isEqualTo(language);
        assertThat(all.languageOf(null, path)).isEqualTo(language);
    }

    @Test
    void an_operators_file_replaces_adds_and_leaves_out() throws Exception {
        var all = Declarations.builtIn().with(Files.writeString(folder.resolve("own.json"), OWN));

        assertThat(Objects.requireNonNull(all.find("python")).start().command())
                .containsExactly("/opt/own");
        assertThat(all.languageOf("yaml", null)).isEqualTo("own");
        assertThat(all.languageOf(null, "a.yaml")).isEqualTo("yaml");
        assertThat(all.languageOf("shellscript", "a.sh")).isNull();
        assertThat(all.capabilities()).contains("monikerProvider");
        var limits = Objects.requireNonNull(all.find("own")).limits();
        assertThat(limits.memoryMiB()).isEqualTo(77);
        assertThat(limits.processes()).isEqualTo(ServerLimits.STANDARD.processes());
    }

    @Test
    void the_example_in_the_documentation_declares_a_server() throws Exception {
        var page = Files.readString(Path.of("../docs/language-servers.md"));
        int from = page.indexOf("```json\n", page.indexOf("## Declaring a server"));
        var example = page.substring(from + "```json\n".length(), page.indexOf("\n```\n", from));

        var declarations =
                Declarations.builtIn()
                        .with(Files.writeString(folder.resolve("languages.json"), example));

        assertThat(declarations.languageOf("lua", null)).isEqualTo("lua");
        assertThat(declarations.languageOf(null, "src/main.lua")).isEqualTo("lua");
    }

    @Test
    void an_auxiliary_server_supplements_others_and_announces_its_features() {
        var all = Declarations.builtIn();

        assertThat(all.auxiliariesOf("typescript", "javascript"))
                .extracting(ServerDeclaration::id)
                .containsExactly("eslint");
        assertThat(all.auxiliariesOf("python", "python")).isEmpty();
        assertThat(all.capabilities())
                .contains("source.fixAll.eslint", "source.fixAll.ts", "eslint.applySingleFix")
                .doesNotContain("diagnosticProvider");
    }

    @ParameterizedTest
    @CsvSource({
        "eslint.config.mjs,true",
        ".eslintrc,true",
        ".eslintrc.json,true",
        "eslint.config,false",
        "eslint.json,false",
        "my.eslintrc,false",
    })
    void a_file_above_a_document_calls_for_an_auxiliary_server(
            String name, boolean isWanted, @TempDir Path root) throws IOException {
        var eslint = Objects.requireNonNull(Declarations.builtIn().find("eslint"));
        var folder = new WorkspaceFolder("demo", root, () -> true, List.of());
        Files.createDirectories(root.resolve("packages/app"));
        Files.createFile(root.resolve("packages/app").resolve(name));

        for (var above : List.of("packages/app/a.js", "packages/app/src/new/a.js")) {
            assertThat(folder.needs(eslint, above)).as(above).isEqualTo(isWanted);
        }
        for (var other : List.of("a.js", "packages/a.js", "packages/lib/a.js", "../a.js")) {
            assertThat(folder.needs(eslint, other)).as(other).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "eslint.config.mjs,true",
        "packages/app/.eslintrc.cjs,true",
        "packages/app/package.json,true",
        ".eslintignore,true",
        "node_modules,true",
        "app/node_modules/eslint,true",
        "node_modules/@typescript-eslint/parser,true",
        "README.md,false",
        "src/a.ts,false",
        "src/package.json.ts,false",
        "src,false",
        "dist,false",
    })
    void eslint_watches_configuration_and_packages(String path, boolean isWatched) {
        var eslint = Objects.requireNonNull(Declarations.builtIn().find("eslint"));
        var typescript = Objects.requireNonNull(Declarations.builtIn().find("typescript"));

        assertThat(eslint.isWatched(path)).isEqualTo(isWatched);
        assertThat(typescript.isWatched(path)).isTrue();
    }

    @Test
    void a_folder_that_is_a_link_out_of_the_workspace_calls_for_nothing(@TempDir Path home)
            throws IOException {
        var eslint = Objects.requireNonNull(Declarations.builtIn().find("eslint"));
        var root = Files.createDirectory(home.resolve("project"));
        Files.createFile(home.resolve("eslint.config.js"));
        Files.createSymbolicLink(root.resolve("link"), home);
        var folder = new WorkspaceFolder("demo", root, () -> true, List.of());

        assertThat(folder.needs(eslint, "a.js")).isFalse();
        assertThat(folder.needs(eslint, "link/a.js")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"servers\":[{\"id\":\"x\",\"command\":[\"a\"],\"runsProjectCode\":true,\"title\":\"\",\"language\":\"x\",\"languageIds\":[\"x\"],\"files\":[],\"auxiliaryFor\":[\"y\"]}]}|an auxiliary server (auxiliaryFor) has no",
                "[]|must be a JSON object",
                "{|is not JSON",
                "{\"servers\":{}}|must be a list",
                "{\"server\":[]}|has no member server: remove it",
                "{\"disabled\":[\"pyrigth\"]}|disables the language server pyrigth, which is not declared: the ids are pyright, ",
                "{\"servers\":[{\"id\":\"x\"}]}|\"x\" is invalid: the member command is missing",
                "{\"servers\":[{\"id\":\"x\",\"comand\":[]}]}|\"x\" is invalid: there is no member comand",
                "{\"servers\":[{\"id\":\"x\",\"command\":[],\"runsProjectCode\":true}]}|command is empty",
                "{\"servers\":[{\"id\":\"x\",\"command\":[\"a\"],\"runsProjectCode\":true,\"limits\":{\"memory\":1}}]}|no limit named memory",
                "{\"servers\":[{\"id\":\"x\",\"command\":[\"a\"],\"runsProjectCode\":true,\"limits\":{\"memoryMiB\":0}}]}|at least 1",
            })
    void an_error_in_it_is_a_sentence(String json, String part) throws Exception {
        var file = Files.writeString(folder.resolve("own.json"), json);

        assertThatThrownBy(() -> Declarations.builtIn().with(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(part);
    }

    @Test
    void a_program_of_the_machine_is_offered_only_under_its_own_name() throws Exception {
        var nothing = Declarations.builtIn().present(folder.toString());
        assertThat(nothing.find("rust")).isNull();
        assertThat(nothing.find("python")).isNotNull();

        var real = folder.resolve("rust-analyzer-1");
        Files.createFile(
                real,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.createSymbolicLink(folder.resolve("rust-analyzer"), real);
        Files.createSymbolicLink(folder.resolve("gopls"), real);
        var present = Declarations.builtIn().present(folder.toString());

        assertThat(present.find("rust")).isNotNull();
        assertThat(present.find("go")).as("a link to another program").isNull();
    }

    @Test
    void every_declared_server_is_complete() {
        var ids = new HashSet<String>();
        for (var server : Declarations.builtIn().servers()) {
            assertThat(ids.add(server.id())).as(server.id()).isTrue();
            var install = server.start().install();
            assertThat(install == null).as(server.id()).isEqualTo(server.start().program() != null);
            if (install != null) {
                assertThat(Declarations.resource("install/" + install + "/package-lock.json"))
                        .contains("\"integrity\"")
                        .doesNotContain("\"resolved\"", "http://", "https://registry");
            }
        }
    }

    @Test
    void doctor_describes_the_machine() throws Exception {
        var path = Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");
        var declared = Declarations.builtIn().present(path);
        var here = InstalledTools.detect(folder, path, declared);
        assertThat(here.node()).startsWith("v");
        assertThat(here.hasNpm()).isTrue();
        assertThat(here.sandbox()).isEqualTo(new SandboxProbeResult.Works());
        assertThat(here.installable()).contains("python", "typescript", "json");

        var none = Declarations.builtIn().present(folder.toString());
        var bare = InstalledTools.detect(folder, folder.toString(), none);
        assertThat(bare.node()).isNull();
        assertThat(bare.hasNpm()).isFalse();
        assertThat(bare.sandbox()).isNull();
        assertThat(bare.ready()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "plain|plain",
                "<input$1>|<input>",
                "${1:name}(${2:a, ${3:b}})$0|name(a, b)",
                "`${1|yes,no|}`|yes",
                "\\\\$5 \\\\} ${TM_FILENAME} $$|$5 }  $$",
                "${1:open|open",
            })
    void a_snippet_becomes_plain_text(String snippet, String text) {
        assertThat(Snippets.text(snippet.replace("\\\\", "\\"))).isEqualTo(text);
    }
}

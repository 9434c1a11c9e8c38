package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.qide.server.WorkspaceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A workspace with several packages: the configuration nearest to a document counts.
class MonorepoTest {
    private static final String LOOSE = "const a = 1;\nif (a == 2) { console.log(\"x\"); }\n";
    private static final String OWN_ESLINT =
            """
            class ESLint {
              constructor(options) { this.cwd = options.cwd; }
              async calculateConfigForFile() { return {}; }
              async isPathIgnored() { return false; }
              async lintText() {
                return [{messages: [{ruleId: "own", severity: 2, line: 1, column: 1, message: "own in " + this.cwd}]}];
              }
            }
            ESLint.version = "9.0.0";
            exports.ESLint = ESLint;
            exports.loadESLint = async () => ESLint;
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SHAPES =
            "qide-external:/typescript-language-server/project/packages/app/node_modules/shapes/index.d.ts";

    @RegisterExtension
    static final WorkspaceServer SERVER =
            new WorkspaceServer(MonorepoTest::fill).withExternalDocuments();

    private static void fill(Path workspace) throws IOException {
        write(
                workspace,
                "package.json",
                "{\"name\":\"root\",\"private\":true,\"workspaces\":[\"packages/*\"]}");
        write(workspace, "packages/app/package.json", "{\"name\":\"app\"}");
        write(
                workspace,
                "packages/app/eslint.config.js",
                "module.exports = [{ files: [\"**/*.js\"], rules: { eqeqeq: \"error\" } }];\n");
        write(workspace, "packages/old/package.json", "{\"name\":\"old\"}");
        write(
                workspace,
                "packages/old/.eslintrc.json",
                "{\"root\":true,\"parserOptions\":{\"ecmaVersion\":2022},\"rules\":{\"no-console\":\"error\"}}");
        write(
                workspace,
                "packages/app/node_modules/shapes/package.json",
                "{\"name\":\"shapes\",\"version\":\"1.0.0\",\"types\":\"index.d.ts\"}");
        write(
                workspace,
                "packages/app/node_modules/shapes/index.d.ts",
                "export const area: number;\n");
        write(workspace, "packages/app/tsconfig.json", "{\"compilerOptions\":{\"strict\":true}}");
        write(workspace, "packages/app/src/a.ts", "import { area } from 'shapes';\narea;\n");
        write(
                workspace,
                "packages/sizes/package.json",
                "{\"name\":\"sizes\",\"types\":\"index.ts\"}");
        write(workspace, "packages/sizes/index.ts", "export const width: number = 1;\n");
        var modules = workspace.resolve("packages/app/node_modules");
        Files.createSymbolicLink(modules.resolve("sizes"), Path.of("../../sizes"));
        Files.createSymbolicLink(
                modules.resolve("sizes-absolute"), workspace.resolve("packages/sizes"));
        write(workspace, "packages/own/package.json", "{\"name\":\"own\"}");
        write(workspace, "packages/own/eslint.config.js", "module.exports = [];\n");
        write(
                workspace,
                "packages/own/node_modules/eslint/package.json",
                "{\"name\":\"eslint\",\"version\":\"9.0.0\",\"main\":\"index.js\"}");
        write(workspace, "packages/own/node_modules/eslint/index.js", OWN_ESLINT);
    }

    @Test
    void eslint_starts_for_a_package_with_a_configuration_of_its_own() {
        var uri = "file:///packages/app/src/main.js";
        SERVER.client().open(uri, "javascript", LOOSE);

        assertThat(eslint(uri)).contains("eqeqeq").doesNotContain("no-console");
    }

    @Test
    void a_package_with_the_older_kind_of_configuration_is_linted_by_it() {
        var uri = "file:///packages/old/main.js";
        SERVER.client().open(uri, "javascript", LOOSE);

        assertThat(eslint(uri)).contains("no-console").doesNotContain("eqeqeq");
    }

    @Test
    void a_package_with_an_eslint_of_its_own_is_linted_by_that_one_in_its_folder() {
        var uri = "file:///packages/own/lib/main.js";
        SERVER.client().open(uri, "javascript", LOOSE);

        assertThat(eslint(uri)).contains("\"code\":\"own\"", "packages/own\"");
    }

    @Test
    void a_definition_in_the_node_modules_of_a_package_opens() {
        var uri = "file:///packages/app/src/a.ts";
        SERVER.client().open(uri, "typescript", "import { area } from 'shapes';\narea;\n");

        awaitDefinition(uri, SHAPES);
        assertThat(
                        SERVER.client()
                                .result("workspace/textDocumentContent", "{'uri':'" + SHAPES + "'}")
                                .toString())
                .contains("export const area");
        SERVER.client().open(SHAPES, "typescript", "export const area: number;\n");
        var hover =
                SERVER.client()
                        .result(
                                "textDocument/hover",
                                "{'textDocument':{'uri':'"
                                        + SHAPES
                                        + "'},'position':{'line':0,'character':14}}");
        assertThat(hover.toString()).contains("const area: number");
    }

    @Test
    void a_linked_package_is_found_in_its_folder_of_the_workspace() {
        for (var name : List.of("sizes", "sizes-absolute")) {
            var uri = "file:///packages/app/src/" + name + ".ts";
            SERVER.client()
                    .open(uri, "typescript", "import { width } from '" + name + "';\nwidth;\n");

            awaitDefinition(uri, "file:///packages/sizes/index.ts");
        }
    }

    /// While TypeScript loads a project it answers from the document alone.
    private void awaitDefinition(String uri, String target) {
        var end = System.nanoTime() + PATIENCE.toNanos();
        var found = "";
        while (!found.contains("\"" + target + "\"")) {
            assertThat(System.nanoTime()).as(found).isLessThan(end);
            found =
                    SERVER.client()
                            .result(
                                    "textDocument/definition",
                                    "{'textDocument':{'uri':'"
                                            + uri
                                            + "'},'position':{'line':1,'character':1}}")
                            .toString();
        }
    }

    private String eslint(String uri) {
        return SERVER.client().diagnostics(uri, MonorepoTest::isFromEslint).toString();
    }

    private static boolean isFromEslint(JsonArray diagnostics) {
        return diagnostics.toString().contains("\"source\":\"eslint\"");
    }

    private static void write(Path workspace, String path, String text) throws IOException {
        var file = workspace.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

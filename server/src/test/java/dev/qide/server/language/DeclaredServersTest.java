package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.WorkspaceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Each declared server, the real one, over a real socket: one answer that only it can give.
class DeclaredServersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final WorkspaceServer SERVER = new WorkspaceServer(DeclaredServersTest::fill);

    private static void fill(Path workspace) throws IOException {
        Files.writeString(
                workspace.resolve("eslint.config.js"),
                "module.exports = [{ rules: { \"no-var\": \"error\" } }];\n");
        Files.writeString(workspace.resolve("a.js"), "var a = 1;\n");
        Files.writeString(workspace.resolve("other.md"), "# Other\n");
    }

    @Test
    void json_is_checked_and_explained_by_its_schema() throws IOException {
        Files.writeString(
                SERVER.folder().resolve("schema.json"),
                "{\"properties\":{\"size\":{\"type\":\"number\",\"description\":\"How large.\"}}}");
        var text = "{\"$schema\": \"./schema.json\", \"size\": \"big\"}";
        SERVER.client().open("file:///a.json", "json", text);

        assertThat(marked("file:///a.json")).contains("Expected \\\"number\\\"");
        assertThat(ask("hover", "file:///a.json", 0, text.indexOf("size") + 1))
                .contains("How large");
    }

    @Test
    void html_completes_tags_without_snippets() {
        SERVER.client().open("file:///a.html", "html", "<body><inp</body>");

        assertThat(ask("completion", "file:///a.html", 0, 10))
                .contains("\"label\":\"input\"")
                .doesNotContain("\"insertTextFormat\":2");
    }

    @Test
    void css_has_completion_and_diagnostics() {
        SERVER.client().open("file:///a.css", "css", "a { col }");
        SERVER.client().open("file:///b.css", "css", "b { colr: red; }");

        assertThat(ask("completion", "file:///a.css", 0, 7)).contains("\"label\":\"color\"");
        assertThat(marked("file:///b.css")).contains("colr");
    }

    @Test
    void markdown_requests_for_tokens_and_files_are_answered() {
        SERVER.client()
                .open("file:///a.md", "markdown", "# One\n\n[there](other.md#other)\n\n## Two\n");

        assertThat(ask("documentSymbol", "file:///a.md", 0, 0)).contains("# One", "## Two");
        assertThat(ask("definition", "file:///a.md", 2, 18)).contains("file:///other.md");
        assertThat(ask("completion", "file:///a.md", 2, 8)).contains("other.md");
    }

    @Test
    void markdown_links_are_checked() {
        var uri = "file:///links.md";
        SERVER.client().open(uri, "markdown", "# One\n\n[gone](missing.md) [none](#two)\n");

        assertThat(marked(uri)).contains("missing.md", "two");
        SERVER.client()
                .tell(
                        "textDocument/didChange",
                        "{'textDocument':{'uri':'file:///links.md','version':2},'contentChanges':[{'text':'# One'}]}");
        SERVER.client().diagnostics(uri, JsonArray::isEmpty);
    }

    @Test
    void yaml_is_checked() {
        SERVER.client().open("file:///a.yaml", "yaml", "a: [1, 2\nb: 3\n");

        assertThat(marked("file:///a.yaml")).isNotEmpty();
        assertThat(ask("documentSymbol", "file:///a.yaml", 0, 0)).contains("\"name\":\"a\"");
    }

    @Test
    void bash_finds_what_it_means() {
        SERVER.client().open("file:///a.sh", "shellscript", "greet() {\n  echo hello\n}\ngreet\n");
        // It answers nothing before it has read the text.
        SERVER.client().diagnostics("file:///a.sh", _ -> true);

        assertThat(ask("definition", "file:///a.sh", 3, 2))
                .contains("\"start\":{\"line\":0,\"character\":0}");
    }

    @Test
    void eslint_judges_by_the_rules_of_the_project() {
        try (var plain =
                TestClient.connect(
                        SERVER.server().ws("/lsp/" + TestServer.WORKSPACE + "/eslint"),
                        SERVER.server().token())) {
            plain.result(
                    "initialize",
                    "{'rootUri':'file:///home/ann','capabilities':{'textDocument':{'diagnostic':{}}}}");
            plain.tell("initialized", "{}");
            plain.open("file:///home/ann/a.js", "javascript", "var a = 1;\n");

            assertThat(
                            plain.result(
                                            "textDocument/diagnostic",
                                            "{'textDocument':{'uri':'file:///home/ann/a.js'}}")
                                    .toString())
                    .contains("no-var");
        }
    }

    @Test
    void clangd_of_this_machine_publishes_diagnostics() {
        assumeFound("c");
        SERVER.client()
                .open("file:///a.c", "c", "#include <stdio.h>\nint main(void) { retrn 0; }\n");

        assertThat(marked("file:///a.c")).contains("retrn").doesNotContain("stdio.h");
    }

    @Test
    void gopls_of_this_machine_knows_the_standard_library() throws IOException {
        assumeFound("go");
        Files.writeString(
                SERVER.folder().resolve("go.mod"), "module example.com/demo\n\ngo 1.19\n");
        var text = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Printl(\"a\")\n}\n";
        Files.writeString(SERVER.folder().resolve("main.go"), text);
        SERVER.client().open("file:///main.go", "go", text);

        assertThat(marked("file:///main.go")).contains("Printl").doesNotContain("could not import");
        assertThat(ask("completion", "file:///main.go", 5, 9)).contains("\"label\":\"Println\"");
    }

    @Test
    void rust_analyzer_of_this_machine_knows_the_standard_library() throws IOException {
        assumeFound("rust");
        Files.writeString(
                SERVER.folder().resolve("Cargo.toml"),
                "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
        var text = "fn main() {\n    let a = String::new();\n    a.push_s\n}\n";
        Files.createDirectories(SERVER.folder().resolve("src"));
        Files.writeString(SERVER.folder().resolve("src/main.rs"), text);
        SERVER.client().open("file:///src/main.rs", "rust", text);

        awaitCompletion("file:///src/main.rs", 2, 12, "push_str");
    }

    @Test
    void jdtls_of_this_machine_knows_the_standard_library() throws IOException {
        assumeFound("java");
        var text = "class Main {\n    int a = \"\".lengt;\n}\n";
        Files.writeString(SERVER.folder().resolve("Main.java"), text);
        SERVER.client().open("file:///Main.java", "java", text);

        awaitCompletion("file:///Main.java", 1, 20, "length");
    }

    @Test
    void pylsp_of_this_machine_completes() {
        assumeFound("pylsp");
        try (var plain =
                TestClient.connect(
                        SERVER.server().ws("/lsp/" + TestServer.WORKSPACE + "/pylsp"),
                        SERVER.server().token())) {
            plain.result("initialize", "{'rootUri':null,'capabilities':{}}");
            plain.tell("initialized", "{}");
            plain.open("file:///a.py", "python", "import os\nos.getc\n");

            assertThat(
                            plain.result(
                                            "textDocument/completion",
                                            "{'textDocument':{'uri':'file:///a.py'},'position':{'line':1,'character':7}}")
                                    .toString())
                    .contains("getcwd");
        }
    }

    private String marked(String uri) {
        return SERVER.client().diagnostics(uri, found -> !found.isEmpty()).toString();
    }

    private String ask(String method, String uri, int line, int character) {
        var params = new JsonObject();
        var document = new JsonObject();
        document.addProperty("uri", uri);
        params.add("textDocument", document);
        var position = new JsonObject();
        position.addProperty("line", line);
        position.addProperty("character", character);
        params.add("position", position);
        return SERVER.client().result("textDocument/" + method, params.toString()).toString();
    }

    /// Some load the project first, and know nothing meanwhile.
    private void awaitCompletion(String uri, int line, int character, String label) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        var found = "";
        while (!found.contains(label) && System.nanoTime() < end) {
            found = ask("completion", uri, line, character);
        }
        assertThat(found).contains(label);
    }

    private static void assumeFound(String language) {
        var path = System.getenv().getOrDefault("PATH", "");
        assumeTrue(
                Declarations.builtIn().present(path).servers().stream()
                        .anyMatch(found -> found.language().equals(language)),
                "the server of " + language + " is not on this machine");
    }
}

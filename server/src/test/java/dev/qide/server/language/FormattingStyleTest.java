package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.WorkspaceServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The style that a project sets for its files, with every client.
class FormattingStyleTest {
    @TempDir static Path outside;

    @RegisterExtension
    static final WorkspaceServer SERVER = new WorkspaceServer(FormattingStyleTest::fill);

    private static void fill(Path workspace) throws IOException {
        Files.writeString(
                workspace.resolve(".editorconfig"),
                "[*]\nindent_style = space\nindent_size = 2\n[Makefile]\nindent_style = tab\n");
        Files.createDirectories(workspace.resolve("packages/app"));
        Files.writeString(
                workspace.resolve("packages/app/.editorconfig"),
                "[*.json]\nindent_size = 8\ninsert_final_newline = true\n");
        Files.createDirectories(workspace.resolve("own"));
        Files.writeString(
                workspace.resolve("own/.editorconfig"),
                "root = true\n[*.ts]\nindent_style=tab\ntab_width=3\ntrim_trailing_whitespace=true\n");
        Files.writeString(outside.resolve(".editorconfig"), "[*]\nindent_size = 7\n");
        Files.createSymbolicLink(workspace.resolve("linked"), outside);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.ts|{\"tabSize\":2,\"insertSpaces\":true}",
                "Makefile|{\"tabSize\":2,\"insertSpaces\":false}",
                "sub/Makefile|{\"tabSize\":2,\"insertSpaces\":false}",
                "packages/app/src/b.json|{\"tabSize\":8,\"insertSpaces\":true,\"insertFinalNewline\":true}",
                "own/deep/a.ts|{\"tabSize\":3,\"insertSpaces\":false,\"trimTrailingWhitespace\":true}",
                "own/main.go|{\"insertSpaces\":false}",
                "own/Makefile|{\"insertSpaces\":false}",
                "own/a.c|{}",
                "linked/a.c|{\"tabSize\":2,\"insertSpaces\":true}",
                "../a.c|{}",
            })
    void the_page_gets_the_style_of_a_file(String path, String style) throws Exception {
        var uri =
                URI.create(
                        SERVER.server().http("/api/workspaces/" + TestServer.WORKSPACE + "/style")
                                + "?path="
                                + path);
        try (var http = HttpClient.newHttpClient()) {
            var answer =
                    http.send(
                            HttpRequest.newBuilder(uri)
                                    .header("Authorization", "Bearer " + SERVER.server().token())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo(style);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/", "/lsp/"})
    void a_server_formats_in_the_style_of_the_project(String end) {
        try (var client = connect(end)) {
            client.open("file:///a.json", "json", "{\"a\":1}\n");
            assertThat(formatted(client, "file:///a.json"))
                    .contains("\"newText\":\"\\n  \"")
                    .doesNotContain("\\n   ");
            client.open("file:///packages/app/b.json", "json", "{\"a\":1}");
            assertThat(formatted(client, "file:///packages/app/b.json"))
                    .contains("\"newText\":\"\\n        \"");
        }
    }

    @ParameterizedTest
    @CsvSource({"file:///a.ts, '  '", "file:///own/a.ts, '\t'"})
    void a_quick_fix_writes_in_the_style_of_the_project(String uri, String indent) {
        try (var client = connect("/ws/")) {
            client.open(uri, "typescript", "interface I {run(): void;}\nclass A implements I {}\n");
            var diagnostics = client.diagnostics(uri, all -> !all.isEmpty());
            var range = diagnostics.get(0).getAsJsonObject().get("range");
            var request =
                    "{\"textDocument\":{\"uri\":\"%s\"},\"range\":%s,\"context\":{\"diagnostics\":%s,\"only\":[\"quickfix\"]}}"
                            .formatted(uri, range, diagnostics);
            var written = indent.replace("\t", "\\t");
            assertThat(client.result("textDocument/codeAction", request).toString())
                    .contains(
                            "\\n%srun(): void {\\n%s%sthrow new"
                                    .formatted(written, written, written));
        }
    }

    @Test
    void the_final_line_feed_of_a_text_stays() {
        try (var client = connect("/ws/")) {
            client.open("file:///own/a.css", "css", "a{color:red}\n");
            var edits =
                    client.result("textDocument/formatting", request("file:///own/a.css"))
                            .getAsJsonArray();
            var last = edits.get(edits.size() - 1).getAsJsonObject();
            boolean isWholeText = last.toString().contains("\"line\":1,\"character\":0");
            assertThat(!isWholeText || last.get("newText").getAsString().endsWith("\n"))
                    .as(edits.toString())
                    .isTrue();
        }
    }

    private static TestClient connect(String end) {
        var path = end + TestServer.WORKSPACE + (end.equals("/lsp/") ? "/json" : "");
        var client = SERVER.connect(path);
        client.initialize(null);
        return client;
    }

    private static String formatted(TestClient client, String uri) {
        return client.result("textDocument/formatting", request(uri)).toString();
    }

    private static String request(String uri) {
        return "{'textDocument':{'uri':'" + uri + "'},'options':{'tabSize':4,'insertSpaces':true}}";
    }
}

package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Well-known files of JSON and YAML are completed and explained without a network, and what a
/// newer schema may allow is not marked.
class ShippedSchemasTest {
    @TempDir static Path workspace;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.initialize(null);
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void a_package_manifest_has_completion_and_hover_but_no_diagnostics() {
        var text = "{\n  \"scripts\": 7,\n  \"brandNew\": 1,\n  \"\"\n}";
        client.open("file:///package.json", "json", text);

        assertThat(marks("file:///package.json"))
                .doesNotContain("Incorrect type", "not allowed", "schema");
        assertThat(ask("completion", "/package.json", 3, 3)).contains("\"devDependencies\"");
        assertThat(ask("hover", "/package.json", 1, 4)).contains("script commands");
    }

    @Test
    void a_compiler_configuration_that_names_its_schema_is_completed() {
        var text =
                "{\n\"$schema\": \"https://json.schemastore.org/tsconfig\",\n\"extends\": [\"a\"],\n\"compilerOptions\": {\"module\": \"\", \"newOption\": 1}\n,,}";
        client.open("file:///tsconfig.json", "json", text);

        assertThat(marks("file:///tsconfig.json"))
                .doesNotContain("Incorrect type", "not allowed", "schema", "Value is not accepted");
        assertThat(ask("completion", "/tsconfig.json", 3, 31)).contains("ESNext", "CommonJS");
    }

    /// The kinds of JSON whose readers accept comments and a comma behind the last member. Readers
    /// of `.eslintrc` accept comments only.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tsconfig.json",
                "tsconfig.build.json",
                "jsconfig.json",
                ".babelrc",
                "notes.jsonc",
                ".vscode/settings.json",
                ".devcontainer/devcontainer.json",
                "all.code-workspace"
            })
    void a_trailing_comma_is_not_marked_where_its_readers_accept_it(String path) {
        var uri = "file:///" + path;
        client.open(uri, "json", "{\n  // a comment\n  \"files\": [\"a\",],\n  \"b\": [1 2],\n}\n");

        assertThat(marks(uri)).contains("Expected comma").doesNotContain("railing comma", "omment");
    }

    @ParameterizedTest
    @ValueSource(strings = {"package.json", ".eslintrc.json", "data.json"})
    void a_trailing_comma_is_marked_where_its_readers_refuse_it(String path) {
        var uri = "file:///" + path;
        client.open(uri, "json", "{\"b\": [1],}\n");

        assertThat(marks(uri)).contains("Trailing comma");
    }

    @Test
    void a_workflow_has_completion_and_hover_but_no_diagnostics() {
        var uri = "/.github/workflows/test.yml";
        var text =
                "on: push\nbrand-new: 1\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - us\nb: [1\n";
        client.open("file://" + uri, "yaml", text);

        assertThat(marks("file://" + uri)).doesNotContain("Incorrect type", "not allowed");
        assertThat(ask("completion", uri, 6, 10)).contains("\"uses\"");
        assertThat(ask("hover", uri, 4, 6)).contains("type of machine");
    }

    private String ask(String method, String path, int line, int character) {
        return client.result(
                        "textDocument/" + method,
                        "{\"textDocument\":{\"uri\":%s},\"position\":{\"line\":%d,\"character\":%d}}"
                                .formatted(new JsonPrimitive("file://" + path), line, character))
                .toString();
    }

    /// The diagnostics of a document with a syntax error.
    private String marks(String uri) {
        return client.diagnostics(uri, found -> found.toString().contains("severity")).toString();
    }
}

package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The name of a file decides its language id where clients are known to say another one.
class LanguageIdsTest {
    private static final String COMMENTED =
            """
            {
              // made by tsc --init
              "compilerOptions": { "strict": true, /* strict */ },
            }
            """;
    private static final String COMPONENT =
            """
            export function App(p: { name: string }) {
              return <div id="a">{p.name}{p.missing}</div>;
            }
            """;

    @TempDir static Path workspace;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                workspace.resolve("tsconfig.json"),
                "{\"compilerOptions\":{\"strict\":true,\"jsx\":\"preserve\"}}");
        Files.writeString(workspace.resolve("App.tsx"), COMPONENT);
        Files.writeString(
                workspace.resolve("jsx.d.ts"),
                "declare namespace JSX { interface IntrinsicElements { div: { id?: string } } interface Element {} }\n");
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "App.tsx,typescriptreact",
        "src/App.jsx,javascriptreact",
        "a.ts,",
        "tsconfig.json,jsonc",
        "packages/app/tsconfig.build.json,jsonc",
        "jsconfig.json,jsonc",
        "x.jsonc,jsonc",
        ".eslintrc,jsonc",
        ".eslintrc.json,jsonc",
        ".babelrc,jsonc",
        ".devcontainer/devcontainer.json,jsonc",
        ".devcontainer/python/devcontainer.json,jsonc",
        ".vscode/settings.json,jsonc",
        "packages/app/.vscode/launch.json,jsonc",
        "package.json,",
        "a.vscode/settings.json,",
        "settings.json,",
    })
    void a_name_decides(String path, String languageId) {
        assertThat(Declarations.builtIn().idByFile(path)).isEqualTo(languageId);
        assertThat(Declarations.builtIn().languageOf("plaintext", path)).isNotNull();
    }

    @Test
    void a_component_that_is_opened_as_typescript_has_no_false_errors() {
        try (var client = connect("/ws/" + TestServer.WORKSPACE)) {
            client.open("file:///App.tsx", "typescript", COMPONENT);

            assertThat(marked(client, "file:///App.tsx", "missing"))
                    .hasSize(1)
                    .allMatch(one -> one.toString().contains("\"code\":2339"));
        }
    }

    @Test
    void json_with_comments_has_no_false_errors_and_true_ones_stay() {
        for (var end : new String[] {"/ws/", "/lsp/"}) {
            var path = end + TestServer.WORKSPACE + (end.equals("/lsp/") ? "/json" : "");
            try (var client = connect(path)) {
                for (var name :
                        new String[] {"tsconfig.json", "x.jsonc", ".vscode/settings.json"}) {
                    var uri = "file:///" + name;
                    client.open(uri, "json", COMMENTED.replace("true", "tru"));
                    assertThat(marked(client, uri, "Value expected").toString())
                            .doesNotContain("Comments are not permitted");
                    client.tell(
                            "textDocument/didChange",
                            "{\"textDocument\":{\"uri\":\""
                                    + uri
                                    + "\",\"version\":2},\"contentChanges\":[{\"text\":"
                                    + new com.google.gson.JsonPrimitive(COMMENTED)
                                    + "}]}");
                    client.diagnostics(uri, found -> !found.toString().contains("\"severity\":1"));
                }
                client.open("file:///package.json", "json", "{ // no\n}");
                marked(client, "file:///package.json", "Comments are not permitted");
            }
        }
    }

    private static TestClient connect(String path) {
        var client = TestClient.connect(server.ws(path), server.token());
        client.initialize(null);
        return client;
    }

    private static JsonArray marked(TestClient client, String uri, String part) {
        return client.diagnostics(uri, found -> found.toString().contains(part));
    }
}

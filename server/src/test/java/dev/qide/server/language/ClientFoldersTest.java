package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Several workspace folders of one client: packages of a monorepo, opened and closed.
class ClientFoldersTest {
    private static final String MONO = "file:///home/ann/mono";

    @TempDir Path workspace;

    @BeforeEach
    void write() throws IOException {
        write("packages/a/a.ts", "export const area = 1;\n");
        write("packages/a/tsconfig.json", "{\"compilerOptions\":{\"strict\":true}}");
        write("packages/b/b.ts", "import { area } from '../a/a';\narea;\n");
        write("packages/b/tsconfig.json", "{\"compilerOptions\":{\"strict\":true}}");
        write("packages/ä c/c.py", "size = 1\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // folders|rootUri|root|paths
                "/packages/a|/packages/a|/packages/a|.",
                "/packages/a /packages/b|/packages/a||packages/a packages/b",
                "/packages/a /packages/b|||packages/a packages/b",
                ". /packages/b|||. packages/b",
                "/packages/b /packages/%C3%A4%20c/|/packages/b||packages/b packages/ä+c",
                "/packages/a /elsewhere|/packages/a|/packages/a|.",
                "/packages/a /packages/../packages/b|/packages/a|/packages/a|.",
            })
    void the_root_is_what_has_all_folders_of_the_workspace(
            String folders, @Nullable String rootUri, @Nullable String root, String paths) {
        var named =
                Stream.of(folders.split(" "))
                        .map(path -> "{\"uri\":\"" + MONO + (path.equals(".") ? "" : path) + "\"}")
                        .toList();
        var initialize =
                "{\"rootUri\":%s,\"workspaceFolders\":%s}"
                        .formatted(rootUri == null ? "null" : "\"" + MONO + rootUri + "\"", named);

        var found =
                ClientFolders.of(JsonParser.parseString(initialize).getAsJsonObject(), workspace);

        assertThat(found.root()).isEqualTo(MONO + (root == null ? "" : root));
        assertThat(found.paths())
                .isEqualTo(
                        Stream.of(paths.split(" "))
                                .map(path -> path.equals(".") ? "" : path.replace('+', ' '))
                                .toList());
    }

    @Test
    void a_server_starts_with_the_clients_folders_and_is_notified_of_changes() throws Exception {
        try (var fixture = new LanguageFixture(Declarations.of(SettingsTest.FAKE), true)) {
            fixture.workspace("fake", workspace);
            fixture.host.open("s", "fake", ClientProfile.passThrough());
            fixture.send(
                    "s",
                    "fake",
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"rootUri\":\"file:///m/packages/a\",\"workspaceFolders\":[{\"uri\":\"file:///m/packages/a\",\"name\":\"a\"},{\"uri\":\"file:///m/packages/b\",\"name\":\"b\"}],\"capabilities\":{}}}");
            var told = fixture.editor.answer("1").getAsJsonObject("result").getAsJsonObject("told");
            assertThat(told.get("rootUri").getAsString()).isEqualTo("file:///m/packages/a");
            assertThat(told.get("workspaceFolders").toString())
                    .contains("\"file:///m/packages/a\"", "\"file:///m/packages/b\"")
                    .doesNotContain("\"file:///m\"");
            fixture.send(
                    "s", "fake", "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");

            fixture.send(
                    "s",
                    "fake",
                    "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeWorkspaceFolders\",\"params\":{\"event\":{\"added\":[{\"uri\":\"file:///m/packages/%C3%A4%20c\",\"name\":\"c\"},{\"uri\":\"file:///other\",\"name\":\"o\"}],\"removed\":[{\"uri\":\"file:///m/packages/b\",\"name\":\"b\"}]}}}");
            fixture.send("s", "fake", "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"fake/folders\"}");
            var changes = fixture.editor.answer("2").getAsJsonArray("result");
            assertThat(changes).hasSize(1);
            var event = changes.get(0).getAsJsonObject();
            assertThat(event.getAsJsonArray("added")).hasSize(1);
            assertThat(event.get("added").toString()).contains("file:///m/packages/%C3%A4%20c");
            assertThat(event.get("removed").toString()).contains("\"file:///m/packages/b\"");
            assertThat(fixture.editor.notification("window/logMessage", _ -> true).toString())
                    .contains("file:///other is not in this workspace");
        }
    }

    @Test
    void files_of_all_folders_are_served() throws Exception {
        try (var server = TestServer.start(workspace);
                var client =
                        TestClient.connect(
                                server.ws("/ws/" + TestServer.WORKSPACE), server.token())) {
            client.result(
                    "initialize",
                    "{'rootUri':'%1$s/packages/b','workspaceFolders':[{'uri':'%1$s/packages/b','name':'b'},{'uri':'%1$s/packages/a','name':'a'}],'capabilities':{}}"
                            .formatted(MONO));
            client.tell("initialized", "{}");
            client.open(
                    MONO + "/packages/b/b.ts",
                    "typescript",
                    "import { area } from '../a/a';\narea.nothing;\n");

            client.diagnostics(
                    MONO + "/packages/b/b.ts", found -> found.toString().contains("nothing"));
            assertThat(
                            client.result(
                                            "textDocument/definition",
                                            "{'textDocument':{'uri':'%s/packages/b/b.ts'},'position':{'line':1,'character':1}}"
                                                    .formatted(MONO))
                                    .toString())
                    .contains(MONO + "/packages/a/a.ts");
        }
    }

    private void write(String path, String text) throws IOException {
        var file = workspace.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

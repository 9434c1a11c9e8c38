package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.eclipse.jgit.api.Git;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What tools do to files that nobody has open reaches editors and the real pyright and TypeScript.
class WatchedFilesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path folder;

    @Test
    void a_checkout_that_changes_a_closed_file_updates_pyrights_diagnostics_of_an_open_one()
            throws Exception {
        write("pyrightconfig.json", "{\"typeCheckingMode\":\"standard\"}\n");
        write("lib/shapes.py", "def area(r: int) -> int:\n    return r\n");
        write("main.py", "from lib.shapes import area\n\nprint(area(1))\n");
        checkOut("main.py", "python", "lib/shapes.py");
    }

    @Test
    void a_checkout_that_changes_a_closed_file_updates_typescripts_diagnostics_of_an_open_one()
            throws Exception {
        write("tsconfig.json", "{\"compilerOptions\":{\"strict\":true}}\n");
        write("src/shapes.ts", "export function area(r: number) { return r; }\n");
        write("src/main.ts", "import { area } from './shapes';\n\nconsole.log(area(1));\n");
        checkOut("src/main.ts", "typescript", "src/shapes.ts");
    }

    private void checkOut(String open, String languageId, String closed) throws Exception {
        try (var git = Git.init().setDirectory(folder.toFile()).call()) {
            commit(git, "one");
            git.checkout().setCreateBranch(true).setName("other").call();
            write(closed, Files.readString(folder.resolve(closed)).replace("area", "surface"));
            commit(git, "two");
            git.checkout().setName("master").call();

            try (var server = TestServer.start(folder);
                    var client = connect(server)) {
                open(client, open, languageId);
                client.diagnostics("file:///" + open, JsonArray::isEmpty);

                git.checkout().setName("other").call();
                client.diagnostics("file:///" + open, marks -> says(marks, "area"));
                git.checkout().setName("master").call();
                client.diagnostics("file:///" + open, JsonArray::isEmpty);
            }
        }
    }

    @Test
    void a_module_that_a_tool_creates_is_found_and_listed() throws Exception {
        write("main.py", "import b\n\nprint(b.b)\n");
        try (var server = TestServer.start(folder);
                var client = connect(server)) {
            open(client, "main.py", "python");
            client.diagnostics("file:///main.py", marks -> says(marks, "\"b\""));

            write("b.py", "b = 1\n");

            var params = changed(client, "b.py");
            assertThat(params.get("etag").getAsString()).startsWith("\"");
            client.diagnostics("file:///main.py", JsonArray::isEmpty);
            Files.delete(folder.resolve("b.py"));
            assertThat(changed(client, "b.py").has("etag")).isFalse();
            client.diagnostics("file:///main.py", marks -> says(marks, "\"b\""));
        }
    }

    private static TestClient connect(TestServer server) {
        var client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
        client.initialize(null);
        return client;
    }

    private static JsonObject changed(TestClient client, String path) {
        return client.await(
                        message ->
                                TestClient.isNotification(message, "qide/fileChanged")
                                        && message.getAsJsonObject("params")
                                                .get("path")
                                                .getAsString()
                                                .equals(path),
                        PATIENCE)
                .getAsJsonObject("params");
    }

    private void open(TestClient client, String path, String languageId) throws IOException {
        client.open("file:///" + path, languageId, Files.readString(folder.resolve(path)));
    }

    private static boolean says(JsonArray diagnostics, String words) {
        return diagnostics.asList().stream()
                .map(JsonObject.class::cast)
                .anyMatch(one -> one.get("message").getAsString().contains(words));
    }

    private static void commit(Git git, String message) throws Exception {
        git.add().addFilepattern(".").call();
        git.commit()
                .setMessage(message)
                .setAuthor("T", "t@e.invalid")
                .setCommitter("T", "t@e.invalid")
                .setSign(false)
                .call();
    }

    private void write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }
}

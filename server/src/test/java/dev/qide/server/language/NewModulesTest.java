package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TypeScript resolves modules that appear while a document that imports them is open, in the
/// folders closest to the root of the workspace too.
class NewModulesTest {
    private static final String MAIN = "file:///src/main.ts";
    private static final String TEXT =
            """
            import { a } from "../a";
            import { b } from "./b";
            import { left } from "left";
            export const x: number = a + b + left("a");
            """;
    private static final int CANNOT_FIND_MODULE = 2307;

    @TempDir Path workspace;

    @Test
    void modules_in_the_root_in_src_and_in_node_modules_are_found_once_they_exist()
            throws Exception {
        Files.createDirectory(workspace.resolve("src"));
        Files.writeString(workspace.resolve("src/main.ts"), TEXT);
        Files.writeString(
                workspace.resolve("tsconfig.json"),
                "{\"compilerOptions\":{\"strict\":true,\"module\":\"commonjs\",\"target\":\"es2022\"}}");
        try (var server = TestServer.start(workspace);
                var client =
                        TestClient.connect(
                                server.ws("/ws/" + TestServer.WORKSPACE), server.token())) {
            client.initialize(null);
            client.open(MAIN, "typescript", TEXT);
            client.diagnostics(MAIN, found -> codes(found).equals(missing(3)));

            put(server, "a.ts", "export const a = 1;\n");
            client.diagnostics(MAIN, found -> codes(found).equals(missing(2)));
            put(server, "src/b.ts", "export const b = 1;\n");
            client.diagnostics(MAIN, found -> codes(found).equals(missing(1)));
            installPackage("left");
            client.diagnostics(MAIN, JsonArray::isEmpty);
        }
    }

    private void installPackage(String name) throws IOException {
        var folder = Files.createDirectories(workspace.resolve("node_modules").resolve(name));
        Files.writeString(
                folder.resolve("i.d.ts"),
                "export declare function " + name + "(a: string): number;\n");
        Files.writeString(
                folder.resolve("package.json"),
                "{\"name\":\"" + name + "\",\"version\":\"1.0.0\",\"types\":\"i.d.ts\"}");
    }

    private static List<Integer> missing(int count) {
        return java.util.Collections.nCopies(count, CANNOT_FIND_MODULE);
    }

    private static List<Integer> codes(JsonArray diagnostics) {
        return diagnostics.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(diagnostic -> diagnostic.get("code").getAsInt())
                .toList();
    }

    private static void put(TestServer server, String path, String text) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(
                                    server.http(
                                            "/api/workspaces/"
                                                    + TestServer.WORKSPACE
                                                    + "/files/"
                                                    + path))
                            .header("Authorization", "Bearer " + server.token())
                            .header("If-None-Match", "*")
                            .PUT(HttpRequest.BodyPublishers.ofString(text))
                            .build();
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201, 204);
        }
    }
}

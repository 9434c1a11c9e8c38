package dev.qide.server.language;

import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Definitions outside the workspace open as read-only documents, and nothing else there does.
class ExternalTest {
    private static final String PYTHON = "import os\nimport shapes\nos.getcwd()\nshapes.area()\n";
    private static final Pattern EXTERNAL = Pattern.compile("\"((?:qide-external|file):[^\"]*)\"");
    private static final int PATH_ILLEGAL = 1101;
    private static final int FILE_UNKNOWN = 1102;

    @TempDir static Path workspace;
    @TempDir static Path outside;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        var packages = workspace.resolve(".venv/lib/python3.12/site-packages");
        Files.createDirectories(packages);
        Files.writeString(packages.resolve("shapes.py"), "def area() -> int:\n    return 1\n");
        Files.writeString(outside.resolve("secret.py"), "secret = 1\n");
        Files.createSymbolicLink(packages.resolve("leak.py"), outside.resolve("secret.py"));
        Files.createSymbolicLink(packages.resolve("leaks"), outside);
        Files.writeString(workspace.resolve("a.py"), PYTHON);
        Files.writeString(workspace.resolve("a.ts"), "const n = [1].map(String);\n");
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = TestClient.connect(server.ws("/ws/" + TestServer.WORKSPACE), server.token());
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void the_standard_library_of_python_opens() throws Exception {
        var result = client.initializeWithExternalDocuments(null);
        assertThat(result.toString())
                .contains("\"textDocumentContent\":{\"schemes\":[\"qide-external\"]}");
        client.open("file:///a.py", "python", PYTHON);
        var uri = definition("file:///a.py", 2, 4);

        assertThat(uri).startsWith("qide-external:/pyright/install/").contains("typeshed");
        assertThat(text(uri)).contains("def getcwd()");
        var answer = get(uri, server.token());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(text(uri));
        assertThat(get(uri, "wrong").statusCode()).isEqualTo(401);

        // Its own questions go to the same server.
        client.open(uri, "python", answer.body());
        int line = (int) answer.body().lines().takeWhile(l -> !l.startsWith("def getcwd(")).count();
        assertThat(client.result("textDocument/hover", at(uri, line, 5)).toString())
                .contains("getcwd");
    }

    @Test
    void the_library_of_typescript_opens() {
        client.initializeWithExternalDocuments("file:///home/ann");
        client.open("file:///home/ann/a.ts", "typescript", "const n = [1].map(String);\n");
        var uri = definition("file:///home/ann/a.ts", 0, 15);

        assertThat(uri).startsWith("qide-external:/typescript-language-server/install/");
        assertThat(text(uri)).contains("interface Array<T>");
    }

    @Test
    void an_installed_package_opens_and_its_links_lead_nowhere() {
        client.initializeWithExternalDocuments(null);
        client.open("file:///a.py", "python", PYTHON);
        var uri = definition("file:///a.py", 3, 8);

        assertThat(uri).startsWith("qide-external:/pyright/project/.venv/");
        assertThat(text(uri)).contains("def area()");
        for (var link : new String[] {"leak.py", "leaks/secret.py"}) {
            assertThat(code(uri.replace("shapes.py", link))).isEqualTo(FILE_UNKNOWN);
        }
    }

    @Test
    void an_editor_that_only_opens_files_gets_packages_of_the_project_below_its_root() {
        client.initialize("file:///home/ann");
        client.open("file:///home/ann/a.py", "python", PYTHON);

        assertThat(definition("file:///home/ann/a.py", 3, 8))
                .isEqualTo("file:///home/ann/.venv/lib/python3.12/site-packages/shapes.py");
        assertThat(definition("file:///home/ann/a.py", 2, 4))
                .startsWith("qide-external:/pyright/install/");
    }

    @Test
    void a_workspace_in_the_data_directory_sees_its_own_packages_and_nothing_else_there()
            throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var made =
                    http.send(
                            HttpRequest.newBuilder(server.http("/api/workspaces"))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"name\":\"made\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(made.statusCode()).isEqualTo(201);
        }
        var packages =
                Files.createDirectories(
                        server.data()
                                .resolve("workspaces/made/.venv/lib/python3.12/site-packages"));
        Files.writeString(packages.resolve("shapes.py"), "def area() -> int:\n    return 1\n");
        Files.createSymbolicLink(packages.resolve("leak.py"), server.data().resolve("token"));
        client.close();
        client = TestClient.connect(server.ws("/ws/made"), server.token());
        client.initializeWithExternalDocuments(null);
        client.open("file:///a.py", "python", PYTHON);
        var uri = definition("file:///a.py", 3, 8);

        assertThat(text(uri)).contains("def area()");
        assertThat(code(uri.replace("shapes.py", "leak.py"))).isEqualTo(FILE_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "file:///etc/passwd,1101",
        "file:///a.py,1101",
        "/etc/passwd,1101",
        "qide-external:/etc/passwd,1102",
        "qide-external:/clangd/machine/usr/include/stdio.h,1102",
        "qide-external:/pyright/project/../../x,1102",
        "qide-external:/pyright/install/../../../../etc/passwd,1101",
        "qide-external:/pyright/install/%2e%2e/%2e%2e/x,1101",
        "qide-external:/pyright/install%2F..%2F..%2Fx,1101",
        "qide-external:/pyright/install//etc/passwd,1101",
        "qide-external:/pyright/install/./package.json,1101",
        "qide-external:/pyright/install/a%00b,1101",
        "qide-external:/pyright/install/node_modules?x,1101",
        "qide-external:/pyright/install,1102",
        "qide-external:/pyright/install/node_modules,1102",
        "qide-external:/pyright/install/missing.py,1102",
    })
    void nothing_else_opens(String uri, int expected) throws Exception {
        client.initializeWithExternalDocuments(null);
        client.open("file:///a.py", "python", PYTHON);
        assertThat(definition("file:///a.py", 2, 4)).contains("/install/");

        assertThat(code(uri)).isEqualTo(expected);
        assertThat(get(uri, server.token()).statusCode())
                .isEqualTo(expected == PATH_ILLEGAL ? 400 : 404);
    }

    @Test
    void a_document_that_nobody_named_does_not_open() throws Exception {
        try (var fresh = TestServer.start(workspace)) {
            var other = TestClient.connect(fresh.ws("/ws/" + TestServer.WORKSPACE), fresh.token());
            other.initialize(null);
            assertThat(
                            errorCode(
                                    other.answer(
                                            "workspace/textDocumentContent",
                                            "{'uri':'qide-external:/pyright/install/package.json'}")))
                    .isEqualTo(FILE_UNKNOWN);
            other.close();
        }
    }

    private String definition(String uri, int line, int character) {
        var result = client.result("textDocument/definition", at(uri, line, character)).toString();
        var matcher = EXTERNAL.matcher(result);
        assertThat(matcher.find()).as(result).isTrue();
        return matcher.group(1);
    }

    private String text(String uri) {
        return client.result(
                        "workspace/textDocumentContent", "{\"uri\":" + new JsonPrimitive(uri) + "}")
                .getAsJsonObject()
                .get("text")
                .getAsString();
    }

    private int code(String uri) {
        return errorCode(
                client.answer(
                        "workspace/textDocumentContent",
                        "{\"uri\":" + new JsonPrimitive(uri) + "}"));
    }

    private static String at(String uri, int line, int character) {
        return "{\"textDocument\":{\"uri\":%s},\"position\":{\"line\":%d,\"character\":%d}}"
                .formatted(new JsonPrimitive(uri), line, character);
    }

    private static HttpResponse<String> get(String uri, String token) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var encoded = URLEncoder.encode(uri, StandardCharsets.UTF_8);
            return http.send(
                    HttpRequest.newBuilder(
                                    server.http(
                                            "/api/workspaces/"
                                                    + TestServer.WORKSPACE
                                                    + "/external?uri="
                                                    + encoded))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}

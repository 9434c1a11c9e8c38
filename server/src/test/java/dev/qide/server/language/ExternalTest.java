package dev.qide.server.language;

import static dev.qide.server.TestClient.errorCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Definitions outside the workspace open as read-only documents, and nothing else there does.
class ExternalTest {
    private static final String PYTHON = "import os\nimport shapes\nos.getcwd()\nshapes.area()\n";
    private static final Pattern EXTERNAL = Pattern.compile("\"(qide-external:[^\"]*)\"");
    private static final int PATH_ILLEGAL = 1101;
    private static final int FILE_UNKNOWN = 1102;
    private static final String VENV = "qide-external:/pyright/project/venv/";
    private static final int SWAPPED_READS = 2_000;

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
        var result = client.initialize(null);
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
        client.initialize("file:///home/ann");
        client.open("file:///home/ann/a.ts", "typescript", "const n = [1].map(String);\n");
        var uri = definition("file:///home/ann/a.ts", 0, 15);

        assertThat(uri).startsWith("qide-external:/typescript-language-server/install/");
        assertThat(text(uri)).contains("interface Array<T>");
    }

    @Test
    void an_installed_package_opens_and_its_links_lead_nowhere() {
        client.initialize(null);
        client.open("file:///a.py", "python", PYTHON);
        var uri = definition("file:///a.py", 3, 8);

        assertThat(uri).startsWith("qide-external:/pyright/project/.venv/");
        assertThat(text(uri)).contains("def area()");
        for (var link : new String[] {"leak.py", "leaks/secret.py"}) {
            assertThat(code(uri.replace("shapes.py", link))).isEqualTo(FILE_UNKNOWN);
        }
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
        client.initialize(null);
        client.open("file:///a.py", "python", PYTHON);
        var uri = definition("file:///a.py", 3, 8);

        assertThat(text(uri)).contains("def area()");
        assertThat(code(uri.replace("shapes.py", "leak.py"))).isEqualTo(FILE_UNKNOWN);
    }

    /// A cloned repository may hold such links, and a viewer may ask for what is behind them.
    @ParameterizedTest
    @ValueSource(strings = {"/", "OUTSIDE", "links/to/outside", "../..", ".git", "/proc/self"})
    void a_package_folder_that_is_a_link_out_of_the_project_gives_nothing(
            String target, @TempDir Path linked) throws Exception {
        Files.createDirectories(linked.resolve("links/to"));
        Files.createSymbolicLink(linked.resolve("links/to/outside"), outside);
        Files.writeString(Files.createDirectory(linked.resolve(".git")).resolve("config"), "s = 1");
        Files.createSymbolicLink(
                linked.resolve("venv"), Path.of(target.replace("OUTSIDE", outside.toString())));
        var documents = named(linked, "venv");

        for (var file :
                List.of(
                        "etc/passwd",
                        "secret.py",
                        "config",
                        "environ",
                        linked.relativize(outside).resolve("secret.py").toString(),
                        outside.toString().substring(1) + "/secret.py")) {
            assertThatThrownBy(() -> documents.read("demo", VENV + file))
                    .as(file)
                    .isInstanceOf(FailureException.class);
        }
    }

    @Test
    void a_package_folder_that_is_a_link_inside_the_project_is_read(@TempDir Path linked)
            throws Exception {
        Files.writeString(
                Files.createDirectories(linked.resolve("environments/main")).resolve("a.py"), "a");
        Files.createSymbolicLink(linked.resolve("venv"), Path.of("environments/main"));

        assertThat(named(linked, "venv").read("demo", VENV + "a.py")).isEqualTo("a");
    }

    /// A program in the workspace swaps the folder for a link all the time.
    @Test
    void a_folder_that_is_swapped_for_a_link_under_way_gives_nothing_of_outside(
            @TempDir Path swapped) throws Exception {
        var packages = Files.createDirectories(swapped.resolve("venv/pkg"));
        Files.writeString(packages.resolve("secret.py"), "mine = 1\n");
        Files.createSymbolicLink(swapped.resolve("link"), outside);
        var documents = named(swapped, "venv");
        var isDone = new AtomicBoolean();
        var swapper =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!isDone.get()) {
                                swap(packages, swapped.resolve("aside"), swapped.resolve("link"));
                            }
                        });
        var read = new HashSet<String>();
        try {
            for (int i = 0; i < SWAPPED_READS; i++) {
                try {
                    read.add(documents.read("demo", VENV + "pkg/secret.py"));
                } catch (FailureException _) {
                    read.add("refused");
                }
            }
        } finally {
            isDone.set(true);
            swapper.join();
        }

        assertThat(read).contains("mine = 1\n").isSubsetOf("mine = 1\n", "refused");
    }

    private static void swap(Path folder, Path aside, Path link) {
        try {
            Files.move(folder, aside);
            Files.move(link, folder);
            Files.move(folder, link);
            Files.move(aside, folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The external documents of a workspace whose server has named one of its package folders.
    private static ExternalDocuments named(Path directory, String folder) throws IOException {
        var real = directory.toRealPath();
        var documents =
                new ExternalDocuments(
                        name -> new WorkspaceFolder(name, real, () -> false, List.of()));
        documents.said(
                "demo",
                List.of(
                        new ExternalFolder(
                                VENV.substring(0, VENV.length() - 1),
                                "/workspace/" + folder,
                                real.resolve(folder))),
                VENV);
        return documents;
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
        client.initialize(null);
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

package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.StateVector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Creating and deleting workspaces while the server runs, on a whole server with raw HTTP.
class WorkspacesTest {
    private static final String JSON = "Content-Type: application/json";
    private static final String ZIP = "Content-Type: application/zip";

    private static final String REFUSE_TREES_AND_RETIREMENTS =
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full';
            END $$;
            CREATE TRIGGER refuse_trees BEFORE INSERT OR UPDATE ON workspace_trees
                FOR EACH ROW EXECUTE FUNCTION refuse();
            CREATE TRIGGER refuse_retirements BEFORE UPDATE ON workspaces
                FOR EACH ROW EXECUTE FUNCTION refuse();
            """;

    @TempDir Path home;
    private TestServer server;
    private ApiClient http;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(Files.createDirectory(home.resolve("given")));
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void a_workspace_is_created_from_a_template_or_empty_and_survives_a_restart()
            throws IOException {
        var templates = json(send("GET", "/api/templates")).getAsJsonArray("templates");
        assertThat(templates)
                .extracting(one -> one.getAsJsonObject().get("name").getAsString())
                .containsExactly("java", "python", "typescript", "web");
        for (var template : templates) {
            var name = template.getAsJsonObject().get("name").getAsString();
            var made = make("{\"name\":\"a-%s\",\"template\":\"%s\"}".formatted(name, name));
            assertThat(made.status()).isEqualTo(201);
            assertThat(made.header("Location")).isEqualTo("workspaces/a-" + name);
            int files = json(made).get("files").getAsInt();
            assertThat(files("a-" + name)).hasSize(files).contains("README.md");
        }
        var empty = make("{\"name\":\"Empty_1.0\"}");
        assertThat(empty.status()).isEqualTo(201);
        assertThat(json(empty).toString())
                .isEqualTo("{\"name\":\"Empty_1.0\",\"files\":0,\"skipped\":[]}");
        assertThat(put("Empty_1.0", "src/main.py", "print(1)\n").status()).isEqualTo(201);

        server.end();
        server.begin();
        assertThat(names())
                .containsExactly(
                        "Empty_1.0", "a-java", "a-python", "a-typescript", "a-web", "demo");
        assertThat(get("Empty_1.0", "src/main.py").body()).isEqualTo("print(1)\n");
        var listed = json(send("GET", "/api/workspaces")).getAsJsonArray("workspaces");
        assertThat(listed.get(0).toString())
                .isEqualTo(
                        "{\"name\":\"Empty_1.0\",\"role\":\"owner\",\"managed\":true,\"trusted\":false,\"trustedAtStart\":false,\"terminals\":false}");
        assertThat(listed.get(5).getAsJsonObject().get("managed").getAsBoolean()).isFalse();
    }

    @Test
    void a_workspace_is_created_from_a_whole_zip_file_or_not_at_all() throws Exception {
        var made = makeOf("zipped", zip("src/a.py", "a = 1\n", "node_modules/x.js", "no"));
        assertThat(made.status()).isEqualTo(201);
        assertThat(json(made).toString())
                .isEqualTo("{\"name\":\"zipped\",\"files\":1,\"skipped\":[\"node_modules/x.js\"]}");
        assertThat(get("zipped", "src/a.py").body()).isEqualTo("a = 1\n");

        assertRefused(400, "archive-refused", makeOf("bad", zip("ok.txt", "x", "../out", "x")));
        assertRefused(409, "path-clash", makeOf("bad", zip("ok.txt", "x", "OK.txt", "y")));
        var whole = zip("ok.txt", "x".repeat(9_000));
        assertThat(makeOf("bad", java.util.Arrays.copyOf(whole, whole.length / 2)).status())
                .isEqualTo(400);
        var damaged = whole.clone();
        damaged[45] ^= 0x55;
        assertRefused(400, "archive-refused", makeOf("bad", damaged));
        assertRefused(400, "workspace-name-illegal", makeOf("b%20d", whole));
        assertRefused(409, "workspace-exists", makeOf("ZIPPED", whole));
        assertThat(send("POST", "/api/workspaces?name=bad", whole, "Content-Type: text/plain"))
                .extracting(Answer::status)
                .isEqualTo(400);

        assertThat(names()).containsExactly("demo", "zipped");
        assertThat(directories()).containsExactly("zipped");
        assertThat(server.database().rows("SELECT name FROM workspaces"))
                .containsOnly("demo", "zipped");
        assertThat(makeOf("bad", whole).status()).isEqualTo(201);
    }

    @Test
    void a_workspace_that_a_failing_database_neither_keeps_nor_retires_can_be_deleted_later()
            throws Exception {
        server.close();
        server = TestServer.startWithFilesInDatabase(home.resolve("given"));
        http = new ApiClient(server.http("/"), "127.0.0.1");
        server.database().execute(REFUSE_TREES_AND_RETIREMENTS);
        assertThat(make("{\"name\":\"half\"}").status()).isGreaterThanOrEqualTo(500);
        server.database().execute("DROP FUNCTION refuse CASCADE");

        assertThat(names()).contains("half");
        assertThat(put("half", "a.txt", "a\n").status()).isEqualTo(201);
        assertThat(delete("half").status()).isEqualTo(204);
        assertThat(make("{\"name\":\"half\"}").status()).isEqualTo(201);
    }

    @Test
    void a_name_is_unique_whatever_its_case() throws Exception {
        for (var name : List.of("", "-a", ".a", "a/b", "a b", "ü", "a".repeat(65))) {
            assertRefused(400, "workspace-name-illegal", make("{\"name\":\"" + name + "\"}"));
        }
        for (var taken : List.of("demo", "DEMO", "Sample")) {
            assertRefused(409, "workspace-exists", make("{\"name\":\"" + taken + "\"}"));
        }
        assertRefused(404, "template-unknown", make("{\"name\":\"x\",\"template\":\"cobol\"}"));
        assertRefused(400, "invalid-params", make("{}"));
        assertRefused(400, "parse-error", make("{"));

        // Of twenty concurrent requests for one name, one succeeds.
        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            var spelled = List.of("same", "Same", "SAME", "sAmE");
            var answers = new java.util.ArrayList<java.util.concurrent.Future<Answer>>();
            for (int i = 0; i < 20; i++) {
                var body = "{\"name\":\"" + spelled.get(i % 4) + "\",\"template\":\"web\"}";
                answers.add(all.submit(() -> make(body)));
            }
            int made = 0;
            for (var answer : answers) {
                made += answer.get().status() == 201 ? 1 : 0;
            }
            assertThat(made).isEqualTo(1);
        }
        assertThat(directories()).hasSize(1).allMatch("same"::equalsIgnoreCase);

        // A directory without a workspace may be somebody's work.
        Files.writeString(Files.createDirectory(made("theirs")).resolve("work.txt"), "work");
        var refused = make("{\"name\":\"Theirs\"}");
        assertRefused(409, "workspace-exists", refused);
        assertThat(refused.body()).contains("\"reason\":\"directory\"");
        server.end();
        server.begin();
        assertThat(made("theirs").resolve("work.txt")).hasContent("work");
        assertThat(names()).hasSize(2);
    }

    @Test
    void the_number_of_workspaces_is_bounded() throws Exception {
        int free = 2;
        server.database()
                .execute(
                        "INSERT INTO workspaces (name, is_made) SELECT 'w' || n, true"
                                + " FROM generate_series(1, %d) n"
                                        .formatted(ManagedWorkspaces.WORKSPACES - free));
        for (int i = 0; i < free; i++) {
            assertThat(make("{\"name\":\"last-" + i + "\"}").status()).isEqualTo(201);
        }
        var refused = make("{\"name\":\"more\"}");
        assertRefused(409, "too-many-workspaces", refused);
        assertThat(refused.body()).contains("\"limit\":\"" + ManagedWorkspaces.WORKSPACES + "\"");
        assertThat(delete("last-0").status()).isEqualTo(204);
        assertThat(make("{\"name\":\"more\"}").status()).isEqualTo(201);
    }

    @Test
    void a_deleted_workspace_closes_its_sockets_and_a_stale_tab_is_not_merged_into_the_next()
            throws Exception {
        assertThat(make("{\"name\":\"mine\",\"template\":\"python\"}").status()).isEqualTo(201);
        try (var editor = connect("/ws/mine");
                var language = connect("/lsp/mine/json");
                var collab = connect("/collab/mine");
                var yjs = connect("/yjs/mine/greeting.py");
                var other = connect("/ws/demo");
                var tab = new Doc()) {
            open(editor, "main.py", StateVector.EMPTY, "");
            tab.applyUpdate(synced(editor, "main.py"));
            assertThat(tab.text("content").toString()).contains("def main");
            open(collab, "main.py", StateVector.EMPTY, server.token());
            assertThat(synced(collab, "main.py")).isNotEmpty();
            other.initialize(null);
            editor.initialize(null);

            assertThat(delete("mine").status()).isEqualTo(204);
            assertThat(closed(editor, "main.py")).isEqualTo("document-replaced");
            assertThat(closed(collab, "main.py")).isEqualTo("document-replaced");
            for (var socket : List.of(editor, language, collab, yjs)) {
                assertThat(socket.closeCode()).isEqualTo(4404);
            }
            assertThat(other.result("shutdown", "null").isJsonNull()).isTrue();
            assertThat(names()).containsExactly("demo");
            assertRefused(404, "workspace-unknown", get("mine", "main.py"));
            assertRefused(404, "workspace-unknown", delete("mine"));
            Assertions.assertThatThrownBy(() -> connect("/ws/mine"))
                    .isInstanceOf(CompletionException.class);
            awaitNoDirectories();

            // The same name with the same files at once is a new workspace.
            assertThat(make("{\"name\":\"mine\",\"template\":\"python\"}").status()).isEqualTo(201);
            try (var back = connect("/ws/mine")) {
                open(back, "main.py", tab.stateVector(), "");
                assertThat(closed(back, "main.py")).isEqualTo("document-replaced");
                open(back, "greeting.py", StateVector.EMPTY, "");
                assertThat(synced(back, "greeting.py")).isNotEmpty();
            }
            assertThat(get("mine", "main.py").body()).contains("def main");
        }
        assertThat(server.database().rows("SELECT count(*) FROM workspaces WHERE name = 'mine'"))
                .containsExactly("2");
        assertThat(server.database().rows("SELECT count(*) FROM documents WHERE path = 'main.py'"))
                .as("history is kept")
                .containsExactly("2");
    }

    @Test
    void a_workspace_of_the_command_line_is_not_deleted_and_keeps_its_name() throws Exception {
        assertRefused(409, "workspace-not-managed", delete("demo"));
        assertThat(make("{\"name\":\"Later\"}").status()).isEqualTo(201);
        assertThat(make("{\"name\":\"other\"}").status()).isEqualTo(201);
        assertThat(delete("Later").status()).isEqualTo(204);
        server.end();
        server.database().execute("UPDATE workspaces SET name = 'DEMO' WHERE name = 'other'");
        Files.move(made("other"), made("DEMO"));
        Assertions.assertThatThrownBy(server::begin)
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("--workspace demo")
                .hasMessageContaining("DEMO");
        Assertions.assertThatThrownBy(() -> server.begin(made("DEMO"), Set.of()))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("without --workspace");
        server.database().execute("UPDATE workspaces SET name = 'other' WHERE name = 'DEMO'");
        Files.move(made("DEMO"), made("other"));
        server.begin(home.resolve("given"), Set.of());
        assertThat(names()).containsExactly("demo", "other");
    }

    @Test
    void only_an_owner_creates_or_deletes_one() throws Exception {
        assertThat(make("{\"name\":\"mine\"}").status()).isEqualTo(201);
        for (var scopes : List.of(Set.of(Scope.EDIT), Set.of(Scope.READ), Set.of(Scope.ADMIN))) {
            var link = server.linkOf("Bob", scopes.toArray(Scope[]::new));
            var bob = "Authorization: Bearer " + link.substring(link.indexOf('=') + 1);
            var body = "{\"name\":\"theirs\"}".getBytes(StandardCharsets.UTF_8);
            assertRefused(403, "forbidden", http.send("POST", "/api/workspaces", body, bob, JSON));
            assertRefused(403, "forbidden", http.send("DELETE", "/api/workspaces/mine", bob));
        }
        assertThat(names()).containsExactly("demo", "mine");
    }

    private TestClient connect(String path) {
        return TestClient.connect(server.ws(path), server.token());
    }

    private static void open(TestClient socket, String path, StateVector has, String token) {
        socket.authenticate(path, token);
        socket.requestContent(path, has);
    }

    /// The content of the document, once it has arrived.
    private static byte[] synced(TestClient socket, String path) {
        while (true) {
            var in = new Lib0Decoder(socket.frame());
            if (in.remaining() > 1
                    && in.readVarString().equals(path)
                    && in.readVarUint() == 0
                    && in.readVarUint() == 1) {
                return in.readVarBytes();
            }
        }
    }

    /// The reason for which the document was closed, once it is.
    private static String closed(TestClient socket, String path) {
        while (true) {
            var in = new Lib0Decoder(socket.frame());
            if (in.remaining() > 1
                    && in.readVarString().equals(path)
                    && in.readVarUint() == 7
                    && in.hasMore()) {
                return in.readVarString();
            }
        }
    }

    private Answer make(String body) throws IOException {
        return send("POST", "/api/workspaces", body.getBytes(StandardCharsets.UTF_8), JSON);
    }

    private Answer makeOf(String name, byte[] zip) throws IOException {
        return send("POST", "/api/workspaces?name=" + name, zip, ZIP);
    }

    private Answer delete(String name) throws IOException {
        return send("DELETE", "/api/workspaces/" + name);
    }

    private Answer get(String workspace, String path) throws IOException {
        return send("GET", "/api/workspaces/" + workspace + "/files/" + path);
    }

    private Answer put(String workspace, String path, String text) throws IOException {
        return send(
                "PUT",
                "/api/workspaces/" + workspace + "/files/" + path,
                text.getBytes(StandardCharsets.UTF_8),
                "If-None-Match: *");
    }

    private Answer send(String method, String path) throws IOException {
        return http.send(method, path, "Authorization: Bearer " + server.token());
    }

    private Answer send(String method, String path, byte[] body, String header) throws IOException {
        return http.send(method, path, body, "Authorization: Bearer " + server.token(), header);
    }

    private static void assertRefused(int status, String name, Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).getAsJsonObject("error").get("name").getAsString()).isEqualTo(name);
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private List<String> names() throws IOException {
        return json(send("GET", "/api/workspaces")).getAsJsonArray("workspaces").asList().stream()
                .map(one -> one.getAsJsonObject().get("name").getAsString())
                .toList();
    }

    private List<String> files(String workspace) throws IOException {
        var all = json(send("GET", "/api/workspaces/" + workspace + "/files"));
        return all.getAsJsonArray("files").asList().stream()
                .map(one -> one.getAsJsonObject())
                .filter(one -> one.get("kind").getAsString().equals("file"))
                .map(one -> one.get("path").getAsString())
                .toList();
    }

    private Path made(String name) {
        return server.data().resolve("workspaces").resolve(name);
    }

    private List<String> directories() throws IOException {
        try (var all = Files.list(server.data().resolve("workspaces"))) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /// The files of a deleted workspace are deleted in the background.
    private void awaitNoDirectories() throws IOException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!directories().isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(5_000_000);
        }
        assertThat(directories()).isEmpty();
    }

    private static byte[] zip(String... namesAndTexts) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < namesAndTexts.length; i += 2) {
                zip.putNextEntry(new ZipEntry(namesAndTexts[i]));
                zip.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}

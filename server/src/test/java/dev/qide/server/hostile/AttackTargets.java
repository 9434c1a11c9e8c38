package dev.qide.server.hostile;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.TokenTable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/// The targets of people and attackers: three workspaces, their files, and tokens. Thread-safe.
///
/// - `demo`: the people's documents.
/// - `bulk`: large files, many files, a large document, installed packages.
/// - `swapped`: a folder that is exchanged for a link while it is used.
final class AttackTargets implements AutoCloseable {
    static final String PEOPLE = TestServer.WORKSPACE;
    static final String BULK = "bulk";
    static final String SWAPPED = "swapped";
    static final int MANY_DOCUMENTS = 600;
    static final String JSON = "data.json";
    private static final int MIDDLE_BYTES = 12 << 20;
    private static final int LARGE_BYTES = 33_000_000;
    private static final int PACKAGE_BYTES = (4 << 20) - 64;
    private static final int TEXT_BYTES = 3 << 20;
    private static final int TREE_FILES = 4_000;
    private static final int JSON_MEMBERS = 4_000;
    private static final int LINES_OF_A_DOCUMENT = 100;

    private final int port;
    private final String owner;
    private final Database database;
    private final IssuedTokens tokens;
    private final Path workspaces;

    /// @param owner the local owner's token
    /// @param data the server's data directory
    AttackTargets(int port, String owner, DatabaseAddress address, Path data)
            throws IOException, InterruptedException {
        this.port = port;
        this.owner = owner;
        database = Database.ofRunningServer(address);
        tokens =
                new IssuedTokens(
                        new TokenTable(database), new SecureRandom(), InstantSource.system());
        workspaces = data.resolve("workspaces");
        make(BULK);
        make(SWAPPED);
        fill(folder(BULK));
    }

    int port() {
        return port;
    }

    /// A new token of a new person: a viewer's for `READ`, an editor's for `EDIT`.
    String token(String name, Scope scope) {
        return tokens.create(new IssuedTokens.TokenRequest(Set.of(scope), name, null, null));
    }

    /// Revokes the token with this name.
    void revoke(String name) {
        UUID id =
                tokens.list().stream()
                        .filter(token -> token.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .id();
        tokens.revoke(id);
    }

    Path folder(String workspace) {
        return workspaces.resolve(workspace);
    }

    URI http(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /// The answer to a GET with this token.
    HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(http(path)).header("Authorization", "Bearer " + token);
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /// Starts the language servers, and makes the HTML server name the folder of installed
    /// packages.
    ///
    /// @return the path of the endpoint that answers a large package file
    String nameExternal() {
        var uri = URI.create("ws://127.0.0.1:" + port + "/ws/" + BULK);
        try (var client = TestClient.connect(uri, owner)) {
            client.initializeWithExternalDocuments(null);
            client.open("file:///page.html", "html", page());
            var links =
                    client.result(
                            "textDocument/documentLink",
                            "{'textDocument':{'uri':'file:///page.html'}}");
            var text = links.toString();
            int at = text.indexOf("qide-external:");
            if (at < 0) {
                throw new AssertionError("no link leads into the packages: " + text);
            }
            var external = text.substring(at, text.indexOf('"', at));
            client.open("file:///" + JSON, "json", "{\"a\": 1}\n");
            client.result(
                    "textDocument/hover",
                    "{'textDocument':{'uri':'file:///data.json'},'position':{'line':0,'character':2}}");
            return "/api/workspaces/"
                    + BULK
                    + "/external?uri="
                    + URLEncoder.encode(external, StandardCharsets.UTF_8);
        }
    }

    /// The path of the page's largest asset, or of the page if it was not built.
    String asset() throws IOException, InterruptedException {
        var page = get("/", owner);
        var matcher =
                java.util.regex.Pattern.compile("(?:src|href)=\"(/?assets/[^\"]+\\.js)\"")
                        .matcher(page.body());
        return matcher.find() ? "/" + matcher.group(1).replaceFirst("^/", "") : "/";
    }

    @Override
    public void close() {
        database.close();
    }

    static String document(int number) {
        return "many/document-" + number + ".txt";
    }

    private static String page() {
        return "<html><body><script src=\"node_modules/lib/large.js\"></script></body></html>\n";
    }

    private void make(String name) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var answer =
                    http.send(
                            HttpRequest.newBuilder(http("/api/workspaces"))
                                    .header("Authorization", "Bearer " + owner)
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"name\":\"" + name + "\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 201) {
                throw new AssertionError(answer.body());
            }
        }
    }

    private static void fill(Path folder) throws IOException {
        var random = new Random(12);
        for (var file : new String[] {"middle.bin", "large.bin"}) {
            var bytes = new byte[file.startsWith("m") ? MIDDLE_BYTES : LARGE_BYTES];
            random.nextBytes(bytes);
            Files.write(folder.resolve(file), bytes);
        }
        Files.writeString(folder.resolve("large.txt"), lines(TEXT_BYTES));
        Files.writeString(folder.resolve("page.html"), page());
        Files.writeString(folder.resolve("explode.txt"), "x".repeat(2_000) + "\n");
        Files.writeString(folder.resolve(JSON), json());
        var packages = Files.createDirectories(folder.resolve("node_modules/lib"));
        Files.writeString(packages.resolve("large.js"), lines(PACKAGE_BYTES));
        Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < MANY_DOCUMENTS; i++) {
            Files.writeString(
                    folder.resolve(document(i)), ("line " + i + "\n").repeat(LINES_OF_A_DOCUMENT));
        }
        for (int i = 0; i < TREE_FILES; i++) {
            var file = folder.resolve("tree/d" + i / 100 + "/a-file-with-a-name-" + i + ".bin");
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private static String lines(int bytes) {
        var line = "a line of text that everybody finds who looks for text\n";
        return line.repeat(bytes / line.length());
    }

    static String json() {
        var text = new StringBuilder("{\n");
        for (int i = 0; i < JSON_MEMBERS; i++) {
            text.append("  \"member-")
                    .append(i)
                    .append("\": {\"value\": ")
                    .append(i)
                    .append("},\n");
        }
        return text.append("  \"last\": null\n}\n").toString();
    }
}

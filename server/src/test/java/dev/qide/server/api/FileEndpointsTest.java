package dev.qide.server.api;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.wire.TextFormat;
import dev.qide.wire.WireJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The endpoints of files on a whole server with raw HTTP: preconditions, bytes, and data that no
/// request may reach.
class FileEndpointsTest {
    private static final String FILES = "/api/workspaces/demo/files/";
    private static final String FORMAT = "/api/workspaces/demo/text-format?path=";
    private static final String SECRET = "nobody may read this";
    private static final String TEXT = "Content-Type: text/plain;charset=UTF-8";

    @TempDir static Path outer;
    private static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createDirectories(outer.resolve("workspace"));
        Files.writeString(outer.resolve("secret.txt"), SECRET);
        Files.createSymbolicLink(folder.resolve("link.txt"), outer.resolve("secret.txt"));
        Files.createSymbolicLink(folder.resolve("outside"), outer);
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "one\n");
    }

    @Test
    void a_write_names_the_version_that_it_changes() throws IOException {
        var etag = get("a.txt").header("ETag");

        assertThat(put("a.txt", "x").status()).isEqualTo(428);
        assertThat(put("a.txt", "x", "If-Match: \"stale\"").status()).isEqualTo(412);
        assertThat(put("a.txt", "x", "If-Match: W/" + etag).status()).isEqualTo(412);
        assertThat(put("a.txt", "x", "If-None-Match: *").status()).isEqualTo(412);
        assertThat(put("a.txt", "x", "If-Match: nonsense").status()).isEqualTo(400);
        assertThat(put("a.txt", "x", "If-None-Match: \"a\"").status()).isEqualTo(400);
        assertThat(folder.resolve("a.txt")).hasContent("one\n");

        var written = put("a.txt", "two\n", "If-Match: " + etag);
        assertThat(written.status()).isEqualTo(204);
        assertThat(written.header("ETag"))
                .isNotEqualTo(etag)
                .isEqualTo(get("a.txt").header("ETag"));
        assertThat(put("none.txt", "x", "If-Match: *").status()).isEqualTo(412);
        assertThat(folder.resolve("none.txt")).doesNotExist();
        assertThat(put("a.txt", "three\n", "If-Match: " + etag).status()).isEqualTo(412);
        assertThat(folder.resolve("a.txt")).hasContent("two\n");
    }

    @Test
    void a_new_file_is_created_with_its_folders_and_answered_204() throws IOException {
        var path = "new/" + System.nanoTime() + "/ü b.txt";
        var escaped = path.replace("ü b", "%C3%BC%20b");
        var written = put(escaped, "text", "If-None-Match: *");

        assertThat(written.status()).isEqualTo(201);
        assertThat(written.header("ETag")).isEqualTo(get(escaped).header("ETag")).startsWith("\"");
        assertThat(folder.resolve(path)).hasContent("text");
    }

    @Test
    void a_file_beyond_the_limit_is_refused_as_a_file() throws IOException {
        int limit = 32 << 20;
        var length = "Content-Length: " + (limit + 1);
        var refused = send("PUT", "large.bin", "If-None-Match: *", length);

        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body())
                .contains("\"file-too-large\"")
                .contains("\"limit\":\"" + limit + "\"");
        assertThat(folder.resolve("large.bin")).doesNotExist();
    }

    @Test
    void a_file_that_the_client_has_is_not_sent_again() throws IOException {
        var first = get("a.txt");
        var again = get("a.txt", "If-None-Match: \"x\", " + first.header("ETag"));

        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body()).isEqualTo("one\n");
        assertThat(first.header("Content-Security-Policy")).contains("sandbox");
        assertThat(first.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.header("ETag")).isEqualTo(first.header("ETag"));
    }

    @Test
    void text_keeps_line_endings_and_byte_order_mark_and_bytes_are_stored_unchanged()
            throws IOException {
        var file = folder.resolve("windows.txt");
        Files.writeString(file, "\uFEFFone\r\ntwo\r\n");
        var asText = put("windows.txt", "1\n2\n3\n", "If-Match: " + etag("windows.txt"), TEXT);
        assertThat(asText.status()).isEqualTo(204);
        assertThat(Files.readString(file)).isEqualTo("\uFEFF1\r\n2\r\n3\r\n");
        assertThat(asText.header("ETag")).as("of text that was converted").isNull();

        var withMark = put("windows.txt", "\uFEFF1\n2\n", "If-Match: " + etag("windows.txt"), TEXT);
        assertThat(withMark.status()).isEqualTo(204);
        assertThat(Files.readString(file)).isEqualTo("\uFEFF1\r\n2\r\n");

        var asBytes = put("windows.txt", "1\n2\n", "If-Match: " + etag("windows.txt"));
        assertThat(asBytes.status()).isEqualTo(204);
        assertThat(Files.readString(file)).isEqualTo("1\n2\n");
    }

    @Test
    void a_write_has_an_etag_only_if_the_file_has_the_bytes_that_were_sent() throws Exception {
        put("merged.txt", "first text\n", "If-None-Match: *");
        try (var editor = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            editor.initialize(null);
            editor.authenticate("merged.txt", "");
            editor.requestContent("merged.txt");
            await(() -> new String(editor.frame(), StandardCharsets.UTF_8).contains("first text"));

            var sent = "second\r\ntext\n";
            var merged = put("merged.txt", sent, "If-Match: " + etag("merged.txt"));
            assertThat(merged.status()).isEqualTo(204);
            assertThat(get("merged.txt").body()).isEqualTo("second\ntext\n");
            assertThat(merged.header("ETag")).isNull();

            var same = put("merged.txt", "third\n", "If-Match: " + etag("merged.txt"));
            assertThat(same.status()).isEqualTo(204);
            assertThat(same.header("ETag")).isNotNull().isEqualTo(etag("merged.txt"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "61 0A                   | lf   | utf-8        | false",
                "61 0D 0A                | crlf | utf-8        | false",
                "EF BB BF 61 0A          | lf   | utf-8        | true",
                "FF FE 61 00 0D 00 0A 00 | crlf | utf-16le     | true",
                "FE FF 00 61 00 0A       | lf   | utf-16be     | true",
                "E9 0A                   | lf   | iso-8859-1   | false",
                "80 0D 0A                | crlf | windows-1252 | false",
            })
    void the_format_of_a_file_is_that_on_disk(
            String bytes, String lineEnd, String encoding, boolean hasByteOrderMark)
            throws IOException {
        Files.write(
                folder.resolve("format.txt"), HexFormat.ofDelimiter(" ").parseHex(bytes.strip()));

        var answer = http.send("GET", FORMAT + "format.txt", bearer());

        assertThat(answer.body())
                .isEqualTo(WireJson.write(new TextFormat(lineEnd, encoding, hasByteOrderMark)));
    }

    @Test
    void a_file_without_text_or_outside_has_no_format() throws IOException {
        Files.write(folder.resolve("image.png"), new byte[] {(byte) 0x89, 'P', 0});

        assertThat(http.send("GET", FORMAT + "image.png", bearer()).body())
                .contains("file-not-text");
        assertThat(http.send("GET", FORMAT + "gone.txt", bearer()).body()).contains("file-unknown");
        assertThat(http.send("GET", FORMAT + "link.txt", bearer()).status()).isEqualTo(400);
        assertThat(http.send("GET", FORMAT + "../secret.txt", bearer()).body())
                .contains("path-illegal");
    }

    @Test
    void a_tree_is_changed_by_its_own_methods() throws IOException {
        var etag = put("old.txt", "x", "If-None-Match: *").header("ETag");
        assertThat(send("POST", "shelf?folder").status()).isEqualTo(201);
        assertThat(send("POST", "shelf?folder").body()).contains("file-exists");
        assertThat(send("POST", "old.txt?move=shelf/n%C3%BC+w.txt").status()).isEqualTo(204);
        assertThat(folder.resolve("shelf/nü w.txt")).hasContent("x");
        assertThat(get("shelf/n%C3%BC%20w.txt").header("ETag")).isEqualTo(etag);
        assertThat(send("POST", "shelf/n%C3%BC%20w.txt?move=a.txt").body()).contains("file-exists");
        assertThat(send("POST", "a.txt").status()).isEqualTo(400);
        assertThat(send("POST", "a.txt?move=b.txt&folder").status()).isEqualTo(400);
        assertThat(send("POST", "a.txt?move=..%2Fb.txt").body()).contains("path-illegal");

        assertThat(send("DELETE", "shelf").status()).isEqualTo(409);
        assertThat(send("DELETE", "shelf/n%C3%BC%20w.txt").status()).isEqualTo(428);
        assertThat(send("DELETE", "shelf/n%C3%BC%20w.txt?recursive=true").status()).isEqualTo(428);
        assertThat(send("DELETE", "shelf/n%C3%BC%20w.txt", "If-Match: \"x\"").status())
                .isEqualTo(412);
        assertThat(send("DELETE", "shelf/n%C3%BC%20w.txt", "If-Match: " + etag).status())
                .isEqualTo(204);
        assertThat(send("DELETE", "shelf?recursive=true").status()).isEqualTo(204);
        assertThat(folder.resolve("shelf")).doesNotExist();
        assertThat(send("DELETE", "link.txt", "If-Match: \"x\"").body()).contains("path-illegal");
        assertThat(Files.readString(outer.resolve("secret.txt"))).isEqualTo(SECRET);
    }

    @Test
    void text_that_is_no_utf_8_is_refused() throws IOException {
        var answer =
                http.send(
                        "PUT",
                        FILES + "a.txt",
                        new byte[] {(byte) 0xff, (byte) 0xfe},
                        bearer(),
                        "If-Match: " + etag("a.txt"),
                        TEXT);

        assertThat(answer.status()).isEqualTo(415);
        assertThat(folder.resolve("a.txt")).hasContent("one\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%c0%ae%c0%ae/secret.txt",
                "../secret.txt",
                "%2e%2e/secret.txt",
                "..%2fsecret.txt",
                "..%5csecret.txt",
                "x/../../secret.txt",
                "./../secret.txt",
                "outside/secret.txt",
                "link.txt",
                "/secret.txt",
                "%2fsecret.txt",
                "a.txt%00.py",
                "a.txt/",
                "a.txt/b",
                ""
            })
    void no_path_leads_out_of_the_workspace(String path) throws IOException {
        var read = get(path);
        var written = put(path, "overwritten", "If-None-Match: *");

        assertThat(read.status()).as("read").isBetween(400, 499);
        assertThat(written.status()).as("written").isBetween(400, 499);
        assertThat(read.body() + written.body()).doesNotContain(SECRET, outer.toString());
        assertThat(outer.resolve("secret.txt")).hasContent(SECRET);
        try (var files = Files.list(outer)) {
            assertThat(files).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"..;/secret.txt", "%252e%252e/secret.txt"})
    void a_name_that_resembles_a_parent_path_stays_inside(String path) throws IOException {
        var written = put(path, "inside", "If-None-Match: *");

        assertThat(written.status()).isEqualTo(201);
        assertThat(get(path).body()).isEqualTo("inside");
        assertThat(outer.resolve("secret.txt")).hasContent(SECRET);
        try (var files = Files.list(outer)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void no_response_reveals_internals() throws IOException {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var secrets =
                List.of(
                        outer.toString(),
                        server.data().toString(),
                        server.token(),
                        "Exception",
                        "\tat ",
                        "java.",
                        "dev.qide",
                        "helidon",
                        SECRET);
        for (int i = 0; i < 400; i++) {
            var request = nonsense(random);
            var answer = http.exchange(request);
            var what =
                    "seed "
                            + seed
                            + ", request "
                            + i
                            + ": "
                            + new String(request, StandardCharsets.ISO_8859_1);

            assertThat(answer.head() + answer.body()).as(what).doesNotContain(secrets);
            assertThat(answer.status()).as(what).isNotEqualTo(500);
            if (answer.status() >= 400 && !answer.body().isEmpty()) {
                var error = JsonParser.parseString(answer.body()).getAsJsonObject().get("error");
                assertThat(error.getAsJsonObject().keySet())
                        .as(what)
                        .containsExactlyInAnyOrder("code", "name", "message", "tags");
            }
        }
        assertThat(get("a.txt").status()).isEqualTo(200);
    }

    private static final List<String> METHODS =
            List.of("GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE");
    private static final List<String> PATHS =
            List.of(
                    "/",
                    "/api/login",
                    "/api/logout",
                    "/api/me",
                    "/api/workspaces",
                    "/api/workspaces/demo/files",
                    "/api/workspaces//files/a",
                    FILES,
                    FILES + "a.txt",
                    FILES + "a.txt/b",
                    FILES + "outside/secret.txt",
                    FILES + "%ff%fe",
                    FILES + "%zz",
                    FILES + "x".repeat(3_000),
                    FILES + "%F0%9F%98%80/%00",
                    "/ws/demo",
                    "/collab/demo",
                    "/lsp/demo/python",
                    "/metrics",
                    "/index.html%00",
                    "/%2e%2e/%2e%2e/etc/passwd",
                    "/?a=%zz&b",
                    "*",
                    "http://elsewhere/",
                    "no-slash");
    private static final List<String> HEADERS =
            List.of(
                    "If-Match: \"",
                    "If-Match: " + "\"a\",".repeat(500),
                    "If-None-Match: *",
                    "If-None-Match: W/",
                    "Content-Type: text/plain; charset=nonsense",
                    "Content-Type: \u0002",
                    "Cookie: qide_session=\"; ;;=;qide_session",
                    "Cookie: " + "a=b; ".repeat(300),
                    "Authorization: Basic eDp5",
                    "Authorization: Bearer",
                    "Authorization: Bearer \u00ff",
                    "Origin: null",
                    "Origin: http://[::1",
                    "Range: bytes=5-1",
                    "Accept-Encoding: nonsense;q=x",
                    "Content-Length: 1",
                    "Transfer-Encoding: nonsense",
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13",
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "Sec-WebSocket-Protocol: qide, qide.bearer.",
                    "Expect: nonsense");

    private static byte[] nonsense(Random random) {
        var head = new StringBuilder(any(METHODS, random) + " " + any(PATHS, random));
        head.append(random.nextInt(30) == 0 ? " HTTP/9.9" : " HTTP/1.1").append("\r\n");
        head.append("Host: ").append(server.http("/").getAuthority()).append("\r\n");
        if (random.nextBoolean()) {
            head.append(bearer()).append("\r\n");
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            head.append(any(HEADERS, random)).append("\r\n");
        }
        var body = new byte[random.nextInt(40)];
        random.nextBytes(body);
        var length = head.indexOf("Content-Length") < 0 && head.indexOf("Transfer-") < 0;
        head.append(length ? "Content-Length: " + body.length + "\r\n\r\n" : "\r\n");
        var request = new ByteArrayOutputStream();
        request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    private static String any(List<String> words, Random random) {
        return words.get(random.nextInt(words.size()));
    }

    private static String etag(String path) throws IOException {
        return String.valueOf(get(path).header("ETag"));
    }

    private static Answer get(String path, String... headers) throws IOException {
        return http.send("GET", FILES + path, with(headers));
    }

    private static Answer put(String path, String body, String... headers) throws IOException {
        return http.send("PUT", FILES + path, body.getBytes(StandardCharsets.UTF_8), with(headers));
    }

    private static String[] with(String... headers) {
        var all = new java.util.ArrayList<>(List.of(headers));
        all.add(bearer());
        return all.toArray(String[]::new);
    }

    private static String bearer() {
        return "Authorization: Bearer " + server.token();
    }

    private static Answer send(String method, String path, String... headers) throws IOException {
        var all = new java.util.ArrayList<>(List.of(headers));
        all.add(bearer());
        return http.send(method, FILES + path, all.toArray(String[]::new));
    }
}

package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.transport.JsonCompression;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How the page's files and JSON answers are encoded, on a whole server with the built page.
class ContentCodingsApiTest {
    private static final String ANY = "Accept-Encoding: gzip, deflate, br, zstd";
    private static final String GZIP = "Accept-Encoding: gzip";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;
    private static String script;

    @BeforeAll
    static void start() throws IOException {
        for (int i = 0; i < 100; i++) {
            Files.writeString(folder.resolve("a-file-with-a-name-" + i + ".txt"), "needle\n");
        }
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
        var scripts = Pattern.compile("src=\"\\./(assets/[^\"]+\\.js)\"");
        var found = scripts.matcher(http.send("GET", "/").body());
        assertThat(found.find()).isTrue();
        script = "/" + found.group(1);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void an_asset_comes_in_the_best_coding_with_an_etag_of_its_own() throws IOException {
        var plain = http.send("GET", script);
        var gzip = http.send("GET", script, GZIP);
        var brotli = http.send("GET", script, ANY);

        assertThat(plain.header("Content-Encoding")).isNull();
        assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(brotli.header("Content-Encoding")).isEqualTo("br");
        assertThat(unzipped(gzip)).isEqualTo(plain.body());
        assertThat(brotli.body().length()).isLessThan(gzip.body().length());
        assertThat(gzip.body().length() * 2).isLessThan(plain.body().length());
        var tags = new HashSet<String>();
        for (var answer : List.of(plain, gzip, brotli)) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
            assertThat(answer.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
            assertThat(answer.header("Cache-Control"))
                    .isEqualTo("public, max-age=31536000, immutable");
            tags.add(answer.header("ETag"));
        }
        assertThat(tags).hasSize(3);
    }

    @Test
    void a_known_version_is_not_sent_again_and_one_of_another_coding_is() throws IOException {
        var page = http.send("GET", "/");
        assertThat(page.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(http.send("GET", "/", "If-None-Match: " + page.header("ETag")).status())
                .isEqualTo(304);

        var gzip = http.send("GET", script, GZIP);
        var brotli = http.send("GET", script, ANY);
        var known = "If-None-Match: " + brotli.header("ETag");
        var again = http.send("GET", script, ANY, known);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.header("ETag")).isEqualTo(brotli.header("ETag"));
        assertThat(again.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(http.send("GET", script, GZIP, known).status()).isEqualTo(200);
        var weak = "If-None-Match: W/" + gzip.header("ETag");
        assertThat(http.send("GET", script, GZIP, weak).status()).isEqualTo(304);
    }

    @Test
    void head_answers_as_get_does_without_the_content() throws IOException {
        var get = http.send("GET", script, ANY);
        var head = http.send("HEAD", script, ANY);

        assertThat(head.body()).isEmpty();
        for (var name : List.of("Content-Length", "Content-Encoding", "ETag", "Vary")) {
            assertThat(head.header(name)).as(name).isNotNull().isEqualTo(get.header(name));
        }
    }

    @Test
    void a_range_is_one_of_the_file_without_a_coding() throws IOException {
        var whole = http.send("GET", script);
        var part = http.send("GET", script, ANY, "Range: bytes=100-199");

        assertThat(part.status()).isEqualTo(206);
        assertThat(part.header("Content-Encoding")).isNull();
        assertThat(part.body()).isEqualTo(whole.body().substring(100, 200));
        assertThat(part.header("Content-Range"))
                .isEqualTo("bytes 100-199/" + whole.body().length());
        assertThat(part.header("ETag")).isEqualTo(whole.header("ETag"));
        var behind = "Range: bytes=" + whole.body().length() + "-";
        assertThat(http.send("GET", script, behind).status()).isEqualTo(416);
        // A stale copy is replaced as a whole, and a client that refuses the identity gets no
        // range.
        var stale = http.send("GET", script, "Range: bytes=0-9", "If-Range: \"other\"");
        assertThat(stale.body()).isEqualTo(whole.body());
        var coded =
                http.send("GET", script, "Accept-Encoding: gzip, identity;q=0", "Range: bytes=0-9");
        assertThat(coded.status()).isEqualTo(200);
        assertThat(unzipped(coded)).isEqualTo(whole.body());
    }

    @Test
    void a_client_that_refuses_every_coding_gets_406() throws IOException {
        var answer = http.send("GET", script, "Accept-Encoding: *;q=0");

        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.body()).contains("invalid-params", "Accept-Encoding");
    }

    @Test
    void the_variants_are_no_addresses_of_their_own() throws IOException {
        assertThat(http.send("GET", script + ".br").status()).isEqualTo(404);
        assertThat(http.send("GET", script + ".gz").status()).isEqualTo(404);
        assertThat(http.send("GET", "/assets/none.js", ANY).status()).isEqualTo(404);
    }

    @Test
    void long_json_is_compressed_and_short_json_and_secrets_are_not() throws IOException {
        for (var path : List.of("files", "search?q=needle")) {
            var address = "/api/workspaces/demo/" + path;
            var plain = get(address);
            var packed = get(address, ANY);

            assertThat(plain.header("Vary")).isEqualTo("Accept-Encoding");
            assertThat(plain.header("Content-Encoding")).isNull();
            assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
            assertThat(JsonParser.parseString(unzipped(packed)))
                    .isEqualTo(JsonParser.parseString(plain.body()));
            assertThat(packed.body().length() * 3).isLessThan(plain.body().length());
        }
        var few = get("/api/workspaces/demo/search?q=nothing-is-like-this", ANY);
        assertThat(few.body().length()).isLessThan(JsonCompression.LEAST_BYTES);
        assertThat(few.header("Content-Encoding")).isNull();
        var ticket = http.send("POST", "/api/ticket", bearer(), ANY);
        assertThat(ticket.status()).isEqualTo(200);
        assertThat(ticket.header("Content-Encoding")).isNull();
        assertThat(ticket.header("Vary")).isNull();
    }

    private static Answer get(String path, String... headers) throws IOException {
        var all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 1, headers.length);
        all[0] = bearer();
        return http.send("GET", path, all);
    }

    private static String bearer() {
        return "Authorization: Bearer " + server.token();
    }

    private static String unzipped(Answer answer) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(answer.bytes()))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}

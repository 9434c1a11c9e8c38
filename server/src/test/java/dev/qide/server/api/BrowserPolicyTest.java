package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What browsers are told with each answer: which other origins may read it, and to use TLS.
class BrowserPolicyTest {
    private static final String LISTED = "https://tools.example.org";
    private static final String FOREIGN = "https://evil.example";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient anybody;
    private static ApiClient proxy;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("main.py"), "");
        server = TestServer.start(folder);
        server.end();
        server.begin(new TestServer.Edge(LISTED, "https://ide.example/q/", 0));
        anybody = new ApiClient(server.http("/"), "127.0.0.1");
        proxy = new ApiClient(server.http("/"), "127.7.7.7");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /api/workspaces | 200",
                "GET | /api/workspaces/none/files | 404",
                "GET | /api/nowhere | 404",
                "PATCH | /api/workspaces | 405",
                "PUT | /api/workspaces/demo/files/main.py | 428",
                "GET | /v1/models/none | 404"
            })
    void a_listed_origin_may_read_answers_and_failures_and_no_other(
            String method, String path, int status) throws IOException {
        var token = "Authorization: Bearer " + server.token();
        var listed = anybody.send(method, path, token, "Origin: " + LISTED);
        assertThat(listed.status()).isEqualTo(status);
        assertThat(listed.header("Access-Control-Allow-Origin")).isEqualTo(LISTED);
        assertThat(listed.header("Access-Control-Allow-Credentials")).isEqualTo("true");
        assertThat(listed.header("Access-Control-Expose-Headers"))
                .contains("ETag", "RateLimit", "Content-Disposition", "x-request-id");
        assertThat(listed.header("Vary")).contains("Origin");

        for (var origin :
                List.of(FOREIGN, LISTED + ".evil.example", "null", "https://ide.exampl")) {
            var foreign = anybody.send(method, path, token, "Origin: " + origin);
            assertThat(foreign.head()).doesNotContain("Access-Control");
            assertThat(foreign.header("Vary")).contains("Origin");
        }
    }

    @Test
    void a_preflight_is_answered_for_a_listed_origin_only() throws IOException {
        var path = "/api/workspaces/demo/files/main.py";
        var wants = "Access-Control-Request-Method: PUT";

        var listed = anybody.send("OPTIONS", path, "Origin: " + LISTED, wants);
        assertThat(listed.status()).isEqualTo(204);
        assertThat(listed.header("Access-Control-Allow-Origin")).isEqualTo(LISTED);
        assertThat(listed.header("Access-Control-Allow-Methods")).contains("PUT", "DELETE");
        assertThat(listed.header("Access-Control-Allow-Headers"))
                .contains("Authorization", "If-Match", "X-Qide-Csrf")
                .doesNotContain("*");
        var foreign = anybody.send("OPTIONS", path, "Origin: " + FOREIGN, wants);
        assertThat(foreign.head()).doesNotContain("Access-Control");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "if-range                                | if-range",
                "openai-organization, x-stainless-os     | openai-organization, x-stainless-os",
                "mcp-protocol-version,x_y                | mcp-protocol-version,x_y",
                "*                                       | X-Qide-Csrf",
                "a,                                      | X-Qide-Csrf",
                "a b                                     | X-Qide-Csrf",
            })
    void a_preflight_admits_the_headers_that_a_listed_origin_names(String named, String admitted)
            throws IOException {
        var path = "/v1/chat/completions";
        var wants = "Access-Control-Request-Method: POST";
        var headers = "Access-Control-Request-Headers: " + named;

        var listed = anybody.send("OPTIONS", path, "Origin: " + LISTED, wants, headers);
        assertThat(listed.header("Access-Control-Allow-Headers")).contains(admitted);
        var foreign = anybody.send("OPTIONS", path, "Origin: " + FOREIGN, wants, headers);
        assertThat(foreign.head()).doesNotContain("Access-Control");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/me, 401",
        "GET, /api/nowhere, 404",
        "POST, /health, 405",
        "GET, /a/%2e%2e/b, 400",
        "GET, /, 200",
        "GET, /auth/none, 404"
    })
    void every_answer_over_tls_tells_browsers_to_stay_with_it(
            String method, String path, int status) throws IOException {
        var answer = proxy.send(method, path, "X-Forwarded-Proto: https");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        if (status != 400) {
            assertThat(answer.header("Strict-Transport-Security")).isEqualTo("max-age=31536000");
        }
    }

    @Test
    void a_request_that_the_proxy_got_without_tls_is_redirected_to_the_public_address()
            throws IOException {
        for (var method : List.of("GET", "POST")) {
            var answer =
                    proxy.send(
                            method,
                            "/w/demo/a%20b?line=1",
                            "X-Forwarded-Proto: http",
                            "X-Forwarded-Host: evil.example",
                            "Authorization: Bearer " + server.token());
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.header("Location"))
                    .isEqualTo("https://ide.example/q/w/demo/a%20b?line=1");
        }
        assertThat(anybody.send("GET", "/health").status()).as("a direct check").isEqualTo(200);
    }

    @Test
    void the_port_without_tls_only_redirects() throws Exception {
        int port = FreePort.next();
        server.end();
        server.begin(new TestServer.Edge(LISTED, "https://ide.example/q/", port));
        var plain = new ApiClient(URI.create("http://127.0.0.1:" + port + "/"), "127.0.0.1");

        for (var path : List.of("/", "/api/me", "/metrics", "//evil.example/x")) {
            var answer = plain.send("GET", path, "Authorization: Bearer " + server.token());
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.header("Location")).startsWith("https://ide.example/q/");
            assertThat(answer.body()).isEmpty();
        }
        assertThat(plain.handshake("/ws/demo").status()).isEqualTo(404);
    }
}

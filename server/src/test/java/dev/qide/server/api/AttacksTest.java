package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.telemetry.LogCapture;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What attackers of other sites, of the database and of logins try, with the expected answers.
class AttacksTest {
    private static final String FOREIGN = "Origin: https://evil.example";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("main.py"), "print('hello')\n");
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_foreign_page_gets_no_socket_no_change_and_no_answer_with_the_cookie()
            throws IOException {
        var cookie = "Cookie: " + cookieOf(login(server.token()));

        assertThat(http.handshake("/ws/demo", cookie, FOREIGN).status()).isEqualTo(403);
        assertThat(http.handshake("/yjs/demo/main.py", cookie, FOREIGN).status()).isEqualTo(403);
        for (var origin : List.of(FOREIGN, "Origin: null", "Referer: https://evil.example/x")) {
            // A form sends the cookie of the same site, but can neither read nor set the CSRF
            // token.
            var form =
                    http.send(
                            "POST",
                            "/api/workspaces",
                            body("{\"name\":\"forged\"}"),
                            cookie,
                            origin,
                            "X-Qide-Csrf: ",
                            "Content-Type: text/plain");
            assertThat(form.status()).as(origin).isEqualTo(403);
            assertThat(form.head()).doesNotContain("Access-Control");
        }
        var preflight =
                http.send(
                        "OPTIONS",
                        "/api/workspaces",
                        FOREIGN,
                        "Access-Control-Request-Method: POST",
                        "Access-Control-Request-Headers: authorization");
        assertThat(preflight.head()).doesNotContain("Access-Control");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/?page=account", "/nowhere", "/auth/none"})
    void no_page_is_framed_and_none_runs_an_inline_script(String path) throws IOException {
        var answer = http.send("GET", path, "Accept: text/html");

        assertThat(answer.header("Content-Security-Policy"))
                .contains("frame-ancestors 'none'")
                .doesNotContain("script-src 'unsafe-inline'", "script-src *");
        assertThat(answer.body()).doesNotContainPattern("<script(?![^>]*\\ssrc=)");
        assertThat(answer.body()).doesNotContainPattern("(?i)\\son[a-z]+\\s*=");
    }

    @Test
    void a_cookie_that_an_attacker_planted_is_not_the_session_after_the_login() throws IOException {
        var planted = "x".repeat(43);
        var answer =
                http.send(
                        "POST",
                        "/api/login",
                        body("{\"token\":\"" + server.token() + "\"}"),
                        "Cookie: qide_session=" + planted);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(cookieOf(answer)).doesNotContain(planted);
        var withPlanted = http.send("GET", "/api/me", "Cookie: qide_session=" + planted);
        assertThat(withPlanted.status()).isEqualTo(401);
        assertThat(cookieOf(login(server.token())))
                .as("every login has a session of its own")
                .isNotEqualTo(cookieOf(answer));
    }

    @Test
    void no_credential_appears_in_the_log_whatever_happens_to_it() throws Exception {
        try (var log = new LogCapture()) {
            var token = server.tokenOf("Logged", Scope.EDIT);
            var secrets = new ArrayList<String>(List.of(token, server.token()));
            var cookie = cookieOf(login(token));
            secrets.add(cookie.substring(cookie.indexOf('=') + 1));
            var created = create(token, "a program");
            secrets.add(created.get("token").getAsString());
            var ticket = json(send("POST", token, "/api/ticket", "")).get("ticket").getAsString();
            secrets.add(ticket);
            http.handshake("/ws/demo?ticket=" + ticket);
            http.handshake("/ws/demo?ticket=" + ticket);
            http.handshake("/yjs/demo/main.py?token=" + token);
            http.handshake("/ws/demo?token=" + token);
            send("GET", token, "/api/audit", "");
            send("DELETE", token, "/api/me/tokens/" + token, "");
            http.send("POST", "/api/login", body("{\"token\":\"" + token + "x\"}"));
            http.send("GET", "/" + token);
            send("DELETE", token, "/api/me", "{\"confirm\":\"Logged\"}");
            log.awaits("audit.recorded", "DELETE /api/me\"");

            for (var line : log.lines()) {
                // A path that somebody asks for is not a credential of the server's making.
                assertThat(line).doesNotContain(secrets.subList(2, secrets.size()));
                if (!line.contains("/api/me/tokens/")) {
                    assertThat(line).doesNotContain(token, server.token());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'; DROP TABLE tokens; --",
                "' OR '1'='1",
                "\\'; SELECT pg_sleep(30); --",
                "$$; DROP TABLE logins; $$",
                ":person ?1 {ts 'x'}"
            })
    void sql_is_text_in_every_field(String sql) throws Exception {
        var person = server.tokenOf("Field", Scope.EDIT, Scope.AI);
        var json = sql.replace("\\", "\\\\").replace("\"", "\\\"");
        var inPath = URLEncoder.encode(sql, StandardCharsets.UTF_8).replace("+", "%20");
        long tables = count("pg_class");

        assertThat(create(person, json).getAsJsonObject("details").get("name").getAsString())
                .isEqualTo(sql);
        var renamed = send("PATCH", person, "/api/me", "{\"name\":\"" + json + "\"}");
        assertThat(json(renamed).get("name").getAsString()).isEqualTo(sql);
        assertThat(send("GET", server.token(), "/api/workspaces/" + inPath + "/files", "").status())
                .isEqualTo(404);
        assertThat(send("DELETE", person, "/api/me/tokens/" + inPath, "").status()).isEqualTo(404);
        assertThat(send("DELETE", person, "/api/me/sessions/" + inPath, "").status())
                .isEqualTo(404);
        assertThat(
                        send(
                                        "POST",
                                        server.token(),
                                        "/api/workspaces",
                                        "{\"name\":\"" + json + "\"}")
                                .status())
                .isEqualTo(400);
        var share = "{\"role\":\"view\",\"name\":\"" + json + "\"}";
        assertThat(send("POST", server.token(), "/api/workspaces/demo/shares", share).status())
                .isEqualTo(201);
        for (var query : List.of("operation", "object", "result", "person", "from", "before")) {
            var path = "/api/audit?" + query + "=" + inPath;
            assertThat(send("GET", server.token(), path, "").status()).isIn(200, 400);
        }
        assertThat(send("GET", person, "/api/workspaces/demo/search?q=" + inPath, "").status())
                .isEqualTo(200);
        assertThat(send("GET", person, "/api/me/settings/" + inPath, "").status()).isIn(400, 404);
        assertThat(http.send("GET", "/api/me", "Authorization: Bearer " + sql).status())
                .isEqualTo(401);
        assertThat(http.send("POST", "/api/login", body("{\"token\":\"" + json + "\"}")).status())
                .isEqualTo(401);
        assertThat(count("pg_class")).isEqualTo(tables);
    }

    @Test
    void a_storm_of_logins_of_one_address_is_refused_and_others_log_in() throws Exception {
        var storm = new ApiClient(server.http("/"), "127.0.0.77");
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            var guess = body("{\"token\":\"" + "g".repeat(40) + (100 + i) + "\"}");
            var answer = storm.send("POST", "/api/login", guess);
            assertThat(answer.status()).isIn(401, 429);
            if (answer.status() == 429) {
                refused++;
                assertThat(Integer.parseInt("" + answer.header("Retry-After"))).isPositive();
            }
        }
        assertThat(refused).isGreaterThan(100);
        assertThat(login(server.token()).status()).isEqualTo(204);
    }

    private static JsonObject create(String token, String name) throws IOException {
        var answer =
                send(
                        "POST",
                        token,
                        "/api/me/tokens",
                        "{\"name\":\"" + name + "\",\"scopes\":[\"read\"]}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return json(answer);
    }

    private static Answer login(String token) throws IOException {
        return http.send("POST", "/api/login", body("{\"token\":\"" + token + "\"}"));
    }

    private static String cookieOf(Answer answer) {
        return Objects.requireNonNull(answer.header("Set-Cookie")).split(";", -1)[0];
    }

    private static Answer send(String method, String token, String path, String text)
            throws IOException {
        return http.send(method, path, body(text), "Authorization: Bearer " + token);
    }

    private static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(new String(answer.bytes(), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    private static long count(String table) {
        return server.database().count("SELECT count(*) FROM " + table + " WHERE relkind = 'r'");
    }
}

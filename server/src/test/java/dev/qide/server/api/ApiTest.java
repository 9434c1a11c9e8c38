package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.Await;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.store.Database;
import dev.qide.server.store.LoginTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may use which endpoint, on a whole server with raw HTTP.
class ApiTest {
    private static final String FILES = "/api/workspaces/demo/files/";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(folder.resolve("src"));
        Files.writeString(folder.resolve("src/main.py"), "print('hello')\n");
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// One row per endpoint, one column per credential; the cell is the status.
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # method and path                        |none|wrong|token|no such cookie|cookie|own page|other page
                    GET  | /health                           | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /ready                            | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /api/openapi.json                 | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /status                           | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /status.atom                      | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /api/status                       | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    POST | /api/incidents                    | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    POST | /api/incidents/x/updates          | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    DELETE| /api/incidents/x                 | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    GET  | /metrics                          | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /api/login                        | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    GET  | /auth                             | 404 | 404 | 404 | 404 | 404 | 404 | 404
                    GET  | /auth/none                        | 404 | 404 | 404 | 404 | 404 | 404 | 404
                    GET  | /auth/none/callback               | 404 | 404 | 404 | 404 | 404 | 404 | 404
                    POST | /api/accounts                     | 401 | 401 | 401 | 401 | 400 | 400 | 403
                    POST | /api/login                        | 204 | 204 | 204 | 204 | 204 | 204 | 403
                    POST | /api/logout                       | 204 | 204 | 204 | 204 | 204 | 204 | 403
                    GET  | /api/me                           | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    PATCH| /api/me                           | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/me/settings                  | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/me/settings/settings.json    | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    PUT  | /api/me/settings/settings.json    | 401 | 401 | 428 | 401 | 428 | 428 | 403
                    DELETE| /api/me/settings/settings.json   | 401 | 401 | 428 | 401 | 428 | 428 | 403
                    DELETE| /api/me                          | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/me/export                    | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/accounts                     | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/audit                        | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/nodes                        | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/me/tokens                    | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    POST | /api/me/tokens                    | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    DELETE| /api/me/tokens/x                 | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    GET  | /api/me/sessions                  | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    DELETE| /api/me/sessions/x               | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    POST | /api/ticket                       | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/workspaces                   | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    POST | /api/workspaces                   | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/templates                    | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    DELETE| /api/workspaces/demo             | 401 | 401 | 409 | 401 | 409 | 409 | 403
                    DELETE| /api/workspaces/no               | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    GET  | /api/workspaces/demo/shares       | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    POST | /api/workspaces/demo/shares       | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    DELETE| /api/workspaces/demo/shares/x    | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    PUT  | /api/workspaces/demo/trust        | 401 | 401 | 204 | 401 | 204 | 204 | 403
                    DELETE| /api/workspaces/demo/trust       | 401 | 401 | 204 | 401 | 204 | 204 | 403
                    GET  | /api/workspaces/demo/files        | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/workspaces/demo/zip          | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    POST | /api/workspaces/demo/zip          | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/workspaces/demo/search       | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/workspaces/demo/paths        | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    GET  | /api/workspaces/demo/style        | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/workspaces/demo/text-format  | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /api/workspaces/no/files          | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    GET  | /api/workspaces/demo/files/src/main.py | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    PUT  | /api/workspaces/demo/files/src/main.py | 401 | 401 | 428 | 401 | 428 | 428 | 403
                    DELETE| /api/workspaces/demo/files/src/main.py | 401 | 401 | 428 | 401 | 428 | 428 | 403
                    POST | /api/workspaces/demo/files/src/main.py | 401 | 401 | 400 | 401 | 400 | 400 | 403
                    GET  | /oct/api/meta                     | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    POST | /oct/api/session/create           | 401 | 401 | 200 | 401 | 200 | 200 | 403
                    POST | /oct/api/session/join/x           | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    GET  | /oct/socket.io/                   | 400 | 400 | 400 | 400 | 400 | 400 | 400
                    GET  | /socket.io/                       | 400 | 400 | 400 | 400 | 400 | 400 | 400
                    GET  | /                                 | 200 | 200 | 200 | 200 | 200 | 200 | 200
                    WS   | /ws/demo                          | 401 | 401 | 101 | 401 | 101 | 101 | 403
                    WS   | /ws/no                            | 401 | 401 | 404 | 401 | 404 | 404 | 403
                    WS   | /lsp/demo/python                  | 401 | 401 | 101 | 401 | 101 | 101 | 403
                    WS   | /collab/demo                      | 101 | 101 | 101 | 101 | 101 | 101 | 101
                    WS   | /nowhere                          | 404 | 404 | 404 | 404 | 404 | 404 | 404
                    """)
    void an_endpoint_admits_the_right_credentials(
            String method,
            String path,
            int none,
            int wrong,
            int token,
            int wrongCookie,
            int cookie,
            int ownPage,
            int otherPage)
            throws IOException {
        var ours = "Cookie: qide_session=" + login();
        var page = "Origin: http://" + server.http("/").getAuthority();

        assertThat(
                        List.of(
                                knock(method, path).status(),
                                knock(method, path, bearer("x".repeat(43))).status(),
                                knock(method, path, bearer(server.token())).status(),
                                knock(method, path, "Cookie: qide_session=x").status(),
                                knock(method, path, ours).status(),
                                knock(method, path, ours, page).status(),
                                knock(method, path, ours, "Origin: https://evil.example").status()))
                .containsExactly(none, wrong, token, wrongCookie, cookie, ownPage, otherPage);
        if (!List.of("GET", "WS").contains(method) && !path.equals("/api/login")) {
            var another = "Cookie: qide_session=" + login();
            var refused = knock(method, path, another, "X-Qide-Csrf: wrong");
            assertThat(refused.status()).as("without the login's CSRF token").isEqualTo(403);
            assertThat(failure(refused)).isEqualTo("csrf-token-wrong");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # role and scopes    | list | write | observe | socket | me
                    VIEWER | READ,EDIT   |  200 |  403  |   403   |  101   | 200
                    EDITOR | READ        |  200 |  403  |   403   |  101   | 200
                    EDITOR | EDIT        |  200 |  428  |   403   |  101   | 200
                    OWNER  | OBSERVE     |  403 |  403  |   200   |  403   | 200
                    OWNER  | AI          |  403 |  403  |   403   |  403   | 200
                    """)
    void a_login_allows_what_its_role_and_scopes_allow(
            String role, String scopes, int list, int write, int observe, int socket, int me)
            throws Exception {
        var cookie = "Cookie: qide_session=" + loginOf(role, scopes, Duration.ofDays(1));

        assertThat(
                        List.of(
                                knock("GET", "/api/workspaces/demo/files", cookie).status(),
                                knock("PUT", FILES + "src/main.py", cookie).status(),
                                knock("GET", "/metrics", cookie, "X-Forwarded-For: 10.0.0.1")
                                        .status(),
                                knock("WS", "/ws/demo", cookie).status(),
                                knock("GET", "/api/me", cookie).status()))
                .containsExactly(list, write, observe, socket, me);
    }

    @Test
    void a_search_with_content_is_refused_by_name() throws IOException {
        var content = "x".getBytes(StandardCharsets.UTF_8);
        var path = "/api/workspaces/demo/search?q=hello";

        var refused = http.send("GET", path, content, bearer(server.token()));
        assertThat(refused.status()).isEqualTo(413);
        assertThat(failure(refused)).isEqualTo("message-too-large");
        assertThat(knock("GET", path, bearer(server.token())).status()).isEqualTo(200);
    }

    @Test
    void an_ended_login_is_refused() throws Exception {
        var cookie =
                "Cookie: qide_session=" + loginOf("OWNER", "READ,EDIT", Duration.ofSeconds(-1));

        assertThat(knock("GET", "/api/me", cookie).status()).isEqualTo(401);
    }

    @Test
    void a_login_sets_a_cookie_that_scripts_and_other_sites_do_not_get() throws IOException {
        var answer = knock("POST", "/api/login");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Set-Cookie"))
                .matches(
                        "qide_session=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        var me = json(knock("GET", "/api/me", "Cookie: " + cookieOf(answer)));
        assertThat(me.get("name").getAsString()).isEqualTo("owner");
        assertThat(me.get("role").getAsString()).isEqualTo("owner");
        assertThat(me.get("scopes").toString()).contains("\"edit\"", "\"read\"");
    }

    @Test
    void after_a_logout_the_cookie_is_refused() throws IOException {
        var cookie = "Cookie: qide_session=" + login();
        var answer = knock("POST", "/api/logout", cookie);

        assertThat(answer.header("Set-Cookie")).contains("qide_session=;", "Max-Age=0");
        assertThat(knock("GET", "/api/me", cookie).status()).isEqualTo(401);
        assertThat(knock("WS", "/ws/demo", cookie).status()).isEqualTo(401);
    }

    @Test
    void failed_logins_of_an_address_are_refused_unread_after_20_and_others_are_not()
            throws IOException {
        var guesser = new ApiClient(server.http("/"), "127.0.0.9");
        // The limit refills by one attempt every three seconds, also during the test.
        int failures = 0;
        Answer refused;
        do {
            while (guesser.send("POST", "/api/login", tokenBody("wrong" + failures)).status()
                    == 401) {
                failures++;
                assertThat(failures).isLessThan(60);
            }
            refused = guesser.send("POST", "/api/login", tokenBody(server.token()));
        } while (refused.status() == 204);

        assertThat(failures).isGreaterThanOrEqualTo(20);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(failure(refused)).isEqualTo("too-many-attempts");
        assertThat(knock("POST", "/api/login").status()).isEqualTo(204);
        assertThat(http.send("GET", "/metrics", "Authorization: Bearer " + server.token()).body())
                .containsPattern("qide_limits_refusals_total\\{limit=\"login-failures\",} [1-9]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{\"token\":null}", "null"})
    void a_login_without_a_token_is_a_client_error(String body) throws IOException {
        var answer = http.send("POST", "/api/login", body.getBytes(StandardCharsets.UTF_8));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(failure(answer)).isIn("parse-error", "invalid-params");
    }

    @Test
    void a_login_and_the_token_survive_a_restart() throws IOException {
        var cookie = "Cookie: qide_session=" + login();
        var token = server.token();
        server.end();
        server.begin();

        assertThat(knock("GET", "/api/me", cookie).status()).isEqualTo(200);
        assertThat(server.token()).isEqualTo(token);
    }

    @Test
    void a_socket_is_logged_in_by_subprotocols_offered_together() {
        try (var client =
                TestClient.connect(
                        server.ws("/ws/demo"), List.of("qide", "qide.bearer." + server.token()))) {
            assertThat(client.subprotocol()).isEqualTo("qide");
            client.initialize(null);
        }
        assertRefused(List.of("qide.bearer." + server.token()));
        assertRefused(List.of("qide", "qide.bearer.wrong"));
        assertRefused(List.of("qide"));
    }

    @Test
    void a_bearer_token_is_not_echoed_as_subprotocol() throws IOException {
        var answer =
                http.handshake(
                        "/ws/demo",
                        bearer(server.token()),
                        "Sec-WebSocket-Protocol: qide.bearer.x, other");

        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.header("Sec-WebSocket-Protocol")).isNull();
    }

    @Test
    void a_frame_that_follows_a_refused_handshake_is_not_answered() throws IOException {
        var initialize =
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\
                """
                        .getBytes(StandardCharsets.UTF_8);
        var frame = new byte[initialize.length + 6];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | initialize.length);
        System.arraycopy(initialize, 0, frame, 6, initialize.length);
        var answer = http.handshake("/ws/demo", frame);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(failure(answer)).isEqualTo("unauthenticated");
        assertThat(answer.body()).hasSize(Integer.parseInt("" + answer.header("Content-Length")));
    }

    @Test
    void data_for_observers_is_hidden_behind_a_proxy() throws IOException {
        var proxied = "X-Forwarded-For: 10.0.0.1";

        assertThat(json(knock("GET", "/ready")).getAsJsonObject("components").keySet())
                .contains("database", "sandbox");
        for (var header :
                List.of(proxied, "Forwarded: for=x", "X-Real-IP: 10.0.0.1", "Via: 1.1 x")) {
            assertThat(json(knock("GET", "/ready", header)).keySet()).containsExactly("ready");
            assertThat(knock("GET", "/metrics", header).status()).isEqualTo(401);
        }
        var token = bearer(server.token());
        assertThat(json(knock("GET", "/ready", proxied, token)).has("components")).isTrue();
        assertThat(knock("GET", "/metrics", proxied, token).body()).contains("qide_session_");
    }

    @Test
    void health_checks_and_scrapes_are_not_counted_as_requests() throws IOException {
        double before = counted();
        for (int i = 0; i < 10; i++) {
            for (var path : List.of("/health", "/ready", "/metrics")) {
                assertThat(knock("GET", path).status()).isEqualTo(200);
                assertThat(knock("HEAD", path).status()).isEqualTo(200);
            }
        }
        assertThat(knock("GET", "/api/login").status()).isEqualTo(200);
        // Answers are counted after they have been sent: this one, and perhaps one of another test.
        Await.await(() -> counted() > before);
        assertThat(counted()).isLessThan(before + 10);
    }

    /// The HTTP requests of the metrics with an answer 2xx.
    private static double counted() {
        var series = "qide_transport_requests_total{status=\"2xx\",} ";
        try {
            return knock("GET", "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(series))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                    .sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A page in a browser of this machine can have its own name rebound to a loopback address.
    @Test
    void data_for_observers_is_hidden_from_requests_with_a_foreign_host() throws IOException {
        for (var host : List.of("Host: rebound.example:8080", "Host: localhost.rebound.example")) {
            var metrics = bare("/metrics", host);
            assertThat(metrics.status()).isEqualTo(401);
            assertThat(json(bare("/ready", host)).keySet()).containsExactly("ready");
        }
        assertThat(bare("/metrics", "Host: localhost:8080").status()).isEqualTo(200);
        assertThat(bare("/metrics", "Host: 127.0.0.1").status()).isEqualTo(200);
    }

    private static ApiClient.Answer bare(String path, String host) throws IOException {
        var request = "GET " + path + " HTTP/1.1\r\n" + host + "\r\nConnection: close\r\n\r\n";
        return http.exchange(request.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void another_method_of_an_endpoint_is_405_with_the_allowed_ones() throws IOException {
        var answer = knock("PATCH", FILES + "src/main.py", bearer(server.token()));

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, POST, PUT");
        assertThat(answer.body()).contains("method-not-found", "other-method");
        assertThat(knock("GET", "/api/login").header("Allow")).isNull();
        assertThat(knock("PATCH", "/api/login").header("Allow"))
                .isEqualTo("GET, HEAD, OPTIONS, POST");
        assertThat(knock("POST", "/health").status()).isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "/api", "/api/", "/api/nowhere", "/index.html/x", "//"})
    void an_unknown_path_is_404_as_json(String path) throws IOException {
        var answer = knock("GET", path, bearer(server.token()));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(failure(answer)).isEqualTo("method-not-found");
    }

    @Test
    void head_answers_like_get_without_the_body() throws IOException {
        var token = bearer(server.token());
        for (var path : List.of("/health", "/", "/api/workspaces", FILES + "src/main.py")) {
            var get = knock("GET", path, token);
            var head = knock("HEAD", path, token);

            assertThat(head.status()).as(path).isEqualTo(200);
            assertThat(head.body()).as(path).isEmpty();
            assertThat(head.header("ETag")).as(path).isEqualTo(get.header("ETag"));
            assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
            assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        }
    }

    private static void assertRefused(List<String> subprotocols) {
        assertThatThrownBy(() -> TestClient.connect(server.ws("/ws/demo"), subprotocols))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal -> assertThat(refusal.getResponse().statusCode()).isEqualTo(401));
    }

    private static Answer knock(String method, String path, String... headers) throws IOException {
        return switch (method) {
            case "WS" -> http.handshake(path, headers);
            case "POST" ->
                    http.send(
                            "POST",
                            path,
                            path.equals("/api/login") ? tokenBody(server.token()) : new byte[0],
                            headers);
            default -> http.send(method, path, headers);
        };
    }

    private static String login() throws IOException {
        var cookie = cookieOf(knock("POST", "/api/login"));
        return cookie.substring(cookie.indexOf('=') + 1);
    }

    private static String cookieOf(Answer answer) {
        var header = String.valueOf(answer.header("Set-Cookie"));
        return header.substring(0, header.indexOf(';'));
    }

    /// The login cookie of a person with that role, stored as the server stores it.
    private static String loginOf(String role, String scopes, Duration left) throws Exception {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        var secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        try (var database = new Database(server.database().address())) {
            new LoginTable(database)
                    .create(
                            new LoginTable.Login(
                                    hash(secret),
                                    hash(server.token()),
                                    UUID.randomUUID(),
                                    "ann",
                                    role,
                                    Set.of(scopes.split(",")),
                                    "",
                                    Instant.now().plus(left)));
        }
        return secret;
    }

    private static byte[] hash(String secret) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] tokenBody(String token) {
        return ("{\"token\":\"" + token + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private static String failure(Answer answer) {
        var body = json(answer);
        // The failures of Open Collaboration Tools have a shape of their own.
        return body.has("code")
                ? body.get("code").getAsString()
                : body.getAsJsonObject("error").get("name").getAsString();
    }
}

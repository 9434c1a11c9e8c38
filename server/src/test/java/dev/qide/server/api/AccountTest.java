package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Personal tokens and login sessions over HTTP: what they allow, who sees them, and their end.
class AccountTest {
    private static final int UNAUTHENTICATED = 4401;
    private static final String TOKENS = "/api/me/tokens";
    private static final String SESSIONS = "/api/me/sessions";

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
    void a_token_allows_its_scopes_and_is_shown_once() throws IOException {
        var answer =
                send(
                        "POST",
                        server.token(),
                        TOKENS,
                        "{\"name\":\"CI job\",\"scopes\":[\"read\"],\"expiresInDays\":2}");
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        var created = json(answer);
        var secret = created.get("token").getAsString();
        var details = created.getAsJsonObject("details");
        assertThat(details.get("name").getAsString()).isEqualTo("CI job");
        assertThat(details.get("scopes").toString()).isEqualTo("[\"read\"]");
        assertThat(Instant.parse(details.get("expiresAt").getAsString()))
                .isCloseTo(Instant.now().plus(Duration.ofDays(2)), within(1, ChronoUnit.MINUTES));

        assertThat(send("GET", secret, "/api/workspaces/demo/files", "").status()).isEqualTo(200);
        assertThat(send("PUT", secret, "/api/workspaces/demo/files/main.py", "").status())
                .isEqualTo(403);
        assertThat(json(send("GET", secret, "/api/me", "")).get("id"))
                .as("the same person")
                .isEqualTo(json(send("GET", server.token(), "/api/me", "")).get("id"));
        var list = send("GET", server.token(), TOKENS, "").body();
        assertThat(list).contains(details.get("id").getAsString(), "CI job").doesNotContain(secret);
    }

    @Test
    void a_token_has_no_scope_that_its_creator_has_not() throws Exception {
        var editor = server.tokenOf("Ann", Scope.EDIT);

        for (var scope : List.of("ai", "observe", "admin")) {
            var refused = create(editor, "\"" + scope + "\"");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("\"scope\":\"" + scope + "\"");
        }
        var token = secretOf(create(editor, "\"read\",\"edit\""));
        assertThat(send("PUT", token, "/api/workspaces/demo/files/main.py", "").status())
                .isEqualTo(428);
        assertThat(send("POST", token, "/api/workspaces", "{\"name\":\"x\"}").status())
                .as("the creator is no owner")
                .isEqualTo(403);
    }

    @Test
    void a_personal_token_and_a_login_with_it_manage_nothing() throws IOException {
        var token = secretOf(create(server.token(), "\"admin\",\"edit\""));

        for (var credential : List.of("Authorization: Bearer " + token, login(token))) {
            for (var path : List.of(TOKENS, SESSIONS)) {
                var refused = http.send("GET", path, credential);
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.body()).contains("\"reason\":\"personal-token\"");
            }
        }
        assertThat(create(token, "\"edit\"").status()).isEqualTo(403);

        // Whoever links an account of their own keeps the person's roles for good.
        var cookie = login(token);
        var linking = http.send("POST", "/api/accounts", body("{\"provider\":\"any\"}"), cookie);
        assertThat(linking.status()).isEqualTo(403);
        assertThat(linking.body()).contains("\"reason\":\"personal-token\"");
    }

    @Test
    void a_revocation_ends_the_token_its_logins_and_its_sockets() throws IOException {
        var created = json(create(server.token(), "\"edit\""));
        var token = created.get("token").getAsString();
        var id = created.getAsJsonObject("details").get("id").getAsString();
        var cookie = login(token);
        try (var socket = TestClient.connect(server.ws("/ws/demo"), token)) {
            socket.initialize(null);
            var begun = Instant.now();
            assertThat(send("DELETE", server.token(), TOKENS + "/" + id, "").status())
                    .isEqualTo(204);

            assertThat(socket.closeCode()).isEqualTo(UNAUTHENTICATED);
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(5));
        }
        awaitStatus(401, token);
        assertThat(http.send("GET", "/api/me", cookie).status()).isEqualTo(401);
        assertThat(failure(send("DELETE", server.token(), TOKENS + "/" + id, "")))
                .isEqualTo("token-unknown");
        assertThat(send("GET", server.token(), TOKENS, "").body()).doesNotContain(id);
    }

    @Test
    void a_token_ends_with_the_token_that_it_was_created_with() throws Exception {
        var editor = server.tokenOf("Eve", Scope.EDIT);
        var direct = secretOf(create(editor, "\"edit\""));
        var answer =
                http.send(
                        "POST",
                        TOKENS,
                        body("{\"name\":\"by login\",\"scopes\":[\"edit\"]}"),
                        login(editor));
        var byLogin = secretOf(answer);
        assertThat(send("GET", direct, "/api/me", "").status()).isEqualTo(200);
        assertThat(send("GET", byLogin, "/api/me", "").status()).isEqualTo(200);

        server.revoke("Eve");

        for (var token : List.of(editor, direct, byLogin)) {
            awaitStatus(401, token);
        }
    }

    @Test
    void people_do_not_see_or_revoke_the_tokens_and_sessions_of_others() throws Exception {
        var other = server.tokenOf("Ben", Scope.EDIT);
        var created = json(create(server.token(), "\"read\"")).getAsJsonObject("details");
        var id = created.get("id").getAsString();
        var session = sessionsOf(login(server.token())).getFirst().get("id").getAsString();

        assertThat(send("GET", other, TOKENS, "").body()).isEqualTo("{\"tokens\":[]}");
        assertThat(send("GET", other, SESSIONS, "").body()).isEqualTo("{\"sessions\":[]}");
        assertThat(failure(send("DELETE", other, TOKENS + "/" + id, "")))
                .isEqualTo("token-unknown");
        assertThat(failure(send("DELETE", other, SESSIONS + "/" + session, "")))
                .isEqualTo("session-unknown");
        assertThat(send("GET", server.token(), TOKENS, "").body()).contains(id);
    }

    @Test
    void a_session_is_listed_and_its_end_closes_its_sockets() throws Exception {
        var token = server.tokenOf("Cleo", Scope.EDIT);
        var lost = login(token, "Lost phone\tü");
        var here = login(token, "Laptop");
        var sessions = sessionsOf(here);
        assertThat(sessions).hasSize(2);
        assertThat(sessions.getFirst().get("agent").getAsString()).isEqualTo("Laptop");
        assertThat(sessions.getFirst().get("current").getAsBoolean()).isTrue();
        assertThat(sessions.getLast().get("agent").getAsString()).startsWith("Lost phone");
        assertThat(sessions.getLast().get("current").getAsBoolean()).isFalse();

        var id = sessions.getLast().get("id").getAsString();
        var ticket = json(http.send("POST", "/api/ticket", lost)).get("ticket").getAsString();
        try (var socket =
                TestClient.connect(server.ws("/ws/demo?ticket=" + ticket), List.of("qide"))) {
            socket.initialize(null);
            var begun = Instant.now();
            assertThat(http.send("DELETE", SESSIONS + "/" + id, here).status()).isEqualTo(204);

            assertThat(socket.closeCode()).isEqualTo(UNAUTHENTICATED);
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(5));
        }
        assertThat(http.send("GET", "/api/me", lost).status()).isEqualTo(401);
        assertThat(sessionsOf(here)).hasSize(1);
        assertThat(failure(http.send("DELETE", SESSIONS + "/" + id, here)))
                .isEqualTo("session-unknown");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"name\":\"a\",\"scopes\":[]}",
                "{\"name\":\"a\",\"scopes\":[\"all\"]}",
                "{\"name\":\"a\",\"scopes\":[null]}",
                "{\"name\":\"\",\"scopes\":[\"read\"]}",
                "{\"name\":\"a\\u0000b\",\"scopes\":[\"read\"]}",
                "{\"name\":\"a\",\"scopes\":[\"read\"],\"expiresInDays\":0}",
                "{\"name\":\"a\",\"scopes\":[\"read\"],\"expiresInDays\":367}",
            })
    void a_token_of_another_shape_is_refused(String request) throws IOException {
        assertThat(send("POST", server.token(), TOKENS, request).status()).isEqualTo(400);
    }

    @Test
    void a_person_has_a_bounded_number_of_tokens() throws Exception {
        var many = server.tokenOf("Dan", Scope.READ);
        for (int i = 0; i < 50; i++) {
            assertThat(create(many, "\"read\"").status()).isEqualTo(201);
        }
        var refused = create(many, "\"read\"");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(failure(refused)).isEqualTo("too-many-tokens");
    }

    /// Another process changed the database: the server notices within a second.
    private static void awaitStatus(int status, String token) throws IOException {
        var deadline = Instant.now().plusSeconds(10);
        int last;
        do {
            last = send("GET", token, "/api/me", "").status();
        } while (last != status && Instant.now().isBefore(deadline));
        assertThat(last).isEqualTo(status);
    }

    private static List<JsonObject> sessionsOf(String cookie) throws IOException {
        var all = new ArrayList<JsonObject>();
        json(http.send("GET", SESSIONS, cookie))
                .getAsJsonArray("sessions")
                .forEach(one -> all.add(one.getAsJsonObject()));
        return all;
    }

    private static Answer create(String credential, String scopes) throws IOException {
        return send(
                "POST", credential, TOKENS, "{\"name\":\"program\",\"scopes\":[" + scopes + "]}");
    }

    private static String secretOf(Answer created) {
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        return json(created).get("token").getAsString();
    }

    private static String login(String token) throws IOException {
        return login(token, "Test");
    }

    /// The cookie's header.
    private static String login(String token, String agent) throws IOException {
        var answer =
                http.send(
                        "POST",
                        "/api/login",
                        body("{\"token\":\"" + token + "\"}"),
                        "User-Agent: " + agent);
        assertThat(answer.status()).isEqualTo(204);
        return "Cookie: " + Objects.requireNonNull(answer.header("Set-Cookie")).split(";", -1)[0];
    }

    private static Answer send(String method, String token, String path, String text)
            throws IOException {
        return http.send(method, path, body(text), "Authorization: Bearer " + token);
    }

    private static byte[] body(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject json(Answer answer) {
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }

    private static String failure(Answer answer) {
        return json(answer).getAsJsonObject("error").get("name").getAsString();
    }
}

package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.TokenTable;
import dev.qide.wire.Failure;
import dev.qide.yjs.Lib0Decoder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a credential allows on a socket that is open, and for how long, on a whole server.
@Tag("alone")
class GrantsTest {
    /// For one trial, which includes what else the machine does; `RevocationTest` has the bound of
    /// a second, for the median.
    private static final Duration ACTS_WITHIN = Duration.ofSeconds(10);

    private static final int AUTH = 2;
    private static final int AUTHENTICATED = 2;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path folder;
    private static TestServer server;
    private static Database database;
    private static IssuedTokens tokens;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "hello\n");
        Files.writeString(folder.resolve("b.txt"), "hello\n");
        server = TestServer.start(folder);
        database = Database.ofRunningServer(server.database().address());
        tokens =
                new IssuedTokens(
                        new TokenTable(database), new SecureRandom(), InstantSource.system());
    }

    @AfterAll
    static void stop() {
        database.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/lsp/demo/python"})
    void a_revoked_token_closes_its_text_socket_within_a_second(String door) {
        var token = token(null, Scope.EDIT);
        try (var client = TestClient.connect(server.ws(door), token);
                var other = TestClient.connect(server.ws(door), token(null, Scope.READ))) {
            assertClosedByRevoking(client, token);
            assertThat(other.answer("no/such", "{}").has("error")).as("another's lives").isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/collab/demo"})
    void a_revoked_token_closes_its_binary_socket_within_a_second(String door) {
        var token = token(null, Scope.EDIT);
        try (var client =
                TestClient.connect(server.ws(door), door.startsWith("/ws") ? token : null)) {
            assertThat(auth(client, "a.txt", token)).isEqualTo("read-write");

            assertClosedByRevoking(client, token);
        }
    }

    @Test
    void a_revoked_token_closes_a_socket_of_one_document_within_a_second() {
        var token = token(null, Scope.EDIT);
        try (var client =
                TestClient.connect(server.ws("/yjs/demo/a.txt?token=" + token), (String) null)) {
            assertClosedByRevoking(client, token);
        }
    }

    @Test
    void a_socket_opened_by_a_login_ends_with_the_logins_token_and_with_the_logout()
            throws Exception {
        var token = token(null, Scope.EDIT);
        var ticketOfLogin = ticket("Cookie", "qide_session=" + login(token));
        var ticketOfToken = ticket("Authorization", "Bearer " + token);
        try (var one = TestClient.connect(ticketed(ticketOfLogin), (String) null);
                var other = TestClient.connect(ticketed(ticketOfToken), (String) null)) {
            assertThat(one.initialize(null).has("capabilities")).isTrue();
            assertClosedByRevoking(other, token);
            assertThat(one.closeCode()).isEqualTo(CLOSE_UNAUTHENTICATED);
        }
        var secret = login(server.token());
        var ticket = ticket("Cookie", "qide_session=" + secret);
        try (var client = TestClient.connect(ticketed(ticket), (String) null)) {
            client.initialize(null);

            assertThat(post("/api/logout", "", "Cookie", "qide_session=" + secret).statusCode())
                    .isEqualTo(204);

            assertThat(client.closeCode()).isEqualTo(CLOSE_UNAUTHENTICATED);
        }
    }

    @Test
    void a_document_is_open_to_a_token_as_its_role_and_scopes_say() {
        try (var client = TestClient.connect(server.ws("/collab/demo"), (String) null)) {
            assertThat(auth(client, "a.txt", token(null, Scope.READ))).isEqualTo("readonly");
        }
        try (var client = TestClient.connect(server.ws("/collab/demo"), (String) null)) {
            assertThat(auth(client, "a.txt", token(null, Scope.AI))).isEqualTo("forbidden");
            assertThat(auth(client, "b.txt", token(null, Scope.EDIT))).isEqualTo("read-write");
        }
        try (var client = TestClient.connect(server.ws("/ws/demo"), token(null, Scope.READ))) {
            assertThat(auth(client, "a.txt", "")).isEqualTo("readonly");
            assertThat(auth(client, "b.txt", server.token()))
                    .as("somebody else's token")
                    .isEqualTo("unauthenticated");
        }
    }

    /// It would log in by all of them again whenever it connects again.
    @Test
    void a_socket_with_sixteen_credentials_is_refused_another_and_stays_open() {
        var first = tokenOfOwner();
        try (var client = TestClient.connect(server.ws("/collab/demo"), (String) null)) {
            assertThat(auth(client, "many-1.txt", first)).isEqualTo("read-write");
            for (int i = 2; i <= 16; i++) {
                assertThat(auth(client, "many-" + i + ".txt", tokenOfOwner()))
                        .isEqualTo("read-write");
            }
            assertThat(auth(client, "many-17.txt", tokenOfOwner())).isEqualTo("too-many-requests");
            assertThat(auth(client, "many-18.txt", first)).isEqualTo("read-write");
        }
    }

    @Test
    void the_credential_counts_and_not_the_person_who_has_another() {
        var reading =
                tokens.create(
                        new IssuedTokens.TokenRequest(
                                EnumSet.of(Scope.ADMIN, Scope.READ), null, null, null));
        try (var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            assertThat(auth(client, "a.txt", "")).isEqualTo("read-write");
            assertThat(auth(client, "b.txt", reading))
                    .as("the owner, with a token that may only read")
                    .isEqualTo("readonly");
            assertThat(auth(client, "a.txt", "")).as("on this socket").isEqualTo("readonly");
        }
        try (var client = TestClient.connect(server.ws("/collab/demo"), (String) null)) {
            assertThat(auth(client, "a.txt", reading)).isEqualTo("readonly");
            assertThat(auth(client, "b.txt", server.token()))
                    .as("no more than each of both allows")
                    .isEqualTo("readonly");
        }
        try (var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            assertThat(auth(client, "a.txt", "")).as("on another socket").isEqualTo("read-write");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "workspace/executeCommand",
                "workspace/willRenameFiles",
                "textDocument/rename",
                "textDocument/formatting",
                "textDocument/willSaveWaitUntil"
            })
    void a_viewer_cannot_edit_through_a_language_server(String method) {
        var params = "{'textDocument':{'uri':'file:///a.txt'},'command':'x'}";
        for (var door : new String[] {"/ws/demo", "/lsp/demo/python"}) {
            try (var client = TestClient.connect(server.ws(door), token(null, Scope.READ))) {
                if (door.startsWith("/ws")) {
                    client.initialize(null);
                }
                assertThat(TestClient.errorCode(client.answer(method, params)))
                        .as(door)
                        .isEqualTo(Failure.FORBIDDEN.code());
            }
        }
        try (var client = TestClient.connect(server.ws("/ws/demo"), token(null, Scope.EDIT))) {
            client.initialize(null);
            var answer = client.answer(method, params);
            if (method.equals("workspace/executeCommand")) {
                assertThat(TestClient.errorCode(answer)).isEqualTo(Failure.COMMAND_UNKNOWN.code());
            } else {
                assertThat(answer.has("result")).as("an editor's").isTrue();
            }
        }
    }

    /// Go's decoder takes `Method` for `method`.
    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/lsp/demo/python"})
    void a_viewer_cannot_hide_a_method_behind_another_one(String door) {
        try (var client = TestClient.connect(server.ws(door), token(null, Scope.READ))) {
            if (door.startsWith("/ws")) {
                client.initialize(null);
            }
            client.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":700,\"method\":\"textDocument/hover\","
                            + "\"params\":{},\"Method\":\"workspace/executeCommand\"}");

            var answer = client.await(message -> message.has("error"));

            assertThat(TestClient.errorCode(answer)).isEqualTo(Failure.INVALID_REQUEST.code());
            assertThat(answer.toString()).contains("\"ambiguous-member\"");
        }
    }

    @Test
    void a_viewer_may_ask_what_changes_nothing() {
        try (var client = TestClient.connect(server.ws("/ws/demo"), token(null, Scope.READ))) {
            client.initialize(null);
            var params = "{'textDocument':{'uri':'file:///a.txt'},'position':{}}";
            assertThat(client.answer("textDocument/hover", params).has("result")).isTrue();
        }
    }

    @Test
    void ghost_text_is_for_who_may_ask_models() {
        try (var without = TestClient.connect(server.ws("/ws/demo"), token(null, Scope.EDIT));
                var with =
                        TestClient.connect(
                                server.ws("/ws/demo"), token(null, Scope.EDIT, Scope.AI))) {
            assertThat(ghostText(without)).isEqualTo(Failure.FORBIDDEN.code());
            assertThat(ghostText(with)).isEqualTo(Failure.MODEL_NOT_CONFIGURED.code());
        }
    }

    @Test
    void a_token_has_a_name_in_the_awareness_of_others() throws Exception {
        var token = token("Zoe", Scope.EDIT);
        try (var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            client.initialize(null);
            var put =
                    HttpRequest.newBuilder(server.http("/api/workspaces/demo/files/new.txt"))
                            .header("Authorization", "Bearer " + token)
                            .header("If-None-Match", "*")
                            .PUT(HttpRequest.BodyPublishers.ofString("x"))
                            .build();
            assertThat(HTTP.send(put, HttpResponse.BodyHandlers.discarding()).statusCode())
                    .isEqualTo(201);

            var told = client.await(it -> TestClient.isNotification(it, "qide/fileSaved"));

            assertThat(told.getAsJsonObject("params").get("by").getAsString()).isEqualTo("Zoe");
        }
    }

    private static void assertClosedByRevoking(TestClient client, String token) {
        var id = idOf(token);
        long begun = System.nanoTime();
        assertThat(tokens.revoke(id)).isTrue();

        assertThat(client.closeCode()).isEqualTo(CLOSE_UNAUTHENTICATED);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(ACTS_WITHIN);
    }

    private static int ghostText(TestClient client) {
        client.initialize(null);
        var params = "{'textDocument':{'uri':'file:///a.txt'},'position':{'line':0,'character':0}}";
        return TestClient.errorCode(client.answer("textDocument/inlineCompletion", params));
    }

    /// Logs in to a document; returns the server's answer.
    private static String auth(TestClient client, String path, String token) {
        client.authenticate(path, token);
        while (true) {
            var answer = authAnswer(client.frame(), path);
            if (answer != null) {
                return answer;
            }
        }
    }

    private static @Nullable String authAnswer(byte[] frame, String path) {
        try {
            if (frame.length == 1) {
                return null;
            }
            var in = new Lib0Decoder(frame);
            if (!in.readVarString().equals(path) || in.readVarUint() != AUTH) {
                return null;
            }
            var _ = in.readVarUint() == AUTHENTICATED;
            return in.readVarString();
        } catch (dev.qide.yjs.MalformedUpdateException broken) {
            throw new AssertionError(broken);
        }
    }

    private static String tokenOfOwner() {
        return tokens.create(
                new IssuedTokens.TokenRequest(
                        EnumSet.of(Scope.ADMIN, Scope.EDIT), null, null, null));
    }

    private static String token(@Nullable String name, Scope first, Scope... more) {
        return tokens.create(
                new IssuedTokens.TokenRequest(
                        EnumSet.of(first, more),
                        name == null ? "of-" + UUID.randomUUID() : name,
                        null,
                        null));
    }

    /// By its name, which `me` tells.
    private static UUID idOf(String token) {
        var name = me(token).get("name").getAsString();
        return tokens.list().stream()
                .filter(tokenSummary -> tokenSummary.name().equals(name))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static JsonObject me(String token) {
        var request =
                HttpRequest.newBuilder(server.http("/api/me"))
                        .header("Authorization", "Bearer " + token)
                        .build();
        try {
            return json(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (java.io.IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static String login(String token) throws Exception {
        var answer = post("/api/login", "{\"token\":\"" + token + "\"}", "Accept", "*/*");
        var cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        return cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
    }

    private static String ticket(String header, String value) throws Exception {
        return json(post("/api/ticket", "", header, value)).get("ticket").getAsString();
    }

    private static URI ticketed(String ticket) {
        return server.ws("/ws/demo?ticket=" + ticket);
    }

    private static HttpResponse<String> post(String path, String body, String header, String value)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server.http(path))
                        .header(header, value)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (header.equals("Cookie")) {
            var secret = value.substring(value.indexOf('=') + 1);
            request.header("X-Qide-Csrf", Identity.csrfToken(secret));
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Objects.requireNonNull(
                com.google.gson.JsonParser.parseString(answer.body()).getAsJsonObject());
    }
}

package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an address, a person and a workspace get beyond their limits, on a server with small ones.
class RequestRatesTest {
    private static final int POLICY_VIOLATION = 1008;
    private static final String LIMITS =
            "address-requests=30,reads=20,writes=3,costly-requests=2,model-calls=2,"
                    + "language-requests=4,messages=50,message-bytes=9000000,handshakes=1000,sockets=2";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("Main.py"), "number = 1\n");
        server = TestServer.start(folder);
        server.end();
        server.begin(LIMITS);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_person_has_a_rate_for_each_class_of_requests() throws Exception {
        var ann = server.tokenOf("Ann", Scope.EDIT, Scope.AI);
        var first = get(ann, "/api/me");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.header("RateLimit-Policy")).isEqualTo("\"reads\";q=20;w=60");
        assertThat(first.header("RateLimit")).isEqualTo("\"reads\";r=19;t=3");

        assertRefused(writes(ann, 4), "writes", 1, 20);
        assertRefused(searches(ann, 3), "costly-requests", 1, 30);
        for (int i = 0; i < 2; i++) {
            assertThat(get(ann, "/v1/models").status()).isEqualTo(200);
        }
        var models = get(ann, "/v1/models");
        assertThat(models.status()).isEqualTo(429);
        assertThat(models.header("Retry-After")).isNotNull();
        assertThat(models.body()).as("the shape of OpenAI's API").contains("\"type\"");
        assertThat(get(ann, "/api/me").status()).as("another class").isEqualTo(200);

        var ben = server.tokenOf("Ben", Scope.EDIT);
        assertThat(writes(ben, 3).status()).as("another person").isEqualTo(428);
        assertThat(get(server.token(), "/metrics").body())
                .contains("qide_limits_refusals_total{limit=\"writes\",} 1.0")
                .contains("qide_limits_refusals_total{limit=\"model-calls\",} 1.0");
    }

    @Test
    void an_address_without_a_credential_has_a_rate_that_credentials_do_not_use() throws Exception {
        var guesser = new ApiClient(server.http("/"), "127.0.0.7");
        var wrong = "Authorization: Bearer " + "x".repeat(43);
        for (int i = 0; i < 10; i++) {
            assertThat(guesser.send("GET", "/api/login").status()).isEqualTo(200);
            assertThat(guesser.send("GET", "/api/me", wrong).status()).isEqualTo(401);
        }

        // Tokens come back every two seconds, also during the test.
        assertRefused(until429(guesser, "/api/me", wrong), "address-requests", 1, 2);
        assertRefused(until429(guesser, "/api/login"), "address-requests", 1, 2);
        var token = "Authorization: Bearer " + server.tokenOf("Behind the same proxy", Scope.READ);
        assertThat(guesser.send("GET", "/api/me", token).status()).isEqualTo(200);
        assertThat(guesser.send("GET", "/health").status()).isEqualTo(200);
    }

    @Test
    void a_request_beyond_a_rate_is_answered_with_the_wait_and_its_socket_stays_open()
            throws Exception {
        try (var client =
                TestClient.connect(server.ws("/ws/demo"), server.tokenOf("Eve", Scope.EDIT))) {
            client.initialize(null);
            client.open("file:///Main.py", "python", "number = 1\n");
            var hover =
                    "{'textDocument':{'uri':'file:///Main.py'},'position':{'line':0,'character':1}}";
            for (int i = 0; i < 4; i++) {
                client.ask("textDocument/hover", hover);
            }
            var refused = client.answer("textDocument/hover", hover);

            assertThat(TestClient.errorCode(refused)).isEqualTo(1004);
            var tags = refused.getAsJsonObject("error").getAsJsonObject("data").toString();
            assertThat(tags).contains("\"limit\":\"language-requests\"", "retryAfterMs");
            assertThat(client.answer("shutdown", "{}").has("result")).isTrue();
        }
    }

    @Test
    void messages_and_bytes_beyond_the_rate_close_the_socket() throws Exception {
        try (var client =
                TestClient.connect(server.ws("/ws/demo"), server.tokenOf("Many", Scope.EDIT))) {
            sendUntilClosed(60, () -> client.tell("$/setTrace", "{'value':'off'}"));
            assertThat(client.closeCode()).isEqualTo(POLICY_VIOLATION);
        }
        try (var client =
                TestClient.connect(
                        server.ws("/yjs/demo/Main.py"), server.tokenOf("Large", Scope.EDIT))) {
            sendUntilClosed(3, () -> client.binary(new byte[4 << 20]));
            assertThat(client.closeCode()).isEqualTo(POLICY_VIOLATION);
        }
    }

    /// Sends a message so many times, unless the server closes the socket first.
    private static void sendUntilClosed(int times, Runnable send) {
        try {
            for (int i = 0; i < times; i++) {
                send.run();
            }
        } catch (CompletionException closed) {
            assertThat(closed).hasCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void a_person_has_a_bounded_number_of_sockets_and_gets_the_place_of_a_closed_one()
            throws Exception {
        var token = server.tokenOf("Sockets", Scope.EDIT);
        var bearer = "Authorization: Bearer " + token;
        try (var _ = TestClient.connect(server.ws("/ws/demo"), token)) {
            try (var _ = TestClient.connect(server.ws("/yjs/demo/Main.py"), token)) {
                // A socket counts from its opening on, just after the answer to its handshake.
                var refused = awaitHandshake(503, bearer);
                assertThat(failure(refused)).isEqualTo("too-many-connections");
            }
            assertThat(awaitHandshake(101, bearer).status()).as("a place is free").isEqualTo(101);
        }
    }

    @Test
    void requests_that_are_refused_count_and_those_beyond_the_rate_are_not_recorded()
            throws Exception {
        var viewer = server.tokenOf("Viewer", Scope.READ);
        var bearer = "Authorization: Bearer " + viewer;
        for (int i = 0; i < 2; i++) {
            assertThat(http.send("POST", "/api/workspaces/demo/zip", bearer).status())
                    .isEqualTo(403);
        }

        assertRefused(
                http.send("POST", "/api/workspaces/demo/zip", bearer), "costly-requests", 1, 30);
        // Events are written in order.
        assertThat(http.handshake("/ws/demo", bearer).status()).isEqualTo(101);
        var person = idOf(viewer);
        awaitEvents(person, "connect", 1);
        assertThat(events(person, "POST /api/workspaces/{ws}/zip")).isEqualTo(2);
    }

    @Test
    void calls_of_tools_count_like_the_requests_that_do_the_same() throws Exception {
        var token = server.tokenOf("Agent", Scope.EDIT);
        var search =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":"
                        + "{\"name\":\"search_text\",\"arguments\":{\"query\":\"number\"}}}";
        var batch = "[" + search + "," + search + "," + search + "]";

        var answers =
                http.send(
                        "POST",
                        "/mcp/demo",
                        batch.getBytes(StandardCharsets.UTF_8),
                        "Authorization: Bearer " + token);

        var outcomes =
                JsonParser.parseString(answers.body()).getAsJsonArray().asList().stream()
                        .map(one -> one.getAsJsonObject().getAsJsonObject("result"))
                        .map(result -> result.get("isError").getAsBoolean())
                        .toList();
        assertThat(outcomes).containsExactly(false, false, true);
        assertThat(answers.body()).contains("limit: costly-requests");
        assertRefused(searches(token, 1), "costly-requests", 1, 30);
    }

    @Test
    void handshakes_have_a_rate_and_wrong_credentials_that_of_their_address() throws Exception {
        var address = new ApiClient(server.http("/"), "127.0.0.8");
        var answer = address.handshake("/collab/demo");
        // The limit refills by sixteen a second meanwhile.
        for (int i = 1; i < 20_000 && answer.status() == 101; i++) {
            answer = address.handshake("/collab/demo");
        }
        assertRefused(answer, "handshakes", 1, 2);

        var guesser = new ApiClient(server.http("/"), "127.0.0.9");
        var wrong = "Authorization: Bearer " + "x".repeat(43);
        for (int i = 0; i < 60 && answer.status() != 401; i++) {
            answer = guesser.handshake("/ws/demo", wrong);
        }
        for (int i = 0; i < 60 && answer.status() == 401; i++) {
            answer = guesser.handshake("/ws/demo", wrong);
        }
        assertRefused(answer, "address-requests", 1, 2);
    }

    @Test
    void a_socket_with_a_later_login_counts_and_is_recorded_from_then_on() throws Exception {
        var token = server.tokenOf("In band", Scope.EDIT);
        var person = idOf(token);
        try (var first = TestClient.connect(server.ws("/collab/demo"), (String) null);
                var second = TestClient.connect(server.ws("/collab/demo"), (String) null);
                var third = TestClient.connect(server.ws("/collab/demo"), (String) null)) {
            for (var socket : List.of(first, second)) {
                socket.authenticate("Main.py", token);
                socket.authenticate("Main.py", token);
                awaitFrame(socket, "read-write");
            }
            awaitEvents(person, "connect", 2);
            third.authenticate("Main.py", token);
            awaitFrame(third, "too-many-connections");
            awaitEvents(person, "connect", 3);

            disconnect(first);
            awaitHandshake(101, "Authorization: Bearer " + token);
        }
    }

    private static String idOf(String token) throws IOException {
        var me = JsonParser.parseString(get(token, "/api/me").body()).getAsJsonObject();
        return me.get("id").getAsString();
    }

    private static void awaitFrame(TestClient client, String word) {
        while (!new String(client.frame(), StandardCharsets.UTF_8).contains(word)) {
            // Another frame.
        }
    }

    private static void awaitEvents(String person, String operation, int count) throws Exception {
        long end = System.nanoTime() + 10_000_000_000L;
        while (events(person, operation) < count && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertThat(events(person, operation)).isEqualTo(count);
    }

    private static long events(String person, String operation) {
        return server.database()
                .count(
                        "SELECT count(*) FROM audit_events"
                                + " WHERE CAST(person_id AS text) = ? AND operation = ?",
                        person,
                        operation);
    }

    private static Answer awaitHandshake(int status, String bearer) throws IOException {
        long end = System.nanoTime() + 10_000_000_000L;
        var answer = http.handshake("/ws/demo", bearer);
        while (answer.status() != status && System.nanoTime() - end < 0) {
            answer = http.handshake("/ws/demo", bearer);
        }
        assertThat(answer.status()).isEqualTo(status);
        return answer;
    }

    /// Before the end of its `try`.
    private static void disconnect(TestClient client) {
        client.close();
    }

    private static Answer until429(ApiClient client, String path, String... headers)
            throws IOException {
        var answer = client.send("GET", path, headers);
        for (int i = 0; i < 60 && answer.status() != 429; i++) {
            answer = client.send("GET", path, headers);
        }
        return answer;
    }

    private static void assertRefused(Answer answer, String limit, int least, int most) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(429);
        assertThat(failure(answer)).isEqualTo("too-many-requests");
        assertThat(answer.body()).contains("\"limit\":\"" + limit + "\"");
        assertThat(Integer.parseInt(String.valueOf(answer.header("Retry-After"))))
                .isBetween(least, most);
    }

    private static Answer writes(String token, int count) throws IOException {
        Answer last = null;
        for (int i = 0; i < count; i++) {
            last =
                    http.send(
                            "PUT",
                            "/api/workspaces/demo/files/Main.py",
                            "x".getBytes(StandardCharsets.UTF_8),
                            "Authorization: Bearer " + token);
        }
        return Objects.requireNonNull(last);
    }

    private static Answer searches(String token, int count) throws IOException {
        Answer last = get(token, "/api/workspaces/demo/search?q=number");
        for (int i = 1; i < count; i++) {
            last = get(token, "/api/workspaces/demo/search?q=number");
        }
        return last;
    }

    private static Answer get(String token, String path) throws IOException {
        return http.send("GET", path, "Authorization: Bearer " + token);
    }

    private static String failure(Answer answer) {
        return JsonParser.parseString(answer.body())
                .getAsJsonObject()
                .getAsJsonObject("error")
                .get("name")
                .getAsString();
    }
}

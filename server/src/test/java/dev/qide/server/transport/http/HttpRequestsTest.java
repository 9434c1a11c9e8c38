package dev.qide.server.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import dev.qide.server.transport.TransportLimits;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// HTTP through the one endpoint.
class HttpRequestsTest {
    private static final int UPLOAD_BYTES = 1000;

    @TempDir Path folder;
    private TestHost server;
    private HttpClient http;

    @BeforeEach
    void start() throws IOException {
        Files.write(folder.resolve("large"), new byte[300_000]);
        server = new TestHost(TransportLimits.defaults(), this::answer);
        http = HttpClient.newHttpClient();
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    private HttpHandler.Answer answer(HttpHandler.Request request) throws IOException {
        return switch (request.head().path()) {
            case "/upload" ->
                    HttpHandler.Answer.json(200, "" + request.bodyBytes(UPLOAD_BYTES).length);
            case "/refused" ->
                    throw new FailureException(Failure.FORBIDDEN, Map.of("role", "viewer"));
            case "/broken" -> throw new IllegalStateException("a secret of the server");
            case "/none" -> HttpHandler.Answer.empty(204);
            case "/large", "/gone" ->
                    new HttpHandler.Answer(
                            200,
                            Map.of("ETag", "\"1\""),
                            file(folder.resolve(request.head().path().substring(1))));
            default ->
                    HttpHandler.Answer.json(
                            200,
                            request.head().method()
                                    + " "
                                    + request.head().path()
                                    + " "
                                    + request.head().parameter("q"));
        };
    }

    private static HttpHandler.Content file(Path path) throws IOException {
        return new HttpHandler.Content.Sized(
                "text/plain", Files.size(path), out -> Files.copy(path, out));
    }

    @Test
    void connection_close_ends_the_connection() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(
                            "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            var all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).startsWith("HTTP/1.1 200").endsWith("GET /a null");
        }
    }

    @Test
    void large_entities_have_a_bound_together() throws Exception {
        var sending = TransportLimits.Sending.defaults();
        var limits =
                new TransportLimits(
                        TransportLimits.Connections.defaults(),
                        TransportLimits.Receiving.defaults(),
                        new TransportLimits.Sending(
                                sending.bytes(),
                                sending.messages(),
                                1 << 20,
                                sending.stuckAfter(),
                                sending.closeWait()));
        try (var small = new TestHost(limits, this::answer)) {
            for (int i = 0; i < 3; i++) {
                assertThat(upload(small, 900 << 10)).isEqualTo(413);
                assertThat(upload(small, 2 << 20)).isEqualTo(503);
                // Whoever goes on sending is not reset before the answer has been read.
                assertThat(upload(small, 70 << 20)).isEqualTo(503);
            }
        }
    }

    private int upload(TestHost host, int bytes) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + host.port() + "/upload"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[bytes]))
                        .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    @Test
    void path_and_query_arrive_decoded() throws Exception {
        var answer = get("/a%20b/%C3%A9?q=x%2By");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("GET /a b/\u00e9 x+y");
        assertThat(answer.headers().firstValue("Content-Length")).hasValue("15");
    }

    @Test
    void a_file_is_sent_whole_with_its_length() throws Exception {
        var answer = get("/large");
        assertThat(answer.body()).hasSize(300_000);
        assertThat(answer.headers().firstValue("Content-Length")).hasValue("300000");
        assertThat(answer.headers().firstValue("ETag")).hasValue("\"1\"");
        assertThat(get("/gone").statusCode()).isEqualTo(404);
    }

    @Test
    void head_is_answered_as_get_without_the_entity() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.writeText("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readHead();
            assertThat(client.head).contains("200 OK").contains("Content-Length: 300000");
            client.writeText("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readAnswer()).isEqualTo("GET /next null");
            client.writeText("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readHead();
            assertThat(client.head).contains("204");
            client.writeText("GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readAnswer()).isEqualTo("GET /last null");
        }
    }

    @Test
    void an_entity_is_read_to_its_bound_and_no_further() throws Exception {
        assertThat(post(new byte[UPLOAD_BYTES]).body()).isEqualTo("1000");
        var answer = post(new byte[UPLOAD_BYTES + 1]);
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(name(answer.body())).isEqualTo("message-too-large");
        assertThat(post(new byte[500_000]).statusCode()).isEqualTo(413);
    }

    @Test
    void a_client_that_supports_configuration_requests_receives_them() throws Exception {
        var request =
                HttpRequest.newBuilder(uri("/upload"))
                        .expectContinue(true)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[10]))
                        .build();
        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).isEqualTo("10");
    }

    @Test
    void a_failure_is_answered_with_its_status_name_and_tags() throws Exception {
        var answer = get("/refused");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"error\":{\"code\":1001,\"name\":\"forbidden\","
                                + "\"message\":\"Your role or scope does not allow this. Ask the owner for access.\","
                                + "\"tags\":{\"role\":\"viewer\"}}}");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    }

    @Test
    void an_unexpected_failure_reveals_only_an_error_id() throws Exception {
        var answer = get("/broken");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(name(answer.body())).isEqualTo("internal");
        assertThat(answer.body()).contains("errorId").doesNotContain("secret");
    }

    @Test
    void paths_that_climb_are_refused() throws Exception {
        for (var path : new String[] {"/a/../b", "/a/%2e%2e/b", "/..%2fb", "/a%00b"}) {
            var answer = raw("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(name(answer)).as(path).isEqualTo("path-illegal");
        }
    }

    @Test
    void refusals_of_the_web_server_have_the_same_shape_and_do_not_reveal_it() throws Exception {
        var post = "POST / HTTP/1.1\r\nHost: a\r\n";
        for (var request :
                new String[] {
                    "GET / HTTP/1.1\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
                    post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    post + "Transfer-Encoding: xchunked\r\n\r\n",
                    post + "Content-Length: -1\r\n\r\n",
                    "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(40_000) + "\r\n\r\n"
                }) {
            var answer = raw(request);
            assertThat(name(answer)).as(request).isEqualTo("invalid-request");
            assertThat(answer.toLowerCase(java.util.Locale.ROOT)).doesNotContain("helidon");
        }
    }

    private String raw(String request) throws IOException {
        try (var client = new RawClient(server.port())) {
            client.write(request.getBytes(StandardCharsets.ISO_8859_1));
            var answer = client.readAnswer();
            assertThat(client.head).startsWith("HTTP/1.1 4").doesNotContain("Server:");
            return answer;
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(byte[] body) throws Exception {
        var request =
                HttpRequest.newBuilder(uri("/upload"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://localhost:" + server.port() + path);
    }

    private static String name(String answer) {
        return JsonParser.parseString(answer)
                .getAsJsonObject()
                .getAsJsonObject("error")
                .get("name")
                .getAsString();
    }
}

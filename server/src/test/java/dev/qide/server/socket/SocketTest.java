package dev.qide.server.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The journey of a well-behaved client: HTTP and WebSocket on one port.
class SocketTest {
    private final TestHost server = TestHost.standard();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void text_and_binary_are_echoed() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            client.sendText("hello");
            assertThat(client.receiveMessage().text()).isEqualTo("hello");
            client.send(RawClient.BINARY, new byte[] {1, 2, 3});
            assertThat(client.receiveMessage().payload()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void a_request_is_answered_with_its_length() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(
                                    URI.create("http://localhost:" + server.port() + "/a%20b"))
                            .build();
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"path\":\"/a b\"}");
            assertThat(answer.headers().firstValue("Content-Length")).hasValue("15");
        }
    }
}

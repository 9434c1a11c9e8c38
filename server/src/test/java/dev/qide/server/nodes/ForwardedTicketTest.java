package dev.qide.server.nodes;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A handshake with a ticket while the workspace changes its server: the client may attempt it
/// again.
class ForwardedTicketTest {
    @TempDir Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private TestServer first;
    private TestServer second;

    @BeforeEach
    void start() throws Exception {
        first = TestServer.start(folder);
        // Now there is a lease that another server can have.
        assertThat(send(first, "GET", "/api/workspaces/demo/files")).isNotEmpty();
        second = TestServer.startBeside(first);
        await(() -> peers() == 1);
    }

    @AfterEach
    void stop() {
        http.close();
        second.close();
        first.close();
    }

    @Test
    void a_ticket_stays_valid_when_the_server_cannot_take_the_workspace() throws Exception {
        var ticket = ticket();
        try (var _ = new OtherNode(first, "http://127.0.0.1:" + FreePort.next())) {
            await(() -> peers() == 2);
            assertThat(handshake(ticket)).startsWith("HTTP/1.1 503 ").contains("Retry-After: ");
            assertThat(handshake(ticket)).startsWith("HTTP/1.1 503 ");
        }
        await(() -> peers() == 1);
        assertThat(handshake(ticket)).startsWith("HTTP/1.1 101 ");
        assertThat(handshake(ticket)).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void a_server_that_ended_with_the_ticket_makes_the_client_try_again() throws Exception {
        var ticket = ticket();
        try (var there = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var _ = new OtherNode(first, "http://127.0.0.1:" + there.getLocalPort())) {
            Thread.ofVirtual().start(() -> consumeTickets(there));
            await(() -> peers() == 2);
            assertThat(handshake(ticket)).startsWith("HTTP/1.1 503 ").contains("Retry-After: ");
        }
        await(() -> peers() == 1);
        assertThat(handshake(ticket)).startsWith("HTTP/1.1 401 ");
        assertThat(handshake(ticket())).startsWith("HTTP/1.1 101 ");
    }

    /// A server that uses the ticket of each handshake and ends before it answers.
    private void consumeTickets(ServerSocket there) {
        while (!there.isClosed()) {
            try (var connection = there.accept()) {
                assertThat(connection.getInputStream().read()).isPositive();
                var _ = first.database().execute("DELETE FROM tickets");
            } catch (IOException _) {
                // The test has ended.
            }
        }
    }

    private double peers() {
        var metrics = send(second, "GET", "/metrics");
        var start = metrics.indexOf("\nqide_nodes_peers ") + "\nqide_nodes_peers ".length();
        return Double.parseDouble(metrics.substring(start, metrics.indexOf('\n', start)));
    }

    private String send(TestServer server, String method, String path) {
        try {
            var request =
                    HttpRequest.newBuilder(server.http(path))
                            .method(method, BodyPublishers.noBody())
                            .header("Authorization", "Bearer " + server.token())
                            .build();
            return http.send(request, BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private String ticket() {
        var answer = send(second, "POST", "/api/ticket");
        return JsonParser.parseString(answer).getAsJsonObject().get("ticket").getAsString();
    }

    /// The head of the answer.
    private String handshake(String ticket) throws IOException {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), second.http("/").getPort())) {
            var text =
                    "GET /ws/demo?ticket="
                            + ticket
                            + " HTTP/1.1\r\nHost: "
                            + second.http("/").getAuthority()
                            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            var head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = socket.getInputStream().read();
                assertThat(next).as(head.toString()).isNotNegative();
                head.append((char) next);
            }
            return head.toString();
        }
    }
}

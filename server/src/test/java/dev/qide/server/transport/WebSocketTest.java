package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The life of a well-behaved client.
class WebSocketTest {
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
            client.sendText("");
            assertThat(client.receiveMessage().text()).isEmpty();
        }
    }

    @Test
    void a_frame_in_the_packet_of_the_handshake_is_answered() throws Exception {
        try (var client = new RawClient(server.port())) {
            var packet = new ByteArrayOutputStream();
            packet.writeBytes(RawClient.handshake("/echo").getBytes(StandardCharsets.US_ASCII));
            packet.writeBytes(RawClient.frame(0x81, "early".getBytes(StandardCharsets.UTF_8)));
            client.write(packet.toByteArray());
            client.readHead();
            assertThat(client.receiveMessage().text()).isEqualTo("early");
        }
    }

    @Test
    void only_the_subprotocol_that_the_endpoint_names_is_echoed() throws Exception {
        for (var offer : new String[] {"qide", "a,qide", "a, qide", "qide,qide.bearer.T"}) {
            try (var client =
                    RawClient.opened(server.port(), "/echo", "Sec-WebSocket-Protocol: " + offer)) {
                assertThat(client.head).contains("\r\nSec-WebSocket-Protocol: qide\r\n");
            }
        }
        try (var client =
                RawClient.opened(
                        server.port(),
                        "/echo",
                        "Sec-WebSocket-Protocol: other",
                        "Sec-WebSocket-Extensions: permessage-deflate")) {
            assertThat(client.head)
                    .doesNotContain("Sec-WebSocket-Protocol")
                    .doesNotContain("Sec-WebSocket-Extensions")
                    .contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
        }
    }

    @Test
    void five_megabytes_in_one_frame_pass() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var text = "0123456789abcdef".repeat((5 << 20) / 16);
            var writer = Thread.ofVirtual().start(() -> sendQuietly(client, text));
            assertThat(client.receiveMessage().text()).isEqualTo(text);
            writer.join();
        }
    }

    private static void sendQuietly(RawClient client, String text) {
        try {
            client.sendText(text);
        } catch (java.io.IOException gone) {
            throw new java.io.UncheckedIOException(gone);
        }
    }

    @Test
    void surrogate_pairs_stay_whole_at_every_alignment() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            for (int offset = 0; offset < 4; offset++) {
                var text = "x".repeat(offset) + "\uD83D\uDE00\u00e9\u20ac".repeat(9_000);
                client.sendText(text);
                assertThat(client.receiveMessage().text()).isEqualTo(text);
            }
        }
    }

    @Test
    void surrogate_pairs_stay_whole_across_fragments() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var bytes = "a\uD83D\uDE00b".getBytes(StandardCharsets.UTF_8);
            for (int cut = 1; cut < bytes.length; cut++) {
                client.write(RawClient.frame(RawClient.TEXT, Arrays.copyOf(bytes, cut)));
                client.send(RawClient.PING, new byte[] {7});
                client.write(RawClient.frame(0x80, Arrays.copyOfRange(bytes, cut, bytes.length)));
                var pong = client.receiveMessage();
                assertThat(pong.opcode()).isEqualTo(RawClient.PONG);
                assertThat(pong.payload()).containsExactly(7);
                assertThat(client.receiveMessage().text()).isEqualTo("a\uD83D\uDE00b");
            }
        }
    }

    @Test
    void a_lone_surrogate_is_replaced_and_the_socket_lives() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            server.outgoing().text("a\uD800b");
            assertThat(client.receiveMessage().text()).isEqualTo("a?b");
            client.sendText("on");
            assertThat(client.receiveMessage().text()).isEqualTo("on");
        }
    }

    @Test
    void the_clients_close_is_answered_and_reported_once() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            client.sendText("last");
            client.send(RawClient.CLOSE, new byte[] {0x03, (byte) 0xe8});
            assertThat(client.receiveMessage().text()).isEqualTo("last");
            var close = client.receiveMessage();
            assertThat(close.opcode()).isEqualTo(RawClient.CLOSE);
            assertThat(close.closeCode()).isEqualTo(1000);
            assertThat(client.isEnded()).isTrue();
        }
        TestHost.await("closed", () -> !server.closedCodes.isEmpty());
        assertThat(server.closedCodes).containsExactly(1000);
        assertThat(server.metric("qide_transport_open_sockets")).isZero();
    }

    @Test
    void a_client_that_disconnects_is_reported_as_1006() throws Exception {
        RawClient.opened(server.port(), "/echo").close();
        TestHost.await("closed", () -> !server.closedCodes.isEmpty());
        assertThat(server.closedCodes).containsExactly(1006);
    }

    @Test
    void the_servers_close_follows_the_queued_frames() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var outgoing = server.outgoing();
            outgoing.text("first");
            outgoing.close(4001, "\u00e9".repeat(100));
            outgoing.text("never");
            assertThat(client.receiveMessage().text()).isEqualTo("first");
            var close = client.receiveMessage();
            assertThat(close.closeCode()).isEqualTo(4001);
            assertThat(close.payload().length).isLessThanOrEqualTo(125);
            assertThat(close.text().substring(2)).matches("\u00e9*");
            client.send(RawClient.CLOSE, new byte[] {0x0f, (byte) 0xa1});
            assertThat(client.isEnded()).isTrue();
        }
        TestHost.await("closed", () -> !server.closedCodes.isEmpty());
        assertThat(server.closedCodes).containsExactly(4001);
    }

    @Test
    void a_receiver_that_throws_closes_its_socket_with_1011_and_reveals_nothing() throws Exception {
        try (var client = RawClient.opened(server.port(), "/throwing")) {
            client.sendText("now");
            var close = client.receiveMessage();
            assertThat(close.closeCode()).isEqualTo(1011);
            assertThat(close.text()).contains("internal").doesNotContain("secret");
        }
    }

    @Test
    void an_endpoint_that_fails_after_the_socket_opened_closes_it_with_the_failures_name()
            throws Exception {
        try (var client = RawClient.opened(server.port(), "/late")) {
            var close = client.receiveMessage();
            assertThat(close.closeCode()).isEqualTo(1011);
            assertThat(close.text().substring(2)).isEqualTo("too-many-documents");
        }
    }

    @Test
    void the_client_of_the_jdk_is_served() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var echoed = new CompletableFuture<String>();
            var socket =
                    http.newWebSocketBuilder()
                            .subprotocols("qide", "qide.bearer.T")
                            .buildAsync(
                                    URI.create("ws://localhost:" + server.port() + "/echo"),
                                    new FirstText(echoed))
                            .get(10, TimeUnit.SECONDS);
            assertThat(socket.getSubprotocol()).isEqualTo("qide");
            socket.sendText("hel", false).get(10, TimeUnit.SECONDS);
            socket.sendText("lo", true).get(10, TimeUnit.SECONDS);
            assertThat(echoed.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
            socket.sendClose(1000, "done").get(10, TimeUnit.SECONDS);
            TestHost.await("closed", socket::isInputClosed);
        }
    }

    private record FirstText(CompletableFuture<String> echoed) implements WebSocket.Listener {
        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence text, boolean isLast) {
            echoed.complete(text.toString());
            socket.request(1);
            return null;
        }
    }
}

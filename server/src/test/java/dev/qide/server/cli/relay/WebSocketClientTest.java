package dev.qide.server.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The frames of RFC 6455 that a peer sends byte by byte, right and wrong. `LspCommandTest` and
/// `LspReconnectTest` use a real server.
class WebSocketClientTest {
    private static final int MESSAGE_OCTETS = 200_000;
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final List<String> received = new ArrayList<>();
    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    @Test
    void a_message_in_parts_is_one_and_a_ping_between_them_is_answered() throws Exception {
        try (var peer = connect()) {
            peer.frame(0x01, "a".getBytes(StandardCharsets.UTF_8));
            peer.frame(0x89, "are you there".getBytes(StandardCharsets.UTF_8));
            // A character may be cut in two.
            peer.frame(0x00, new byte[] {(byte) 0xC3});
            peer.frame(0x80, new byte[] {(byte) 0xBC});
            peer.frame(0x81, new byte[0]);
            peer.frame(0x88, new byte[] {0x03, (byte) 0xE9, 'b', 'y', 'e'});

            assertThat(peer.closing()).isEqualTo(new WebSocketClient.Closing(1_001, "bye"));
            assertThat(received).containsExactly("aü", "");
            assertThat(peer.next()).isEqualTo(new Sent(0x8A, "are you there"));
            assertThat(peer.next().opcode()).isEqualTo(0x88);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 200_000})
    void messages_of_every_length_pass_both_ways(int length) throws Exception {
        var text = "x".repeat(length);
        try (var peer = connect()) {
            peer.client().send(text);
            peer.client().ping();
            assertThat(peer.next()).isEqualTo(new Sent(0x81, text));
            assertThat(peer.next()).isEqualTo(new Sent(0x89, ""));

            peer.frame(0x8A, new byte[0]);
            peer.frame(0x81, text.getBytes(StandardCharsets.UTF_8));
            peer.frame(0x88, new byte[0]);
            assertThat(peer.closing()).isEqualTo(new WebSocketClient.Closing(1_005, ""));
            assertThat(received).containsExactly("pong", text);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "a masked frame, 8180 00000000, 1002",
        "reserved bits, C100, 1002",
        "a ping in parts, 0900, 1002",
        "a ping that is too long, 897E 0080, 1002",
        "a part without a beginning, 8000, 1002",
        "a message in the middle of another, 0101 61 8100, 1002",
        "bytes, 8200, 1003",
        "an unknown opcode, 8300, 1003",
        "no UTF-8, 8101 FF, 1007",
        "a lone surrogate, 8103 EDA080, 1007",
        "a message that is too long, 817F 0000000000030D41, 1009",
        "a negative length, 817F FFFFFFFFFFFFFFFF, 1009",
        "parts that are too long, 017F 0000000000030D40 * 0001, 1009",
    })
    void a_peer_that_violates_the_protocol_is_told_and_left(String what, String hex, int code)
            throws Exception {
        try (var peer = connect()) {
            for (var part : hex.split(" ", -1)) {
                peer.write(part.equals("*") ? letters(200_000) : bytes(part));
            }

            assertThatThrownBy(peer::closing).as(what).hasRootCauseInstanceOf(IOException.class);
            var told = peer.next();
            assertThat(told.opcode()).isEqualTo(0x88);
            assertThat(told.code()).isEqualTo(code);
            assertThat(received).isEmpty();
        }
    }

    @Test
    void the_end_of_the_connection_is_no_goodbye() throws Exception {
        for (var last : new String[] {"", "81", "817E 00", "8105 61"}) {
            try (var peer = connect()) {
                for (var part : last.split(" ", -1)) {
                    peer.write(bytes(part));
                }
                peer.socket().close();
                assertThatThrownBy(peer::closing)
                        .as(last)
                        .hasRootCauseInstanceOf(IOException.class);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 one\r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "220 mail.example ESMTP\r\n",
                ""
            })
    void what_is_no_websocket_server_is_refused(String answer) throws Exception {
        assertThatThrownBy(() -> connectTo(answer))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(HandshakeRefusedException.class);
    }

    @Test
    void a_refusal_has_its_status() {
        assertThatThrownBy(
                        () -> connectTo("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
                .isInstanceOfSatisfying(
                        HandshakeRefusedException.class,
                        refused -> assertThat(refused.status()).isEqualTo(401));
    }

    @Test
    void an_endless_head_is_refused() {
        assertThatThrownBy(() -> connectTo("HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000)))
                .hasMessageContaining("too long");
    }

    @Test
    void closing_releases_a_thread_that_sends_to_a_peer_which_does_not_read() throws Exception {
        try (var peer = connect()) {
            var sent = new CompletableFuture<Throwable>();
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            for (int i = 0; i < 10_000; i++) {
                                peer.client().send("x".repeat(100_000));
                            }
                        } catch (IOException failure) {
                            sent.complete(failure);
                        }
                    });
            // The thread that reads goes on, though it cannot answer the ping.
            peer.frame(0x89, new byte[0]);
            peer.frame(0x81, "still".getBytes(StandardCharsets.UTF_8));
            peer.frame(0x88, new byte[0]);
            var _ = peer.closing();
            assertThat(received).containsExactly("still");

            peer.client().ping();
            peer.client().close();
            assertThat(sent.get(WITHIN.toSeconds(), TimeUnit.SECONDS)).isNotNull();
        }
    }

    /// A frame of the client, unmasked.
    private record Sent(int opcode, String text) {
        int code() {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)).getShort();
        }
    }

    private record Peer(WebSocketClient client, Socket socket, List<String> received)
            implements AutoCloseable {
        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        void frame(int first, byte[] payload) throws IOException {
            var head = ByteBuffer.allocate(10).put((byte) first);
            if (payload.length < 126) {
                head.put((byte) payload.length);
            } else if (payload.length < 65_536) {
                head.put((byte) 126).putShort((short) payload.length);
            } else {
                head.put((byte) 127).putLong(payload.length);
            }
            write(Arrays.copyOf(head.array(), head.position()));
            write(payload);
        }

        Sent next() throws IOException {
            var in = new DataInputStream(socket.getInputStream());
            int opcode = in.readUnsignedByte();
            int length = in.readUnsignedByte();
            assertThat(length & 0x80).as("masked").isNotZero();
            length &= 0x7F;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = (int) in.readLong();
            }
            var mask = in.readNBytes(4);
            var payload = in.readNBytes(length);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i % 4];
            }
            return new Sent(opcode, new String(payload, StandardCharsets.ISO_8859_1));
        }

        WebSocketClient.Closing closing() throws Exception {
            var closing = new CompletableFuture<WebSocketClient.Closing>();
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            closing.complete(client.read(receiver()));
                        } catch (IOException | RuntimeException failure) {
                            closing.completeExceptionally(failure);
                        }
                    });
            return closing.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
        }

        private WebSocketClient.Receiver receiver() {
            return new WebSocketClient.Receiver() {
                @Override
                public void text(String message) {
                    received.add(message);
                }

                @Override
                public void pong() {
                    received.add("pong");
                }
            };
        }

        @Override
        public void close() throws IOException {
            client.close();
            socket.close();
        }
    }

    private Peer connect() throws Exception {
        var accepted = new CompletableFuture<Socket>();
        Thread.ofVirtual().start(() -> accept(accepted));
        var client = WebSocketClient.connect(endpoint(), MESSAGE_OCTETS, WITHIN);
        return new Peer(client, accepted.get(WITHIN.toSeconds(), TimeUnit.SECONDS), received);
    }

    private void accept(CompletableFuture<Socket> accepted) {
        try {
            var socket = listener.accept();
            socket.setSoTimeout((int) WITHIN.toMillis());
            var head = head(socket);
            assertThat(head)
                    .startsWith("GET /ws/demo HTTP/1.1\r\n")
                    .contains("Authorization: Bearer s3cret\r\n", "Host: " + uri().getAuthority());
            var key = head.replaceFirst("(?s).*Sec-WebSocket-Key: (\\S+).*", "$1");
            var accept =
                    MessageDigest.getInstance("SHA-1")
                            .digest(
                                    (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write(
                            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-accept:  "
                                            + Base64.getEncoder().encodeToString(accept)
                                            + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            accepted.complete(socket);
        } catch (Exception failure) {
            accepted.completeExceptionally(failure);
        }
    }

    /// Connects to a peer that answers so, and closes.
    private void connectTo(String answer) throws IOException {
        Thread.ofVirtual()
                .start(() -> {
                    try (var socket = listener.accept()) {
                        var _ = head(socket);
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                    } catch (IOException _) {
                        // The client has left.
                    }
                });
        WebSocketClient.connect(endpoint(), MESSAGE_OCTETS, WITHIN).close();
    }

    private static String head(Socket socket) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            head.write(socket.getInputStream().read());
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    private Endpoint endpoint() {
        return new Endpoint(uri(), "s3cret", "no", null);
    }

    private URI uri() {
        return URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/ws/demo");
    }

    private static byte[] letters(int count) {
        return "x".repeat(count).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}

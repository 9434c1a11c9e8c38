package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Frames of bare bytes and what RFC 6455 says of them, in the groups of the Autobahn test suite,
/// against a server that echoes messages.
///
/// A case says what is sent and which frames are received, up to the close frame; where it names no
/// close, the client closes with 1000 at the end and sees that echoed. After every close frame the
/// server ends the connection.
class WebSocketCasesTest {
    private static TestHost server;

    @BeforeAll
    static void start() {
        server = TestHost.standard();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.qide.server.transport.websocket.WebSocketCases#cases")
    void frames_are_answered_as_the_specification_says(WebSocketCases.Case each)
            throws IOException {
        boolean isClosedByCase = each.received().stream().anyMatch(it -> it.startsWith("close"));
        var expected = new ArrayList<>(each.received());
        if (!isClosedByCase) {
            expected.add("close 1000");
        }
        try (var client = RawClient.opened(server.port(), each.path())) {
            send(client, each.sent(), each.piece());
            if (!isClosedByCase) {
                client.write(WebSocketCases.close(1000, ""));
            }
            var received = new ArrayList<String>();
            for (int i = 0; i < expected.size(); i++) {
                received.add(described(client.receiveMessage()));
            }
            assertThat(received).isEqualTo(expected);
            assertThat(client.isEnded()).isTrue();
        }
    }

    /// What is replaced in a good handshake by what, and the status of the answer.
    @ParameterizedTest(name = "{0} > {1}: {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Host                            | host                                    | 101
                    Upgrade: websocket              | Upgrade: WebSocket                      | 101
                    Upgrade: websocket              | UPGRADE: foo/2, WEBSOCKET               | 101
                    Connection: keep-alive, Upgrade | Connection: upgrade                     | 101
                    Connection: keep-alive, Upgrade | Connection: x,UPGRADE                   | 101
                    Connection: keep-alive, Upgrade | Connection: keep-alive                  | 400
                    Connection: keep-alive, Upgrade | Connection: Upgraded                    | 400
                    Upgrade: websocket              | Upgrade: websockets                     | 200
                    Upgrade: websocket              | X: y                                    | 200
                    GET                             | POST                                    | 400
                    GET                             | HEAD                                    | 400
                    GET                             | BREW                                    | 501
                    HTTP/1.1                        | HTTP/1.0                                | 200
                    HTTP/1.1                        | HTTP/1.2                                | 101
                    HTTP/1.1                        | HTTP/2.0                                | 505
                    Host: localhost                 | Hosts: localhost                        | 400
                    Version: 13                     | Version: 8                              | 426
                    Version: 13                     | Version: 14                             | 426
                    Version: 13                     | Version: 013                            | 426
                    Version: 13                     | Version:                                | 426
                    Version: 13                     | Version: 13, 8                          | 426
                    Sec-WebSocket-Version           | X-Version                               | 426
                    Sec-WebSocket-Key               | X-Key                                   | 400
                    dGhlIHNhbXBsZSBub25jZQ==        | dGhlIHNhbXBsZSBub25jZQ                  | 400
                    dGhlIHNhbXBsZSBub25jZQ==        | dGhlIHNhbXBsZSBub25j                    | 400
                    dGhlIHNhbXBsZSBub25jZQ==        | dGhlIHNhbXBsZSBub25jZQ==, x             | 400
                    dGhlIHNhbXBsZSBub25jZQ==        | dGhlIHNhbXBsZSBub25jZ*==                | 400
                    /echo                           | /nowhere                                | 404
                    /echo                           | /%zz                                    | 400
                    /echo                           | http://localhost/echo                   | 101
                    /echo                           | ws://localhost/echo                     | 400
                    """)
    void a_handshake_is_answered_as_the_specification_says(
            String replaced, String replacement, int status) throws IOException {
        var good = RawClient.handshake("/echo", "Sec-WebSocket-Extensions: permessage-deflate");
        assertThat(good).contains(replaced);
        try (var client = new RawClient(server.port())) {
            client.writeText(good.replace(replaced, replacement));
            client.readHead();
            assertThat(client.head).startsWith("HTTP/1.1 " + status + " ");
            if (status == 101) {
                assertThat(client.head)
                        .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                        .contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n")
                        .doesNotContain("Extensions");
                client.write(WebSocketCases.text("after"));
                assertThat(client.receiveMessage().text()).isEqualTo("after");
            } else {
                assertThat(client.head).contains("Content-Type: application/json");
            }
        }
    }

    private static void send(RawClient client, byte[] bytes, int piece) {
        try {
            for (int at = 0; at < bytes.length; at += Math.min(piece, bytes.length)) {
                int to = (int) Math.min((long) at + piece, bytes.length);
                client.write(Arrays.copyOfRange(bytes, at, to));
            }
        } catch (IOException closed) {
            // The server closed before it was all sent, as some cases expect.
        }
    }

    private static String described(RawClient.Received frame) {
        var payload = frame.payload();
        return switch (frame.opcode()) {
            case RawClient.TEXT -> "text " + described(payload);
            case RawClient.BINARY -> "binary " + described(payload);
            case RawClient.PONG -> "pong " + described(payload);
            case RawClient.CLOSE -> "close " + frame.closeCode();
            default -> "opcode " + frame.opcode();
        };
    }

    /// The length of what is empty or all stars or zeros, the text of what is printable, else hex.
    private static String described(byte[] payload) {
        var text = new String(payload, StandardCharsets.UTF_8);
        if (text.matches("\\**|\0{2,}")) {
            return "" + payload.length;
        }
        return text.matches("[ -~]+") ? "'" + text + "'" : "#" + HexFormat.of().formatHex(payload);
    }
}

package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;
import org.glassfish.tyrus.spi.CompletionHandler;
import org.glassfish.tyrus.spi.Writer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Responses to handshakes before a WebSocket opens.
class WebSocketUpgradeTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final TestHost server = TestHost.standard();

    @AfterEach
    void stop() {
        server.close();
    }

    /// The engine by itself would run `onOpen` after a 401 and answer the frames that follow.
    @Test
    void a_frame_after_a_401_is_not_answered() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.writeText(RawClient.handshake("/closed"));
            var failure = failure(client.readAnswer());
            assertThat(client.head).startsWith("HTTP/1.1 401 ").contains("Connection: close");
            assertThat(failure.get("name").getAsString()).isEqualTo("unauthenticated");
            assertThat(failure.get("code").getAsInt()).isEqualTo(1000);
            try {
                client.send(RawClient.TEXT, HELLO);
            } catch (IOException _) {
                // Already closed, so not answered either.
            }
            assertThat(client.isEnded()).isTrue();
        }
        assertThat(server.opened).hasValue(0);
    }

    @Test
    void a_frame_in_the_packet_of_a_refused_handshake_is_not_answered() throws Exception {
        try (var client = new RawClient(server.port())) {
            var frame = new String(RawClient.frame(0x81, HELLO), StandardCharsets.ISO_8859_1);
            client.write(
                    (RawClient.handshake("/closed") + frame).getBytes(StandardCharsets.ISO_8859_1));
            client.readAnswer();
            assertThat(client.isEnded()).isTrue();
        }
        assertThat(server.opened).hasValue(0);
    }

    @Test
    void a_malformed_handshake_is_refused_with_the_failures_name() throws Exception {
        var good = RawClient.handshake("/echo");
        assertRefused(good.replace("GET", "POST"), 400, "invalid-request");
        assertRefused(good.replace("Sec-WebSocket-Key", "Other"), 400, "invalid-request");
        assertRefused(good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400, "invalid-request");
        assertRefused(
                good.replace("Connection: keep-alive, Upgrade\r\n", ""), 400, "invalid-request");
        assertRefused(good.replace("Version: 13", "Version: 8"), 426, "invalid-request");
        assertRefused(RawClient.handshake("/a/../echo"), 400, "path-illegal");
        assertRefused(RawClient.handshake("/a%2f..%2fecho"), 400, "path-illegal");
        assertRefused(RawClient.handshake("/echo%00"), 400, "path-illegal");
        assertRefused(RawClient.handshake("/nowhere"), 404, "method-not-found");
        assertRefused(RawClient.handshake("/full"), 503, "too-many-connections");
        assertThat(server.opened).hasValue(0);
    }

    @Test
    void header_values_may_have_capitals() throws Exception {
        for (var spelling : new String[] {"WebSocket", "Websocket", "websocket"}) {
            try (var client = new RawClient(server.port())) {
                client.writeText(
                        RawClient.handshake("/echo")
                                .replace("Upgrade: websocket", "upgrade: " + spelling)
                                .replace(", Upgrade", ", " + spellUpgrade(spelling)));
                client.readHead();
                assertThat(client.head).startsWith("HTTP/1.1 101 ");
            }
        }
    }

    private static String spellUpgrade(String spelling) {
        return spelling.equals("websocket") ? "upgrade" : "UPGRADE".toUpperCase(Locale.ROOT);
    }

    @Test
    void an_endpoint_that_throws_reveals_only_an_error_id() throws Exception {
        try (var client = new RawClient(server.port())) {
            client.writeText(RawClient.handshake("/broken"));
            var answer = client.readAnswer();
            assertThat(client.head).startsWith("HTTP/1.1 500 ");
            assertThat(answer).doesNotContain("secret").doesNotContain("Exception");
            assertThat(failure(answer).getAsJsonObject("tags").get("errorId").getAsString())
                    .hasSize(36);
        }
    }

    /// Deny by default: a session that no endpoint admitted gets nothing, even if the engine opens
    /// it.
    @Test
    void a_session_that_no_endpoint_admitted_is_closed_with_1008_and_gets_nothing() {
        var engine = TyrusContainer.started(1 << 20).getWebSocketEngine();
        var request =
                RequestContext.Builder.create()
                        .requestURI(URI.create(TyrusContainer.PATH))
                        .queryString("")
                        .build();
        RawClient.handshake("/")
                .lines()
                .skip(1)
                .filter(line -> line.contains(": "))
                .map(line -> line.split(": ", 2))
                .forEach(pair -> request.getHeaders().put(pair[0], List.of(pair[1])));
        var written = new ArrayList<WebSocketFrame>();
        var connection =
                engine.upgrade(request, new TyrusUpgradeResponse())
                        .createConnection(new Written(written), _ -> {});
        var afterwards = ByteBuffer.wrap(RawClient.frame(0x81, HELLO));
        connection.getReadHandler().handle(afterwards);
        assertThat(written).hasSize(1);
        var payload = ByteBuffer.wrap(written.getFirst().head(), 2, 2);
        assertThat(written.getFirst().isClose()).isTrue();
        assertThat(payload.getShort()).isEqualTo((short) 1008);
    }

    private static final class Written extends Writer {
        private final List<WebSocketFrame> written;

        Written(List<WebSocketFrame> written) {
            this.written = written;
        }

        @Override
        public void write(ByteBuffer bytes, CompletionHandler<ByteBuffer> done) {
            written.add(WebSocketFrame.finished(bytes));
            done.completed(bytes);
        }

        @Override
        public void close() {}
    }

    private void assertRefused(String handshake, int status, String name) throws IOException {
        try (var client = new RawClient(server.port())) {
            client.writeText(handshake);
            var answer = client.readAnswer();
            assertThat(client.head).startsWith("HTTP/1.1 " + status + " ");
            assertThat(failure(answer).get("name").getAsString()).isEqualTo(name);
            assertThat(client.isEnded()).isTrue();
        }
    }

    private static JsonObject failure(String answer) {
        return JsonParser.parseString(answer).getAsJsonObject().getAsJsonObject("error");
    }
}

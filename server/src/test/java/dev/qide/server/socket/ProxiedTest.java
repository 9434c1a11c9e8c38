package dev.qide.server.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Behind a trusted proxy the limits of an address are those of the client that it names.
class ProxiedTest {
    private static final int PER_ADDRESS = 3;
    private static final Duration WAIT = Duration.ofSeconds(10);

    private static TestHost behind(String proxies) {
        var limits =
                new SocketLimits(
                        new SocketLimits.Connections(100, PER_ADDRESS, WAIT, WAIT, WAIT),
                        SocketLimits.Receiving.defaults(),
                        SocketLimits.Sending.defaults());
        return new TestHost(
                limits,
                request ->
                        HttpDoor.Answer.json(
                                200,
                                request.head().remoteAddress() + " " + request.head().isSecure()),
                null,
                TrustedProxies.parse(proxies));
    }

    @Test
    void each_client_behind_a_proxy_holds_its_own_number_of_sockets() throws Exception {
        try (var server = behind("127.0.0.0/8")) {
            var held = new ArrayList<RawClient>();
            for (var client : new String[] {"192.0.2.1", "192.0.2.2"}) {
                var header = "X-Forwarded-For: " + client;
                for (int i = 0; i < PER_ADDRESS; i++) {
                    held.add(RawClient.opened(server.port(), "/echo", header));
                }
                try (var tooMany = new RawClient(server.port())) {
                    tooMany.writeText(RawClient.handshake("/echo", header));
                    assertThat(tooMany.readAnswer()).contains("too-many-connections");
                }
            }
            held.getFirst().close();
            TestHost.await("room", () -> server.metric("qide_socket_open_sockets") < held.size());
            TestHost.await("given back", () -> server.metric("qide_socket_connections") < 6);
            RawClient.opened(server.port(), "/echo", "X-Forwarded-For: 192.0.2.1").close();
            for (var client : held) {
                client.close();
            }
        }
    }

    @Test
    void what_anybody_else_forwards_is_not_believed() throws Exception {
        assertThat(asked("127.0.0.0/8")).isEqualTo("192.0.2.1 true");
        assertThat(asked("10.0.0.0/8")).isEqualTo("127.0.0.1 false");
        assertThat(asked("")).isEqualTo("127.0.0.1 false");
    }

    private static String asked(String proxies) throws Exception {
        try (var server = behind(proxies);
                var client = new RawClient(server.port())) {
            var forwarded = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n";
            client.writeText("GET / HTTP/1.1\r\nHost: a\r\n" + forwarded + "\r\n");
            return client.readAnswer();
        }
    }
}

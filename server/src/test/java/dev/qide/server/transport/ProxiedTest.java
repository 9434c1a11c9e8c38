package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Behind a trusted proxy the limits of an address are those of the client that it names.
class ProxiedTest {
    private static final int PER_ADDRESS = 3;
    private static final Duration WAIT = Duration.ofSeconds(10);

    private static final TransportLimits LIMITS =
            new TransportLimits(
                    new TransportLimits.Connections(100, PER_ADDRESS, WAIT, WAIT, WAIT),
                    TransportLimits.Receiving.defaults(),
                    TransportLimits.Sending.defaults());

    private static TestHost behind(String proxies) {
        return new TestHost(
                LIMITS,
                request ->
                        HttpHandler.Answer.json(
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
            TestHost.await(
                    "capacity", () -> server.metric("qide_transport_open_sockets") < held.size());
            TestHost.await("given back", () -> server.metric("qide_transport_connections") < 6);
            TestHost.await(
                    "served again",
                    () -> WebServerTest.isServed(server, "X-Forwarded-For: 192.0.2.1"));
            for (var client : held) {
                client.close();
            }
        }
    }

    @Test
    void requests_under_way_count_for_their_client_too() throws Exception {
        var asked = new AtomicInteger();
        var held = new CountDownLatch(1);
        HttpHandler handler =
                request -> {
                    if (request.head().path().equals("/held")) {
                        asked.incrementAndGet();
                        held.await();
                    }
                    return HttpHandler.Answer.json(200, "done");
                };
        try (var server =
                new TestHost(LIMITS, handler, null, TrustedProxies.parse("127.0.0.0/8"))) {
            var waiting = new ArrayList<RawClient>();
            for (int i = 0; i < PER_ADDRESS; i++) {
                var client = new RawClient(server.port());
                client.writeText(request("/held", "192.0.2.1"));
                waiting.add(client);
            }
            TestHost.await("all are asked", () -> asked.get() == PER_ADDRESS);
            assertThat(answer(server, "192.0.2.1")).contains("too-many-connections");
            assertThat(answer(server, "192.0.2.2")).isEqualTo("done");
            held.countDown();
            for (var client : waiting) {
                assertThat(client.readAnswer()).isEqualTo("done");
                client.close();
            }
            TestHost.await("given back", () -> answer(server, "192.0.2.1").equals("done"));
        }
    }

    private static String request(String path, String client) {
        return "GET %s HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n".formatted(path, client);
    }

    private static String answer(TestHost server, String client) {
        try (var asking = new RawClient(server.port())) {
            asking.writeText(request("/", client));
            return asking.readAnswer();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void forwarded_headers_of_other_peers_are_ignored() throws Exception {
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

package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Many connections, silent connections, and stopping the server.
class WebServerTest {
    private static final int MANY = 2_000;

    @Test
    void none_of_two_thousand_connections_is_closed_early_and_nothing_leaks() throws Exception {
        try (var server = TestHost.standard()) {
            var clients = new ArrayList<RawClient>();
            try {
                for (int i = 0; i < MANY; i++) {
                    clients.add(RawClient.opened(server.port(), "/echo"));
                }
                for (var client : clients) {
                    client.sendText("here");
                }
                for (var client : clients) {
                    assertThat(client.receiveMessage().text()).isEqualTo("here");
                }
                assertThat(server.closedCodes).isEmpty();
                assertThat(server.metric("qide_transport_open_sockets")).isEqualTo(MANY);
            } finally {
                for (var client : clients) {
                    client.close();
                }
            }
            TestHost.await("all closed", () -> server.closedCodes.size() == MANY);
            TestHost.await(
                    "no channel is left", () -> server.metric("qide_transport_connections") == 0);
            assertThat(server.metric("qide_transport_open_sockets")).isZero();
        }
    }

    @Test
    void draining_closes_every_client_with_1001_and_refuses_new_ones() throws Exception {
        try (var server = TestHost.standard()) {
            var clients = new ArrayList<RawClient>();
            for (int i = 0; i < 100; i++) {
                clients.add(RawClient.opened(server.port(), "/echo"));
            }
            TestHost.await("all open", () -> server.opened.get() == 100);
            var drain = Thread.ofVirtual().start(() -> drain(server, Duration.ofSeconds(5)));
            assertThat(clients.getFirst().receiveMessage().closeCode()).isEqualTo(1001);
            try (var late = new RawClient(server.port())) {
                late.writeText(RawClient.handshake("/echo"));
                assertThat(late.readAnswer()).contains("server-stopping");
                assertThat(late.head).startsWith("HTTP/1.1 503 ");
            }
            for (var client : clients.subList(1, 100)) {
                assertThat(client.receiveMessage().closeCode()).isEqualTo(1001);
            }
            for (var client : clients) {
                client.close();
            }
            drain.join();
            TestHost.await("all are reported", () -> server.closedCodes.size() == 100);
            assertThat(server.closedCodes).hasSize(100).containsOnly(1001);
        }
    }

    @Test
    void draining_does_not_wait_for_a_stuck_client_longer_than_the_grace() throws Exception {
        try (var server = new TestHost(withLongSendTimeouts());
                var stuck = new RawClient(server.port(), 8 << 10)) {
            stuck.writeText(RawClient.handshake("/flood"));
            stuck.sendText("100");
            TestHost.await("stuck", () -> !server.outgoings.isEmpty() && isStuck(server));
            long began = System.nanoTime();
            drain(server, Duration.ofMillis(300));
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(30));
            TestHost.await("reported", () -> server.closedCodes.size() == 1);
        }
    }

    /// Limits under which only the drain ends a stuck client.
    static TransportLimits withLongSendTimeouts() {
        var late = Duration.ofMinutes(2);
        return new TransportLimits(
                TransportLimits.Connections.defaults(),
                TransportLimits.Receiving.defaults(),
                new TransportLimits.Sending(16 << 20, 16_384, 1 << 30, late, late));
    }

    private static boolean isStuck(TestHost server) {
        return server.outgoings.getFirst().queuedBytes() > 1 << 20;
    }

    @Test
    void an_address_with_too_many_connections_gets_no_more() throws Exception {
        try (var server = new TestHost(with(connections(100, 3, Duration.ofSeconds(10))))) {
            var held = new ArrayList<RawClient>();
            for (int i = 0; i < 3; i++) {
                held.add(RawClient.opened(server.port(), "/echo"));
            }
            try (var fourth = new RawClient(server.port())) {
                assertThat(fourth.isEnded()).isTrue();
            }
            held.getFirst().close();
            TestHost.await("capacity again", () -> isServed(server));
            held.get(1).sendText("kept");
            assertThat(held.get(1).receiveMessage().text()).isEqualTo("kept");
            held.get(1).close();
            held.get(2).close();
        }
    }

    /// Whether a new socket is opened.
    static boolean isServed(TestHost server, String... headers) {
        try (var client = new RawClient(server.port())) {
            client.writeText(RawClient.handshake("/echo", headers));
            client.readHead();
            return client.head.startsWith("HTTP/1.1 101 ");
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void silent_connections_do_not_block_the_server() throws Exception {
        try (var server = new TestHost(with(connections(5, 100, Duration.ofSeconds(3))))) {
            var silent = new ArrayList<RawClient>();
            for (int i = 0; i < 5; i++) {
                var client = new RawClient(server.port());
                if (i % 2 == 0) {
                    client.writeText("GET / HTTP/1.1\r\nHost: ");
                }
                silent.add(client);
            }
            try (var client = RawClient.opened(server.port(), "/echo")) {
                client.sendText("heard");
                assertThat(client.receiveMessage().text()).isEqualTo("heard");
            }
            for (var client : silent) {
                assertThat(client.isEnded()).isTrue();
            }
        }
    }

    @Test
    void an_address_that_cannot_be_bound_is_named() {
        try (var server = TestHost.standard();
                var scheduler = new Scheduler()) {
            var handlers = new WebServer.Handlers(_ -> HttpHandler.Answer.empty(204), _ -> null);
            var taken = new InetSocketAddress("localhost", server.port());
            assertThatThrownBy(() ->
                            new WebServer(
                                            WebServer.Binding.plain(taken),
                                            TransportLimits.defaults(),
                                            handlers,
                                            scheduler,
                                            new Metrics())
                                    .close())
                    .hasMessageContaining("cannot listen on localhost/127.0.0.1:" + server.port());
            var unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 0);
            assertThatThrownBy(() ->
                            new WebServer(
                                            WebServer.Binding.plain(unknown),
                                            TransportLimits.defaults(),
                                            handlers,
                                            scheduler,
                                            new Metrics())
                                    .close())
                    .hasMessageContaining("nowhere.invalid");
        }
    }

    private static void drain(TestHost server, Duration grace) {
        try {
            server.host.drain(grace);
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    private static TransportLimits.Connections connections(
            int total, int perAddress, Duration headWait) {
        return new TransportLimits.Connections(
                total, perAddress, headWait, Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    private static TransportLimits with(TransportLimits.Connections connections) {
        return new TransportLimits(
                connections,
                TransportLimits.Receiving.defaults(),
                TransportLimits.Sending.defaults());
    }
}

package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import dev.qide.server.concurrent.Multicast;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/// Sockets that other servers forward to this one, with delivery links.
class ForwardedSocketsTest {
    private static final String FORWARDED = ForwardedRequests.HEADER + ": signed";
    private static final int ROUNDS = 5;
    private static final int SERVERS = 40;
    private static final int KERNEL_BYTES = 8 << 10;
    private static final int MESSAGE_BYTES = 64 << 10;
    private static final int MESSAGES = 200;
    private static final long ALL_QUEUES_BYTES = 1 << 20;
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /// The server has other work between its answer and the first frame of the link.
    @Test
    void a_socket_that_follows_the_answer_to_its_link_at_once_belongs_to_the_link()
            throws Exception {
        try (var server = TestHost.amongOthers(TransportLimits.defaults())) {
            for (int round = 0; round < ROUNDS; round++) {
                var ends = new ArrayList<FutureTask<Boolean>>();
                for (int i = 0; i < SERVERS; i++) {
                    var id = "a-random-id-of-a-link-%d-%d".formatted(round, i);
                    var end = new FutureTask<>(() -> endsWithLink(server, id));
                    Thread.ofVirtual().start(end);
                    ends.add(end);
                }
                for (var end : ends) {
                    assertThat(end.get()).isTrue();
                }
            }
        }
    }

    private static boolean endsWithLink(TestHost server, String id) throws IOException {
        try (var link = new RawClient(server.port());
                var socket = new RawClient(server.port())) {
            link.writeText(linkHandshake(id));
            link.readHead();
            assertThat(link.head).startsWith("HTTP/1.1 101 ");
            greet(socket, id, 1);
            link.leave();
            return socket.isEnded();
        }
    }

    /// Many clients share a link, so it may hold more than the even share of one of them.
    @Test
    void a_slow_link_keeps_its_deliveries_while_a_slow_socket_is_closed() throws Exception {
        var sending =
                new TransportLimits.Sending(
                        64 << 20,
                        16_384,
                        ALL_QUEUES_BYTES,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(1));
        var defaults = TransportLimits.defaults();
        var limits = new TransportLimits(defaults.connections(), defaults.receiving(), sending);
        var id = "a-random-id-of-a-link-0-0";
        try (var server = TestHost.amongOthers(limits);
                var link = new RawClient(server.port(), KERNEL_BYTES);
                var slow = new RawClient(server.port(), KERNEL_BYTES)) {
            link.writeText(linkHandshake(id));
            link.readHead();
            try (var _ = forwarded(server, id, 1);
                    var _ = forwarded(server, id, 2)) {
                var both = List.copyOf(server.outgoings);
                assertThat(both).hasSize(2);
                for (int i = 0; i < MESSAGES; i++) {
                    var message = new byte[MESSAGE_BYTES];
                    Multicast.run(() -> both.forEach(socket -> socket.binary(message)));
                }
                assertThat(server.metric("qide_transport_queued_bytes"))
                        .isGreaterThan(2.0 * ALL_QUEUES_BYTES);

                slow.writeText(RawClient.handshake("/flood"));
                slow.sendText(Integer.toString(MESSAGES));
                Await.await("closed", WITHIN, () -> server.closedCodes.contains(1013));

                for (int i = 0; i < MESSAGES; i++) {
                    var delivery = Delivery.decode(link.receiveMessage().payload());
                    assertThat(delivery.channels()).containsExactly(1, 2);
                }
                assertThat(server.closedCodes).containsExactly(1013);
            }
        }
    }

    private static RawClient forwarded(TestHost server, String link, int channel)
            throws IOException {
        var socket = new RawClient(server.port());
        greet(socket, link, channel);
        return socket;
    }

    /// Opens a socket, which is served when its client is answered.
    private static void greet(RawClient socket, String link, int channel) throws IOException {
        var _ =
                socket.open(
                        "/echo",
                        FORWARDED,
                        DeliveryLinkProtocol.HEADER + ": " + link + " " + channel);
        socket.sendText("here");
        assertThat(socket.receiveMessage().text()).isEqualTo("here");
    }

    private static String linkHandshake(String id) {
        return RawClient.handshake(
                DeliveryLinkProtocol.PATH,
                FORWARDED,
                DeliveryLinkProtocol.HEADER + ": " + id,
                "Sec-WebSocket-Protocol: " + DeliveryLinkProtocol.VERSION);
    }
}

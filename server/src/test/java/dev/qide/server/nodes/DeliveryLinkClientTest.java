package dev.qide.server.nodes;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.nodes.DeliveringOwner.LinkAnswer;
import dev.qide.server.transport.Delivery;
import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A node that forwards sockets, with deliveries for several of its clients in every timing.
class DeliveryLinkClientTest {
    private static final int SERVICE_RESTART = 1012;
    private static final int GOING_AWAY = 1001;
    private static final int FRAMES = 400;
    private static final int CLIENTS = 3;
    private static final int PIECE_BYTES = 64 << 10;

    /// The answer to the handshake of a link is awaited for 5 s.
    private static final long OPEN_WITHIN_SECONDS = 20;

    /// No other link is attempted for 10 s.
    private static final Duration LINK_AGAIN_WITHIN = Duration.ofSeconds(30);

    /// A client that accepts nothing for 20 s is aborted.
    private static final Duration OVERFLOW_WITHIN = Duration.ofSeconds(15);

    @TempDir static Path folder;
    private static TestServer first;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        first = TestServer.start(folder);
        try (var client = TestClient.connect(first.ws("/ws/demo"), first.token())) {
            client.initialize(null);
        }
        server = TestServer.startBeside(first);
    }

    @AfterAll
    static void stop() {
        server.close();
        first.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void frames_of_both_ways_reach_each_client_in_the_order_in_which_they_were_queued(long seed)
            throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner)) {
            var clients = new ArrayList<RawClient>();
            var sockets = new ArrayList<DeliveringOwner.Accepted>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(client());
                sockets.add(owner.socket());
            }
            var plan = new Plan(new Random(seed), sockets);
            plan.send(owner.link());
            for (int i = 0; i < CLIENTS; i++) {
                assertThat(numbers(clients.get(i))).isEqualTo(plan.expected.get(i));
                clients.get(i).close();
            }
        }
    }

    @Test
    void the_sockets_of_a_link_that_ends_are_closed_to_connect_again() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var client = client()) {
            var socket = owner.socket();
            var link = owner.link();
            link.write(DeliveringOwner.delivery(List.of(socket.channel()), List.of(), new byte[1]));
            assertThat(client.receiveMessage().payload()).hasSize(1);
            link.socket().close();
            assertThat(client.receiveMessage().closeCode()).isEqualTo(SERVICE_RESTART);
            try (var again = client()) {
                assertThat(owner.socket().link()).startsWith(owner.link().link() + " ");
                again.leave();
            }
        }
    }

    @Test
    void a_close_frame_waits_for_the_deliveries_before_it_and_not_for_ever() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var client = client()) {
            var socket = owner.socket();
            var link = owner.link();
            socket.write(DeliveryLinkProtocol.marker(2));
            socket.write(
                    DeliveringOwner.frame(
                            RawClient.CLOSE,
                            ByteBuffer.allocate(2).putShort((short) GOING_AWAY).array()));
            for (byte number = 1; number <= 2; number++) {
                link.write(
                        DeliveringOwner.delivery(
                                List.of(socket.channel()), List.of(), new byte[] {number}));
                assertThat(client.receiveMessage().payload()).containsExactly(number);
            }
            assertThat(client.receiveMessage().closeCode()).isEqualTo(GOING_AWAY);

            try (var second = client()) {
                owner.socket().write(DeliveryLinkProtocol.marker(1));
                link.socket().close();
                assertThat(second.receiveMessage().closeCode()).isEqualTo(SERVICE_RESTART);
            }
        }
    }

    @Test
    void a_client_that_reads_slowly_is_reported_and_delays_nobody() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var slow = client();
                var slowSocket = owner.socket();
                var quick = client();
                var quickSocket = owner.socket()) {
            var link = owner.link();
            var both = List.of(slowSocket.channel(), quickSocket.channel());
            int sent = 0;
            // What the kernel holds for a client that does not read, and one megabyte more.
            while (link.socket().getInputStream().available() == 0) {
                link.write(DeliveringOwner.delivery(both, List.of(), new byte[PIECE_BYTES]));
                assertThat(quick.receiveMessage().payload()).hasSize(PIECE_BYTES);
                sent++;
                assertThat(sent).isLessThan(1_000);
            }
            assertThat(link.feedback())
                    .isEqualTo(new DeliveryLinkProtocol.Feedback(slowSocket.channel(), true));
            for (int i = 0; i < sent; i++) {
                assertThat(slow.receiveMessage().payload()).hasSize(PIECE_BYTES);
            }
            assertThat(link.feedback())
                    .isEqualTo(new DeliveryLinkProtocol.Feedback(slowSocket.channel(), false));
        }
    }

    @Test
    void a_client_that_does_not_read_is_cut_when_the_owner_goes_on() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var slow = client();
                var slowSocket = owner.socket();
                var quick = client();
                var quickSocket = owner.socket()) {
            var link = owner.link();
            var both = List.of(slowSocket.channel(), quickSocket.channel());
            for (int i = 0; i < 640; i++) {
                link.write(DeliveringOwner.delivery(both, List.of(), new byte[PIECE_BYTES]));
                assertThat(quick.receiveMessage().payload()).hasSize(PIECE_BYTES);
            }
            await(() -> isReset(slowSocket, 100));
            assertThat(server.scrape()).contains("aborted_total{cause=\"overflow\",}");
            slow.leave();
        }
    }

    @Test
    void a_node_of_an_earlier_version_refuses_the_link_and_serves_sockets() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.UNKNOWN);
                var _ = otherNode(owner);
                var client = client()) {
            var socket = owner.socket();
            assertThat(socket.link()).isEmpty();
            socket.write(DeliveringOwner.frame(RawClient.BINARY, new byte[] {7}));
            assertThat(client.receiveMessage().payload()).containsExactly(7);
        }
    }

    @Test
    void a_node_that_stops_in_the_answer_to_the_link_does_not_keep_sockets_waiting()
            throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.HALF);
                var _ = otherNode(owner)) {
            var clients = new ArrayList<FutureTask<RawClient>>();
            for (int i = 0; i < CLIENTS; i++) {
                var client = new FutureTask<>(() -> client());
                Thread.ofVirtual().start(client);
                clients.add(client);
            }
            for (var task : clients) {
                try (var client = task.get(OPEN_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                    assertThat(owner.socket().link()).isEmpty();
                    client.leave();
                }
            }
        }
    }

    @Test
    void a_node_whose_clock_differs_for_a_moment_gets_a_link_later() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.REFUSED_ONCE);
                var _ = otherNode(owner)) {
            try (var early = client()) {
                assertThat(owner.socket().link()).isEmpty();
                early.leave();
            }
            await(
                    "a socket has a link",
                    LINK_AGAIN_WITHIN,
                    () -> {
                        try (var client = client()) {
                            var link = owner.socket().link();
                            client.leave();
                            return !link.isEmpty();
                        } catch (IOException | InterruptedException failure) {
                            throw new AssertionError(failure);
                        }
                    });
        }
    }

    @Test
    void deliveries_that_were_dropped_are_not_waited_for() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var slow = client();
                var socket = owner.socket()) {
            var link = owner.link();
            // What follows on the socket's own connection waits for more deliveries than come.
            socket.write(DeliveryLinkProtocol.marker(Integer.MAX_VALUE));
            socket.write(DeliveringOwner.frame(RawClient.BINARY, new byte[1]));
            var delivery =
                    DeliveringOwner.delivery(
                            List.of(socket.channel()), List.of(), new byte[PIECE_BYTES]);
            await(
                    "the deliveries overflow",
                    OVERFLOW_WITHIN,
                    () -> {
                        try {
                            link.write(delivery);
                            return isReset(socket, 1);
                        } catch (IOException failure) {
                            throw new AssertionError(failure);
                        }
                    });
            // The kernel still holds some for the client.
            assertThat(slow.isEnded()).isTrue();
        }
    }

    @Test
    void a_malformed_delivery_ends_the_link_and_its_sockets() throws Exception {
        var huge = new byte[] {1, 0, -1, -1, -1, -1, 15, 0};
        assertThatThrownBy(() -> Delivery.decode(huge))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Delivery.decode(new byte[] {1}))
                .isInstanceOf(IllegalArgumentException.class);
        try (var owner = new DeliveringOwner(LinkAnswer.ACCEPTED);
                var _ = otherNode(owner);
                var client = client()) {
            owner.link().write(DeliveringOwner.frame(RawClient.BINARY, huge));
            assertThat(client.receiveMessage().closeCode()).isEqualTo(SERVICE_RESTART);
        }
    }

    /// The name of a link is not a client's to give.
    @Test
    void a_client_cannot_name_a_link_or_open_one() throws Exception {
        try (var owner = new DeliveringOwner(LinkAnswer.UNKNOWN);
                var _ = otherNode(owner);
                var client = client("Qide-Link: " + "a".repeat(24) + " 1")) {
            assertThat(owner.socket().link()).isEmpty();
            client.leave();
        }
        try (var client = new RawClient(server.http("/").getPort())) {
            client.writeText(
                    RawClient.handshake(
                            DeliveryLinkProtocol.PATH,
                            "Qide-Link: " + "a".repeat(24),
                            "Sec-WebSocket-Protocol: " + DeliveryLinkProtocol.VERSION));
            client.readHead();
            assertThat(client.head).startsWith("HTTP/1.1 404 ");
        }
    }

    private static OtherNode otherNode(DeliveringOwner owner) throws Exception {
        var node = new OtherNode(server, owner.url());
        await(() -> {
            try {
                return server.scrape().contains("qide_nodes_peers 2.0");
            } catch (IOException | InterruptedException failure) {
                throw new AssertionError(failure);
            }
        });
        return node;
    }

    /// A client that has sent a ping: a server sends nothing to a socket before its client has sent
    /// something, for which [DeliveringOwner#socket] waits.
    private static RawClient client(String... headers) throws IOException {
        var all = new ArrayList<>(List.of(headers));
        all.add("Authorization: Bearer " + server.token());
        var client =
                RawClient.opened(
                        server.http("/").getPort(), "/ws/demo", all.toArray(String[]::new));
        client.write(RawClient.frame(0x80 | RawClient.PING, new byte[0]));
        return client;
    }

    private static boolean isReset(DeliveringOwner.Accepted socket, int waitMillis) {
        try {
            socket.socket().setSoTimeout(waitMillis);
            return socket.socket().getInputStream().read() < 0;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (IOException _) {
            return true;
        }
    }

    /// The first four bytes of each binary frame, until the close frame.
    private static List<Integer> numbers(RawClient client) throws IOException {
        var numbers = new ArrayList<Integer>();
        for (var next = client.receiveMessage();
                next.opcode() != RawClient.CLOSE;
                next = client.receiveMessage()) {
            numbers.add(ByteBuffer.wrap(next.payload()).getInt());
        }
        return numbers;
    }

    /// Frames for several sockets: some on a socket's own connection, some through the link.
    private static final class Plan {
        private final Random random;
        private final List<DeliveringOwner.Accepted> sockets;
        private final ByteArrayOutputStream link = new ByteArrayOutputStream();
        private final List<ByteArrayOutputStream> own = new ArrayList<>();
        final List<List<Integer>> expected = new ArrayList<>();
        private final int[] frames;
        private final int[] named;
        private final int[] deliveries;
        private final int[] marked;

        Plan(Random random, List<DeliveringOwner.Accepted> sockets) {
            this.random = random;
            this.sockets = sockets;
            frames = new int[sockets.size()];
            named = new int[sockets.size()];
            deliveries = new int[sockets.size()];
            marked = new int[sockets.size()];
            for (int i = 0; i < sockets.size(); i++) {
                own.add(new ByteArrayOutputStream());
                expected.add(new ArrayList<>());
            }
            for (int number = 0; number < FRAMES; number++) {
                if (random.nextInt(3) == 0) {
                    ownFrame(random.nextInt(sockets.size()), number);
                } else {
                    delivery(number);
                }
            }
            for (int i = 0; i < sockets.size(); i++) {
                mark(i);
                var close = ByteBuffer.allocate(2).putShort((short) GOING_AWAY).array();
                own.get(i).writeBytes(DeliveringOwner.frame(RawClient.CLOSE, close));
            }
        }

        private byte[] message(int number) {
            int bytes = random.nextInt(40) == 0 ? 70_000 : 4 + random.nextInt(300);
            return ByteBuffer.allocate(bytes).putInt(number).array();
        }

        private void ownFrame(int socket, int number) {
            if (random.nextBoolean()) {
                var text = new byte[random.nextInt(200)];
                Arrays.fill(text, DeliveryLinkProtocol.MARKER);
                own.get(socket).writeBytes(DeliveringOwner.frame(RawClient.PING, new byte[20]));
                own.get(socket)
                        .writeBytes(
                                DeliveringOwner.frame(
                                        RawClient.PING, Arrays.copyOf(text, text.length / 2)));
            }
            mark(socket);
            own.get(socket).writeBytes(DeliveringOwner.frame(RawClient.BINARY, message(number)));
            frames[socket]++;
            expected.get(socket).add(number);
        }

        private void mark(int socket) {
            if (marked[socket] != deliveries[socket]) {
                marked[socket] = deliveries[socket];
                own.get(socket).writeBytes(DeliveryLinkProtocol.marker(deliveries[socket]));
            }
        }

        private void delivery(int number) {
            var channels = new ArrayList<Integer>();
            var positions = new ArrayList<Delivery.Position>();
            for (int i = 0; i < sockets.size(); i++) {
                if (random.nextInt(4) > 0) {
                    deliveries[i]++;
                    expected.get(i).add(number);
                    channels.add(sockets.get(i).channel());
                    if (named[i] != frames[i]) {
                        named[i] = frames[i];
                        positions.add(new Delivery.Position(sockets.get(i).channel(), frames[i]));
                    }
                }
            }
            link.writeBytes(DeliveringOwner.delivery(channels, positions, message(number)));
        }

        /// Sends all streams at once, in pieces of any size.
        void send(DeliveringOwner.Accepted to) throws InterruptedException {
            var threads = new ArrayList<Thread>();
            threads.add(sending(to, link.toByteArray(), random.nextLong()));
            for (int i = 0; i < sockets.size(); i++) {
                threads.add(sending(sockets.get(i), own.get(i).toByteArray(), random.nextLong()));
            }
            for (var thread : threads) {
                thread.join();
            }
        }

        private static Thread sending(DeliveringOwner.Accepted to, byte[] bytes, long seed) {
            return Thread.ofVirtual()
                    .start(() -> {
                        var random = new Random(seed);
                        try {
                            for (int at = 0; at < bytes.length; ) {
                                int end = Math.min(bytes.length, at + 1 + random.nextInt(5_000));
                                to.write(Arrays.copyOfRange(bytes, at, end));
                                at = end;
                            }
                        } catch (IOException gone) {
                            throw new AssertionError(gone);
                        }
                    });
        }
    }
}

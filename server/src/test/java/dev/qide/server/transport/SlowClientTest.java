package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Clients that do not read, do not answer or send too much harm only themselves.
class SlowClientTest {
    private static final int KERNEL_BYTES = 8 << 10;
    private static final Duration WITHIN = Duration.ofSeconds(20);

    @Test
    void a_client_that_never_reads_uses_bounded_memory_and_is_aborted() throws Exception {
        var sending = sending(4 << 20, 16_384, Duration.ofSeconds(20), Duration.ofSeconds(1));
        try (var server = new TestHost(with(sending));
                var client = new RawClient(server.port(), KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/flood"));
            long before = heapBytes();
            client.sendText("3000");
            server.outgoing();
            Await.await("overflowed", WITHIN, () -> server.outgoings.getFirst().isClosed());
            assertThat(server.outgoing().queuedBytes()).isLessThan(5 << 20);
            // Garbage of other threads may survive one collection.
            Await.await("bounded memory", WITHIN, () -> heapBytes() - before < 32 << 20);
            Await.await("gone", WITHIN, () -> server.closedCodes.contains(1013));
            assertThat(server.metric("qide_transport_connections")).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void a_client_whose_queue_makes_no_progress_is_aborted() throws Exception {
        var sending = sending(64 << 20, 16_384, Duration.ofMillis(500), Duration.ofSeconds(1));
        try (var server = new TestHost(with(sending));
                var client = new RawClient(server.port(), KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/flood"));
            client.sendText("200");
            Await.await("gone", WITHIN, () -> server.closedCodes.contains(1013));
            assertThat(server.metric("qide_transport_aborted_total{cause=\"stuck\",}"))
                    .isEqualTo(1);
            var outgoing = server.outgoing();
            TestHost.await("dropped", () -> outgoing.queuedBytes() == 0);
        }
    }

    @Test
    void a_client_that_floods_pings_and_never_reads_uses_bounded_memory() throws Exception {
        var sending = sending(1 << 20, 4_096, Duration.ofMillis(500), Duration.ofSeconds(1));
        try (var server = new TestHost(with(sending));
                var client = new RawClient(server.port(), KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/echo"));
            var ping = RawClient.frame(0x89, new byte[125]);
            var thousand = new java.io.ByteArrayOutputStream();
            for (int i = 0; i < 1_000; i++) {
                thousand.writeBytes(ping);
            }
            try {
                for (int i = 0; i < 1_000; i++) {
                    client.write(thousand.toByteArray());
                    for (var outgoing : server.outgoings) {
                        assertThat(outgoing.queuedBytes()).isLessThan(2 << 20);
                    }
                }
            } catch (IOException _) {
                // The connection was aborted as expected.
            }
            Await.await("gone", WITHIN, () -> server.closedCodes.contains(1013));
        }
    }

    @Test
    void beyond_the_bound_of_all_queues_the_largest_overflow_and_the_others_work()
            throws Exception {
        var sending =
                new TransportLimits.Sending(
                        64 << 20, 16_384, 8 << 20, Duration.ofSeconds(20), Duration.ofSeconds(1));
        try (var server = new TestHost(with(sending));
                var modest = RawClient.opened(server.port(), "/echo");
                var greedy = new RawClient(server.port(), KERNEL_BYTES)) {
            greedy.writeText(RawClient.handshake("/flood"));
            greedy.sendText("500");
            Await.await("overflowed", WITHIN, () -> server.closedCodes.contains(1013));
            modest.sendText("still here");
            assertThat(modest.receiveMessage().text()).isEqualTo("still here");
            Await.await(
                    "given back", WITHIN, () -> server.metric("qide_transport_queued_bytes") == 0);
        }
    }

    @Test
    void a_client_that_reads_slowly_gets_everything() throws Exception {
        try (var server = TestHost.standard();
                var client = new RawClient(server.port(), KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/flood"));
            client.sendText("200");
            client.readHead();
            for (int i = 0; i < 200; i++) {
                assertThat(client.receiveMessage().payload()).hasSize(TestHost.FLOOD_MESSAGE_BYTES);
            }
            assertThat(server.closedCodes).isEmpty();
        }
    }

    @Test
    void a_producer_is_signalled_when_the_queue_has_capacity_again() throws Exception {
        var sending = sending(32 << 20, 16_384, Duration.ofSeconds(20), Duration.ofSeconds(1));
        try (var server = new TestHost(with(sending));
                var client = new RawClient(server.port(), KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/echo"));
            client.readHead();
            var outgoing = server.outgoing();
            var signals = new AtomicInteger();
            outgoing.onWritable(signals::incrementAndGet);
            int sent = 0;
            // So much above half of the bound that the kernel's buffers do not matter.
            while (outgoing.queuedBytes() < 26 << 20) {
                outgoing.binary(new byte[1 << 20]);
                sent++;
            }
            assertThat(outgoing.isWritable()).isFalse();
            assertThat(signals).hasValue(0);
            for (int i = 0; i < sent; i++) {
                client.receiveMessage();
            }
            TestHost.await("the signal", () -> signals.get() == 1);
            assertThat(outgoing.isWritable()).isTrue();
        }
    }

    @Test
    void a_client_that_does_not_answer_a_close_is_aborted() throws Exception {
        var sending = sending(8 << 20, 16_384, Duration.ofSeconds(20), Duration.ofSeconds(3));
        try (var server = new TestHost(with(sending));
                var client = RawClient.opened(server.port(), "/echo")) {
            server.outgoing().close(4000, "enough");
            assertThat(client.receiveMessage().closeCode()).isEqualTo(4000);
            assertThat(client.isEnded()).isTrue();
            Await.await("gone", WITHIN, () -> server.closedCodes.contains(4000));
        }
    }

    @Test
    void a_client_that_answers_no_ping_is_aborted_and_one_that_does_is_kept() throws Exception {
        var receiving = new TransportLimits.Receiving(8 << 20, 64 << 20, Duration.ofSeconds(1));
        var limits =
                new TransportLimits(
                        TransportLimits.Connections.defaults(),
                        receiving,
                        TransportLimits.Sending.defaults());
        try (var server = new TestHost(limits);
                var alive = RawClient.opened(server.port(), "/echo");
                var dead = RawClient.opened(server.port(), "/echo")) {
            for (int i = 0; i < 5; i++) {
                var ping = alive.receive();
                assertThat(ping.opcode()).isEqualTo(RawClient.PING);
                alive.send(RawClient.PONG, ping.payload());
            }
            assertThat(dead.isEnded()).isTrue();
            TestHost.await("reported", () -> !server.closedCodes.isEmpty());
            assertThat(server.closedCodes).containsExactly(1006);
            assertThat(server.metric("qide_transport_aborted_total{cause=\"no_pong\",}"))
                    .isEqualTo(1);
            alive.sendText("still here");
            assertThat(alive.receiveMessage().text()).isEqualTo("still here");
        }
    }

    @Test
    void when_input_buffers_exceed_their_bound_the_largest_idle_holder_is_closed()
            throws Exception {
        var receiving = new TransportLimits.Receiving(8 << 20, 5 << 20, Duration.ofSeconds(20));
        var limits =
                new TransportLimits(
                        TransportLimits.Connections.defaults(),
                        receiving,
                        TransportLimits.Sending.defaults());
        try (var server = new TestHost(limits);
                var small = RawClient.opened(server.port(), "/process");
                var large = RawClient.opened(server.port(), "/process");
                var asker = RawClient.opened(server.port(), "/process")) {
            echo(small, 1 << 20);
            echo(large, 3 << 20);
            assertThat(server.metric("qide_transport_input_buffer_bytes")).isGreaterThan(4 << 20);
            echo(asker, 2 << 20);
            assertThat(large.receiveMessage().closeCode()).isEqualTo(1013);
            echo(small, 10);
            echo(asker, 10);
            assertThat(server.metric("qide_transport_input_buffer_bytes")).isLessThan(4 << 20);
        }
    }

    private static void echo(RawClient client, int bytes) throws Exception {
        client.send(RawClient.BINARY, new byte[bytes]);
        assertThat(client.receiveMessage().payload()).hasSize(bytes);
        // The buffers of this message count as soon as the reader waits for the next one.
        client.sendText("done");
        assertThat(client.receiveMessage().text()).isEqualTo("done");
        TestHost.await("its reader waits for the next message", SlowClientTest::areReadersWaiting);
    }

    private static boolean areReadersWaiting() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("socket-"))
                .allMatch(thread ->
                        Arrays.stream(thread.getValue())
                                .anyMatch(at -> at.getClassName().endsWith(".PlainReader")));
    }

    private static TransportLimits.Sending sending(
            int bytes, int messages, Duration stuckAfter, Duration closeWait) {
        return new TransportLimits.Sending(bytes, messages, 1 << 30, stuckAfter, closeWait);
    }

    private static TransportLimits with(TransportLimits.Sending sending) {
        return new TransportLimits(
                TransportLimits.Connections.defaults(),
                TransportLimits.Receiving.defaults(),
                sending);
    }

    private static long heapBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

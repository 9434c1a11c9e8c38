package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The order in which the frames of one outgoing queue are sent.
class FrameSchedulerTest {
    private static final int KERNEL_BYTES = 8 << 10;
    private static final int PIECE_BYTES = 256 << 10;
    private static final int ANSWER_BYTES = 5 << 20;
    private static final int PIECES = 60;

    /// How long the queue must not shrink before the kernel's buffer counts as full.
    private static final long UNCHANGED_NANOS = 1_000_000_000;

    private final TestHost server = TestHost.standard();

    @AfterEach
    void stop() {
        server.close();
    }

    private RawClient behind() throws Exception {
        var client = new RawClient(server.port(), KERNEL_BYTES);
        client.writeText(RawClient.handshake("/echo"));
        client.readHead();
        return client;
    }

    /// Queues more bytes than the kernel accepts, in pieces.
    ///
    /// @return the bytes that the kernel has or gets with the current piece
    private long fillWithPieces(OutgoingQueue outgoing) throws InterruptedException {
        for (int i = 0; i < PIECES; i++) {
            outgoing.binary(new byte[PIECE_BYTES]);
        }
        awaitStuck(outgoing);
        assertThat(outgoing.queuedBytes()).isGreaterThan(ANSWER_BYTES);
        return (long) PIECES * PIECE_BYTES - outgoing.queuedBytes() + PIECE_BYTES;
    }

    private static void awaitStuck(OutgoingQueue outgoing) throws InterruptedException {
        var last = new long[] {-1, System.nanoTime()};
        TestHost.await(
                "the kernel takes no more",
                () -> {
                    long now = outgoing.queuedBytes();
                    if (now != last[0]) {
                        last[0] = now;
                        last[1] = System.nanoTime();
                    }
                    return System.nanoTime() - last[1] > UNCHANGED_NANOS;
                });
    }

    private static long bytesBefore(RawClient client, int opcode) throws IOException {
        long bytes = 0;
        for (var next = client.receive(); ; next = client.receive()) {
            if (next.opcode() == opcode) {
                return bytes;
            }
            bytes += next.payload().length;
        }
    }

    @Test
    void five_megabytes_in_pieces_delay_a_small_frame_of_the_other_lane_by_one_piece()
            throws Exception {
        try (var client = behind()) {
            var outgoing = server.outgoing();
            long gone = fillWithPieces(outgoing);
            outgoing.text("small");
            assertThat(bytesBefore(client, RawClient.TEXT)).isLessThanOrEqualTo(gone + PIECE_BYTES);
        }
    }

    @Test
    void a_small_binary_frame_waits_for_at_most_one_large_answer() throws Exception {
        try (var client = behind()) {
            var outgoing = server.outgoing();
            var answer = "x".repeat(ANSWER_BYTES);
            for (int i = 0; i < 3; i++) {
                outgoing.text(answer);
            }
            awaitStuck(outgoing);
            long heads = 3 * 10;
            long gone = 3L * ANSWER_BYTES + heads - outgoing.queuedBytes() + ANSWER_BYTES;
            outgoing.binary(new byte[] {1});
            assertThat(bytesBefore(client, RawClient.BINARY)).isLessThanOrEqualTo(gone);
        }
    }

    @Test
    void a_pong_goes_before_queued_frames() throws Exception {
        try (var client = behind()) {
            var outgoing = server.outgoing();
            long gone = fillWithPieces(outgoing);
            long before = outgoing.queuedBytes();
            client.send(RawClient.PING, new byte[] {1});
            TestHost.await("waits", () -> outgoing.queuedBytes() > before);
            assertThat(bytesBefore(client, RawClient.PONG)).isLessThanOrEqualTo(gone + PIECE_BYTES);
        }
    }

    @Test
    void within_a_lane_frames_keep_their_order_and_a_close_is_last() throws Exception {
        var random = RandomGenerator.of("L64X128MixRandom");
        try (var client = behind()) {
            var outgoing = server.outgoing();
            int count = 400;
            for (int i = 0; i < count; i++) {
                int size = random.nextInt(20) == 0 ? 200_000 : random.nextInt(2_000);
                var message = i + " " + "x".repeat(size);
                if (random.nextBoolean()) {
                    outgoing.text(message);
                } else {
                    outgoing.binary(message.getBytes(StandardCharsets.US_ASCII));
                }
            }
            outgoing.close(4000, "enough");
            var texts = new ArrayList<Integer>();
            var binaries = new ArrayList<Integer>();
            var next = client.receiveMessage();
            while (next.opcode() != RawClient.CLOSE) {
                int number = Integer.parseInt(next.text().split(" ", 2)[0]);
                (next.opcode() == RawClient.TEXT ? texts : binaries).add(number);
                next = client.receiveMessage();
            }
            assertThat(texts).isSorted();
            assertThat(binaries).isSorted();
            assertThat(texts.size() + binaries.size()).isEqualTo(count);
        }
    }

    @Test
    void frames_that_fit_into_one_write_keep_their_order() {
        var scheduler = new FrameScheduler(64 << 10);
        var put = new ArrayList<WebSocketFrame>();
        for (int i = 0; i < 50; i++) {
            var frame =
                    i % 3 == 0 ? WebSocketFrame.text("t" + i) : WebSocketFrame.binary(new byte[i]);
            put.add(frame);
            scheduler.add(frame);
        }
        var taken = new ArrayList<WebSocketFrame>();
        scheduler.take(taken::add);
        assertThat(taken).isEqualTo(put);
        assertThat(scheduler.frames()).isZero();
        assertThat(scheduler.bytes()).isZero();
    }
}

package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestHost;
import java.io.IOException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Frames that a client may send, and frames that close its socket.
class FrameValidatorTest {
    private final TestHost server = TestHost.standard();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void an_unmasked_frame_is_refused_with_1002() throws Exception {
        assertClosed("/echo", 1002, new byte[] {(byte) 0x81, 2, 'h', 'i'});
    }

    @Test
    void reserved_bits_and_opcodes_are_refused_with_1002() throws Exception {
        assertClosed("/echo", 1002, RawClient.frame(0xc1, new byte[] {1}));
        assertClosed("/echo", 1002, RawClient.frame(0x83, new byte[] {1}));
        assertClosed("/echo", 1002, RawClient.frame(0x8b, new byte[] {1}));
    }

    @Test
    void a_control_frame_that_is_long_or_fragmented_is_refused_with_1002() throws Exception {
        assertClosed("/echo", 1002, RawClient.frame(0x89, new byte[126]));
        assertClosed("/echo", 1002, RawClient.frame(0x09, new byte[1]));
    }

    @Test
    void fragments_out_of_order_are_refused_with_1002() throws Exception {
        assertClosed("/echo", 1002, RawClient.frame(0x80, new byte[] {1}));
        var twoBeginnings = RawClient.frame(0x02, new byte[] {1});
        assertClosed("/echo", 1002, twoBeginnings, twoBeginnings);
    }

    @Test
    void text_that_is_not_utf_8_is_refused_with_1007() throws Exception {
        assertClosed("/echo", 1007, RawClient.frame(0x81, new byte[] {(byte) 0xc3, 0x28}));
    }

    @Test
    void a_message_over_the_bound_of_its_admission_is_refused_with_1009() throws Exception {
        assertClosed("/small", 1009, RawClient.frame(0x82, new byte[(64 << 10) + 1]));
        try (var client = RawClient.opened(server.port(), "/small")) {
            client.send(RawClient.BINARY, new byte[64 << 10]);
            assertThat(client.receiveMessage().payload()).hasSize(64 << 10);
        }
    }

    @Test
    void before_a_login_the_bound_of_a_message_is_smaller() throws Exception {
        var large = RawClient.frame(0x82, new byte[(64 << 10) + 1]);
        assertClosed("/stranger", 1009, large);
        try (var client = RawClient.opened(server.port(), "/stranger")) {
            var login = RawClient.frame(0x82, new byte[] {1});
            var both = Arrays.copyOf(login, login.length + large.length);
            System.arraycopy(large, 0, both, login.length, large.length);
            client.write(both);
            assertThat(client.receiveMessage().payload()).hasSize(1);
            assertThat(client.receiveMessage().payload()).hasSize((64 << 10) + 1);
        }
    }

    @Test
    void a_frame_that_announces_eight_exabytes_is_refused_with_1009() throws Exception {
        var head = new byte[14];
        Arrays.fill(head, (byte) 0x7f);
        head[0] = (byte) 0x82;
        head[1] = (byte) 0xff;
        assertClosed("/echo", 1009, head);
        head[2] = (byte) 0xff;
        assertClosed("/echo", 1009, head);
    }

    /// The engine by itself accepts fragmented messages of any size.
    @Test
    void a_fragmented_message_of_a_hundred_megabytes_is_refused_with_1009() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    client.write(RawClient.frame(2, new byte[1 << 20]));
                                    var next = RawClient.frame(0, new byte[1 << 20]);
                                    for (int i = 1; i < 100; i++) {
                                        client.write(next);
                                    }
                                } catch (IOException _) {
                                    // The server stopped reading as expected.
                                }
                            });
            var close = client.receiveMessage();
            assertThat(close.opcode()).isEqualTo(RawClient.CLOSE);
            assertThat(close.closeCode()).isEqualTo(1009);
            sender.join();
        }
        TestHost.await("closed", () -> server.closedCodes.contains(1009));
        assertThat(server.metric("qide_transport_input_buffer_bytes")).isZero();
    }

    @Test
    void the_end_of_the_last_whole_frame_is_found_at_every_cut() {
        var stream = new java.io.ByteArrayOutputStream();
        var ends = new java.util.TreeSet<Integer>();
        for (int size : new int[] {0, 1, 125, 126, 300, 70_000, 3}) {
            stream.writeBytes(RawClient.frame(0x82, new byte[size]));
            ends.add(stream.size());
        }
        var bytes = stream.toByteArray();
        var random = RandomGenerator.of("L64X128MixRandom");
        for (int round = 0; round < 200; round++) {
            var validator = new FrameValidator(1 << 20);
            int at = 0;
            while (at < bytes.length) {
                int to = Math.min(bytes.length, at + 1 + random.nextInt(round < 100 ? 20 : 5_000));
                int whole = at + validator.inspect(Arrays.copyOfRange(bytes, at, to));
                var expected = ends.floor(to);
                assertThat(whole).isEqualTo(expected == null || expected <= at ? at : expected);
                at = to;
            }
        }
    }

    @Test
    void refusals_carry_the_name_of_the_failure() {
        var validator = new FrameValidator(10);
        assertThatThrownBy(() -> validator.inspect(RawClient.frame(0x82, new byte[11])))
                .isInstanceOf(FrameValidator.Refusal.class)
                .hasMessage("message-too-large");
    }

    private void assertClosed(String path, int code, byte[]... frames) throws IOException {
        try (var client = RawClient.opened(server.port(), path)) {
            for (var frame : frames) {
                client.write(frame);
            }
            var close = client.receiveMessage();
            assertThat(close.opcode()).isEqualTo(RawClient.CLOSE);
            assertThat(close.closeCode()).isEqualTo(code);
            client.send(RawClient.CLOSE, Arrays.copyOf(close.payload(), 2));
            assertThat(client.isEnded()).isTrue();
        }
    }
}

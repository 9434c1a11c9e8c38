package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The bytes of a connection, around the sizes of the reader's buffers.
@Timeout(20)
class PlainReaderTest {
    private static final int READ_BYTES = 8 << 10;

    private record Pair(SocketChannel client, SocketChannel server) implements AutoCloseable {
        static Pair connected() throws IOException {
            try (var listener = ServerSocketChannel.open()) {
                listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                var client = SocketChannel.open(listener.getLocalAddress());
                return new Pair(client, listener.accept());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 511, 512, 513, 8_191, 8_192, 8_193, 8_705, 300_000})
    void everything_arrives_in_order_and_in_bounded_parts(int bytes) throws Exception {
        var sent = new byte[bytes];
        new Random(bytes).nextBytes(sent);
        try (var pair = Pair.connected()) {
            var writer = Thread.ofVirtual().start(() -> send(pair.client(), sent));
            var reader = new PlainReader(pair.server());
            var arrived = new ByteArrayOutputStream();
            for (var part = reader.next(); part != null; part = reader.next()) {
                assertThat(part).hasSizeBetween(1, READ_BYTES);
                arrived.writeBytes(part);
            }
            writer.join();
            assertThat(arrived.toByteArray()).isEqualTo(sent);
            assertThat(reader.next()).isNull();
        }
    }

    private static void send(SocketChannel client, byte[] bytes) {
        try {
            var left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                client.write(left);
            }
            client.shutdownOutput();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A part does not wait for bytes that may never come.
    @Test
    void a_part_that_fills_the_small_buffer_arrives_alone() throws Exception {
        try (var pair = Pair.connected()) {
            pair.client().write(ByteBuffer.allocate(512));

            assertThat(new PlainReader(pair.server()).next()).hasSize(512);
        }
    }
}

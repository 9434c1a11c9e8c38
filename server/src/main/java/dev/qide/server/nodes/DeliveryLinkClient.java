package dev.qide.server.nodes;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.transport.Delivery;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The client end of a delivery link to one node: reads deliveries and passes each to its channels.
/// A second thread tells the node which channels are full. When the link ends, the sockets of its
/// channels end too. Thread-safe.
final class DeliveryLinkClient {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryLinkClient.class);

    /// The node sends a ping each 22 s.
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration CHECK = Duration.ofSeconds(5);
    private static final int MESSAGE_BYTES = 16 << 20;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int CONTROL_BYTES = 125;
    private static final int MASK_BYTES = 4;

    private final String id;
    private final NodeConnection connection;
    private final ForwardingMetrics metrics;
    private final Consumer<DeliveryLinkClient> ended;
    private final SecureRandom random;
    private final Map<Integer, DeliveryChannel> channels = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();

    /// Each channel is in it once at most.
    private final BlockingQueue<DeliveryChannel> reports = new LinkedBlockingQueue<>();

    private volatile boolean isEnded;

    /// @param connection after the handshake of WebSocket
    /// @param ended is called once
    DeliveryLinkClient(
            String id,
            NodeConnection connection,
            SecureRandom random,
            ForwardingMetrics metrics,
            Consumer<DeliveryLinkClient> ended) {
        this.id = id;
        this.connection = connection;
        this.random = random;
        this.metrics = metrics;
        this.ended = ended;
    }

    void begin() throws IOException {
        connection.expectWithin(SILENCE);
        metrics.linkOpened();
        BackgroundTask.start(Thread.ofVirtual().name("delivery-link"), this::readAll);
        BackgroundTask.start(Thread.ofVirtual().name("delivery-link-feedback"), this::reportAll);
    }

    String id() {
        return id;
    }

    boolean isEnded() {
        return isEnded;
    }

    /// A channel for a new socket.
    DeliveryChannel channel() {
        int number = numbers.incrementAndGet();
        var channel = DeliveryChannel.on(this, number);
        channels.put(number, channel);
        if (isEnded) {
            channel.lose();
        }
        return channel;
    }

    void release(int number, DeliveryChannel channel) {
        channels.remove(number, channel);
    }

    /// Queues a notification to the node whether a channel is full. Does not block.
    void report(DeliveryChannel channel) {
        reports.add(channel);
    }

    private void readAll() {
        try {
            var in = new DataInputStream(connection.input());
            boolean isOpen = true;
            while (isOpen) {
                isOpen = readFrame(in);
            }
        } catch (IOException | IllegalArgumentException gone) {
            LOG.atDebug()
                    .addKeyValue("event.action", "nodes.delivery_link_ended")
                    .setCause(gone)
                    .log("a delivery link ended");
        } finally {
            isEnded = true;
            metrics.linkClosed();
            ended.accept(this);
            channels.values().forEach(DeliveryChannel::lose);
            connection.abort();
        }
    }

    /// Reads one frame, which is neither masked nor a fragment.
    ///
    /// @return false after a close frame
    private boolean readFrame(DataInputStream in) throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        int code = in.readUnsignedByte() & 0x7f;
        long length = code == 126 ? in.readUnsignedShort() : code == 127 ? in.readLong() : code;
        if (length < 0 || length > MESSAGE_BYTES) {
            throw new IOException("a frame of " + length + " bytes on a delivery link");
        }
        var payload = new byte[(int) length];
        in.readFully(payload);
        switch (opcode) {
            case BINARY -> deliver(Delivery.decode(payload));
            case PING -> send(PONG, payload);
            case CLOSE -> {
                return false;
            }
            default -> {}
        }
        return true;
    }

    private void deliver(Delivery delivery) {
        metrics.delivery();
        for (var position : delivery.positions()) {
            var channel = channels.get(position.channel());
            if (channel != null) {
                channel.moveTo(position.after());
            }
        }
        for (int number : delivery.channels()) {
            var channel = channels.get(number);
            if (channel != null) {
                channel.deliver(delivery.frame());
            }
        }
    }

    private void reportAll() {
        try {
            while (!isEnded) {
                var channel = reports.poll(CHECK.toMillis(), TimeUnit.MILLISECONDS);
                if (channel != null) {
                    send(BINARY, channel.takeFeedback().encode());
                }
            }
        } catch (IOException _) {
            // The reader ends too.
            connection.abort();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Sends a masked frame (RFC 6455, section 5.3).
    private synchronized void send(int opcode, byte[] payload) throws IOException {
        if (payload.length > CONTROL_BYTES) {
            throw new IOException("a frame that is too long");
        }
        var mask = new byte[MASK_BYTES];
        random.nextBytes(mask);
        var frame =
                ByteBuffer.allocate(2 + MASK_BYTES + payload.length)
                        .put((byte) (0x80 | opcode))
                        .put((byte) (0x80 | payload.length))
                        .put(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask[i % MASK_BYTES]));
        }
        connection.output().write(frame.array());
    }
}

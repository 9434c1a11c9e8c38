package dev.qide.server.hostile;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A client's TCP connection, which reads and writes at a given pace. Belongs to the thread of its
/// [EventLoop].
final class TcpConnection {
    private static final int READ_BYTES = 64 << 10;

    /// The behaviour of a client.
    interface Client {
        void connected(TcpConnection tcpConnection);

        /// @param bytes the input, valid during the call
        void received(ByteBuffer bytes);

        /// Called once when the connection has ended, on either side.
        void ended();
    }

    /// The pace at which a client reads.
    ///
    /// @param bytes per period; 0 to read everything at once
    record Pace(int bytes, Duration period) {
        static final Pace AT_ONCE = new Pace(0, Duration.ZERO);
    }

    private final EventLoop eventLoop;
    private final Client client;
    private final Pace pace;
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
    private final ByteBuffer input;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private boolean isConnected;
    private boolean isEnded;
    private long waitingBytes;

    TcpConnection(EventLoop eventLoop, Pace pace, Client client) {
        this.eventLoop = eventLoop;
        this.pace = pace;
        this.client = client;
        input = ByteBuffer.allocate(pace.bytes() == 0 ? READ_BYTES : pace.bytes());
    }

    EventLoop loop() {
        return eventLoop;
    }

    boolean isOpen() {
        return isConnected && !isEnded;
    }

    /// The number of bytes that the server has not read yet; a flood waits for it.
    long waitingBytes() {
        return waitingBytes;
    }

    /// @param bytes must not change afterwards
    void send(byte[] bytes) {
        if (!isOpen()) {
            return;
        }
        waiting.add(ByteBuffer.wrap(bytes));
        waitingBytes += bytes.length;
        writable();
    }

    /// Sends bytes step by step until the connection ends.
    void trickle(byte[] bytes, int from, int step, Duration period) {
        if (isOpen() && from < bytes.length) {
            int to = Math.min(bytes.length, from + step);
            send(java.util.Arrays.copyOfRange(bytes, from, to));
            eventLoop.after(period, () -> trickle(bytes, to, step, period));
        }
    }

    /// Ends the connection with a reset.
    void reset() {
        try {
            if (channel != null) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException _) {
            // The connection has ended already.
        }
        end();
    }

    void begin(SocketChannel itsChannel, SelectionKey itsKey) {
        channel = itsChannel;
        key = itsKey;
    }

    void connected() {
        try {
            if (channel == null || !channel.finishConnect()) {
                return;
            }
        } catch (IOException _) {
            end();
            return;
        }
        isConnected = true;
        interest();
        client.connected(this);
        if (pace.bytes() > 0) {
            eventLoop.after(pace.period(), this::readStep);
        }
    }

    void readable() {
        read();
    }

    void writable() {
        try {
            while (channel != null && !waiting.isEmpty()) {
                waitingBytes -= channel.write(waiting.getFirst());
                if (waiting.getFirst().hasRemaining()) {
                    break;
                }
                waiting.removeFirst();
            }
            interest();
        } catch (IOException _) {
            end();
        }
    }

    void end() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        waiting.clear();
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException _) {
            // Equivalent to a close.
        }
        client.ended();
    }

    private void interest() {
        if (key != null && key.isValid()) {
            int read = pace.bytes() == 0 ? SelectionKey.OP_READ : 0;
            key.interestOps(read | (waiting.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    private void readStep() {
        if (!isEnded) {
            read();
            eventLoop.after(pace.period(), this::readStep);
        }
    }

    private void read() {
        try {
            input.clear();
            int count = channel == null ? -1 : channel.read(input);
            if (count < 0) {
                end();
            } else if (count > 0) {
                client.received(input.flip());
            }
        } catch (IOException _) {
            end();
        }
    }
}

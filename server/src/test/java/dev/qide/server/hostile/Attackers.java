package dev.qide.server.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All attacks at once, from a loopback address of their own, on one thread. They begin one after
/// the other within a few seconds, and end together, with resets.
final class Attackers implements AutoCloseable {
    /// Differs from the people's address, so that limits per address do not affect people.
    private static final byte[] ADDRESS = {127, 0, 0, 2};

    private static final Duration RAMP = Duration.ofSeconds(6);

    private final Latencies lag = new Latencies();
    private final EventLoop eventLoop = new EventLoop("attackers", lag);
    private final InetAddress from = InetAddress.getByAddress(ADDRESS);
    private final int port;
    private final AttackCounts attackCounts;
    private boolean isOver;

    Attackers(int port, AttackCounts attackCounts) throws IOException {
        this.port = port;
        this.attackCounts = attackCounts;
    }

    void begin(List<Attack> attacks) {
        int all = attacks.stream().mapToInt(Attack::connections).sum();
        eventLoop.execute(() -> {
            int number = 0;
            // Kinds alternate, so that none as a whole is early or late.
            for (int round = 0; number < all; round++) {
                for (var attack : attacks) {
                    if (round < attack.connections()) {
                        var slot = new Slot(attack);
                        eventLoop.after(RAMP.multipliedBy(number++).dividedBy(all), slot::open);
                    }
                }
            }
        });
    }

    /// The delays of the attackers' own timers.
    Latencies lag() {
        return lag;
    }

    void check() {
        eventLoop.check();
    }

    @Override
    public void close() throws IOException {
        eventLoop.execute(() -> isOver = true);
        eventLoop.close();
    }

    /// One connection, and its successors.
    private final class Slot implements TcpConnection.Client {
        private final Attack attack;
        private TcpConnection.@Nullable Client client;

        Slot(Attack attack) {
            this.attack = attack;
        }

        void open() {
            if (!isOver) {
                client = attack.client().get();
                var tcpConnection = new TcpConnection(eventLoop, attack.pace(), this);
                eventLoop.connect(from, port, attack.receiveBytes(), tcpConnection);
            }
        }

        @Override
        public void connected(TcpConnection tcpConnection) {
            attackCounts.connected(attack.name());
            if (client != null) {
                client.connected(tcpConnection);
            }
        }

        @Override
        public void received(ByteBuffer bytes) {
            if (client != null) {
                client.received(bytes);
            }
        }

        @Override
        public void ended() {
            if (client != null) {
                client.ended();
            }
            if (!isOver) {
                eventLoop.after(attack.reconnectDelay(), this::open);
            }
        }
    }
}

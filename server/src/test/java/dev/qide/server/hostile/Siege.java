package dev.qide.server.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All attacks at once, from an address of their own on loopback, on one thread. They begin one
/// after the other within a few seconds, and end together, with resets.
final class Siege implements AutoCloseable {
    /// Not the people's: what is limited by address is not taken from them.
    private static final byte[] ADDRESS = {127, 0, 0, 2};

    private static final Duration RAMP = Duration.ofSeconds(6);

    private final Latencies lag = new Latencies();
    private final Loop loop = new Loop("attackers", lag);
    private final InetAddress from = InetAddress.getByAddress(ADDRESS);
    private final int port;
    private final Tally tally;
    private boolean isOver;

    Siege(int port, Tally tally) throws IOException {
        this.port = port;
        this.tally = tally;
    }

    void begin(List<Attack> attacks) {
        int all = attacks.stream().mapToInt(Attack::lines).sum();
        loop.execute(() -> {
            int number = 0;
            // Kinds take turns, so that none is early or late as a whole.
            for (int round = 0; number < all; round++) {
                for (var attack : attacks) {
                    if (round < attack.lines()) {
                        var slot = new Slot(attack);
                        loop.after(RAMP.multipliedBy(number++).dividedBy(all), slot::open);
                    }
                }
            }
        });
    }

    /// How late the attackers' own timers ran.
    Latencies lag() {
        return lag;
    }

    void check() {
        loop.check();
    }

    @Override
    public void close() throws IOException {
        loop.execute(() -> isOver = true);
        loop.close();
    }

    /// One connection, and those that follow it.
    private final class Slot implements Line.Client {
        private final Attack attack;
        private Line.@Nullable Client client;

        Slot(Attack attack) {
            this.attack = attack;
        }

        void open() {
            if (!isOver) {
                client = attack.client().get();
                var line = new Line(loop, attack.pace(), this);
                loop.connect(from, port, attack.receiveBytes(), line);
            }
        }

        @Override
        public void connected(Line line) {
            tally.connected(attack.name());
            if (client != null) {
                client.connected(line);
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
                loop.after(attack.again(), this::open);
            }
        }
    }
}

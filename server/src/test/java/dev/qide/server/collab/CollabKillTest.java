package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.yjs.IdSet;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.UpdateHeader;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Kills the server while clients write, and checks that every acknowledged update is in the
/// database.
final class CollabKillTest {
    private static final int ROUNDS = 5;
    private static final int WRITERS = 4;
    private static final int UNACKNOWLEDGED_LETTERS = 30;
    private static final int ACKNOWLEDGED_BEFORE_THE_KILL = 200;

    @Test
    void acknowledged_updates_survive_a_kill() throws Exception {
        try (var test = TestDatabase.create();
                var database = new Database(test.address());
                var fixture =
                        new CollabFixture(
                                test.address(), database, CollabLimits.STANDARD, "killed")) {
            for (int round = 0; round < ROUNDS; round++) {
                var server = KillableServer.start(test.address(), "killed");
                var writers = new ArrayList<Writer>();
                try {
                    for (int i = 0; i < WRITERS; i++) {
                        writers.add(new Writer(server.word(), 1_000L * (round + 1) + i));
                    }
                    writeUntilAcknowledged(writers);
                } finally {
                    server.kill();
                }
                var rows = new IdSet();
                fixture.rows(fixture.document())
                        .forEach(row -> rows.addAll(UpdateHeader.read(row).structs()));
                for (var writer : writers) {
                    assertThat(rows.prefix(writer.typist.client))
                            .isGreaterThanOrEqualTo(writer.acknowledged());
                }
            }
        }
    }

    private static void writeUntilAcknowledged(List<Writer> writers) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (writers.stream().mapToInt(Writer::acknowledged).sum()
                < ACKNOWLEDGED_BEFORE_THE_KILL) {
            assertThat(System.nanoTime()).as("acknowledged in time").isLessThan(end);
            writers.forEach(Writer::write);
            LockSupport.parkNanos(100_000);
        }
        writers.forEach(Writer::write);
    }

    /// A client that types single letters and counts acknowledgements.
    private static final class Writer implements WebSocket.Listener {
        private final Typist typist;
        private final WebSocket socket;
        private final AtomicInteger saved = new AtomicInteger();
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private @Nullable CompletableFuture<WebSocket> sending;
        private int written;

        Writer(String url, long client) {
            typist = new Typist(client);
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .buildAsync(URI.create(url + "/ws/killed"), this)
                            .join();
            send(frame(2).writeVarUint(0).writeVarString("").writeVarString("4.8.0"));
            send(frame(0).writeVarUint(0).writeVarBytes(new byte[] {0}));
        }

        /// The number of acknowledged letters; the first SyncStatus belongs to the step 2.
        int acknowledged() {
            return Math.max(0, saved.get() - 1);
        }

        void write() {
            while (saved.get() > 0 && written - acknowledged() < UNACKNOWLEDGED_LETTERS) {
                written++;
                send(frame(0).writeVarUint(2).writeVarBytes(typist.type("k")));
            }
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket socket, ByteBuffer data, boolean isLast) {
            while (data.hasRemaining()) {
                message.write(data.get());
            }
            if (isLast && message.size() > 1) {
                take(new Lib0Decoder(message.toByteArray()));
            }
            if (isLast) {
                message.reset();
            }
            socket.request(1);
            return null;
        }

        private void take(Lib0Decoder in) {
            in.readVarString();
            int type = (int) in.readVarUint();
            if (type == 0 && in.readVarUint() == 0) {
                send(frame(0).writeVarUint(1).writeVarBytes(new byte[] {0, 0}));
            } else if (type == 8) {
                assertThat(in.readVarUint()).isEqualTo(1);
                saved.incrementAndGet();
            }
        }

        private synchronized void send(Lib0Encoder frame) {
            var bytes = ByteBuffer.wrap(frame.toBytes());
            sending =
                    sending == null
                            ? socket.sendBinary(bytes, true)
                            : sending.thenCompose(_ -> socket.sendBinary(bytes, true));
        }

        private static Lib0Encoder frame(int type) {
            return new Lib0Encoder().writeVarString(CollabFixture.PATH).writeVarUint(type);
        }
    }
}

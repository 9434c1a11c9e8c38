package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.yjs.IdSet;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// A client that types, loses its connection, and counts unsynced changes like the stock provider:
/// step 1 sets the counter to one, each edit adds one, each SyncStatus 1 subtracts one. Edits made
/// while offline are sent after step 1.
final class CountingClient {
    private static final String ADDRESS = CollabFixture.PATH;

    final long client;
    private final CollabFixture fixture;
    private final StringBuilder typed = new StringBuilder();
    private final IdSet deleted = new IdSet();
    private final IdCoverage known = new IdCoverage();
    private final List<byte[]> queued = new ArrayList<>();
    private @Nullable Connection connection;
    private @Nullable Runnable onWritable;
    private boolean isBroken;
    private boolean isSynced;
    private int unsaved;

    CountingClient(CollabFixture fixture, long client) {
        this.fixture = fixture;
        this.client = client;
    }

    boolean isConnected() {
        return connection != null;
    }

    boolean isSaved() {
        return isSynced && unsaved == 0;
    }

    int length() {
        return typed.length();
    }

    /// Whether these rows contain everything that was typed and deleted here.
    boolean isIn(IdCoverage rows) {
        return rows.covers(UpdateHeader.read(since(0)));
    }

    /// Whether this client has every id in the header.
    boolean knows(UpdateHeader header) {
        return known.covers(header);
    }

    void connect() {
        connection = new Connection();
        connection.begin();
        queued.forEach(this::sendUpdate);
        queued.clear();
    }

    /// Drops all messages sent from now on.
    void loseConnection() {
        isBroken = true;
    }

    void disconnect() {
        if (connection != null) {
            connection.server.closed();
        }
        connection = null;
        isBroken = false;
        isSynced = false;
    }

    void type(String text) {
        int from = typed.length();
        typed.append(text);
        edit(since(from, new IdSet()));
    }

    void delete(int at) {
        var one = new IdSet();
        one.add(client, at, at + 1);
        deleted.addAll(one);
        edit(since(typed.length(), one));
    }

    /// Handles the received frames.
    ///
    /// @return whether there were any
    boolean receive() {
        boolean isAny = false;
        while (connection != null) {
            var frame = connection.incoming.poll();
            if (frame == null) {
                return isAny;
            }
            isAny = true;
            handle(new Lib0Decoder(frame), frame.length);
        }
        return isAny;
    }

    /// Signals to the server that the queue has drained.
    void drained() {
        if (onWritable != null) {
            onWritable.run();
        }
    }

    private void edit(byte[] update) {
        known.add(UpdateHeader.read(update));
        unsaved++;
        if (connection == null) {
            queued.add(update);
        } else {
            sendUpdate(update);
        }
    }

    private void sendUpdate(byte[] update) {
        send(new Lib0Encoder().writeVarUint(0).writeVarUint(2).writeVarBytes(update));
    }

    private void send(Lib0Encoder body) {
        if (connection != null && !isBroken) {
            var frame = new Lib0Encoder().writeVarString(ADDRESS).writeRaw(body.toBytes());
            connection.server.receive(frame.toBytes());
        }
    }

    private void handle(Lib0Decoder in, int length) {
        if (length == 1) {
            if (!isBroken && connection != null) {
                connection.server.receive(new byte[] {ServerMessage.PONG});
            }
            return;
        }
        assertThat(in.readVarString()).isEqualTo(ADDRESS);
        switch ((int) in.readVarUint()) {
            case 0 -> sync((int) in.readVarUint(), in.readVarBytes());
            case 8 -> {
                assertThat(in.readVarUint()).as("no refusal").isEqualTo(1);
                unsaved--;
                assertThat(unsaved).as("the counter of %s", client).isNotNegative();
            }
            case 7 -> throw new AssertionError("closed: " + in.readVarString());
            default -> {
                // Auth and awareness need no handling.
            }
        }
    }

    private void sync(int step, byte[] body) {
        switch (step) {
            case 0 -> {
                var known = StateVector.decode(body).clock(client);
                var answer = since((int) Math.min(known, typed.length()));
                send(new Lib0Encoder().writeVarUint(0).writeVarUint(1).writeVarBytes(answer));
            }
            case 1 -> {
                isSynced = true;
                known.add(UpdateHeader.read(body));
            }
            default -> known.add(UpdateHeader.read(body));
        }
    }

    /// The text typed from a clock on and all deletions, as Yjs answers a step 1.
    private byte[] since(int clock) {
        return since(clock, deleted);
    }

    private byte[] since(int clock, IdSet deletions) {
        var out = new Lib0Encoder();
        var text = typed.substring(clock);
        out.writeVarUint(text.isEmpty() ? 0 : 1);
        if (!text.isEmpty()) {
            var head =
                    clock == 0
                            ? Typist.atRoot(client, 0, text)
                            : Typist.behind(client, clock, client, clock - 1L, text);
            out.writeRaw(head, 1, head.length - 1);
        }
        var ranges = new ArrayList<long[]>();
        deletions.forEachRange((_, from, to) -> ranges.add(new long[] {from, to - from}));
        out.writeVarUint(ranges.isEmpty() ? 0 : 1);
        if (!ranges.isEmpty()) {
            out.writeVarUint(client).writeVarUint(ranges.size());
            ranges.forEach(range -> out.writeVarUint(range[0]).writeVarUint(range[1]));
        }
        return out.toBytes();
    }

    /// One socket; frames that arrive after its end are lost.
    private final class Connection implements FrameSender {
        private final Queue<byte[]> incoming = new ConcurrentLinkedQueue<>();
        private final HocuspocusConnection server =
                fixture.collaboration.connect(
                        fixture.workspace, fixture.access, CollabFixture.ANN, this);

        private void begin() {
            connection = this;
            send(
                    new Lib0Encoder()
                            .writeVarUint(2)
                            .writeVarUint(0)
                            .writeVarString("")
                            .writeVarString("4.8.0"));
            var clocks = new HashMap<Long, Long>();
            var vector = known.vector();
            vector.clients().forEach(it -> clocks.put(it, vector.clock(it)));
            send(
                    new Lib0Encoder()
                            .writeVarUint(0)
                            .writeVarUint(0)
                            .writeVarBytes(StateVector.of(clocks).encode()));
            unsaved = 1;
        }

        @Override
        public void frame(byte[] frame) {
            incoming.add(frame);
        }

        @Override
        public boolean isWritable() {
            return incoming.size() < 64;
        }

        @Override
        public void onWritable(Runnable signal) {
            onWritable = signal;
        }

        @Override
        public boolean isDocumentsOnly() {
            return false;
        }

        @Override
        public void close(int code, String reason) {
            throw new AssertionError("the socket was closed: " + code + " " + reason);
        }
    }
}

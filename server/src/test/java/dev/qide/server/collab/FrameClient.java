package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.yjs.Doc;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One client socket that sends raw frames and records received frames as text: `ping`, `auth
/// read-write`, `denied file-unknown`, `step1 7:2`, `step2 G:0-5`, `update 7:0-2`, `presence
/// 7@1{}`, `saved`, `refused`, `closed document-replaced`, `socket 1007 frame-malformed`.
final class FrameClient implements FrameSender {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> seen = new ArrayList<>();
    private final List<byte[]> updates = new ArrayList<>();
    private final List<String> states = new ArrayList<>();
    private final String address;
    private final HocuspocusConnection connection;
    private final boolean isDocumentsOnly;
    private @Nullable Runnable onWritable;
    private int capacity = Integer.MAX_VALUE;
    private volatile Duration cost = Duration.ZERO;

    FrameClient(CollabFixture fixture, Access.@Nullable Member loggedIn, String address) {
        this.address = address;
        isDocumentsOnly = loggedIn == null;
        connection =
                fixture.collaboration.connect(fixture.workspace, fixture.access, loggedIn, this);
    }

    HocuspocusConnection connection() {
        return connection;
    }

    /// Logs in, sends a step 1, and waits until it is synced.
    FrameClient join(String vector) {
        auth("");
        step1(vector);
        return awaits("step2");
    }

    /// Logs in, sends a step 1, and answers the server's step 1, so that acknowledgements are not
    /// held.
    FrameClient joinSettled(String vector) {
        join(vector);
        step2(new byte[] {0, 0});
        return awaits("saved");
    }

    /// As providers before version 4, which do not name it.
    FrameClient authWithoutVersion(String token) {
        return send(frame(2).writeVarUint(0).writeVarString(token));
    }

    FrameClient auth(String token) {
        return send(frame(2).writeVarUint(0).writeVarString(token).writeVarString("4.8.0"));
    }

    FrameClient step1(String vector) {
        var clocks = new HashMap<Long, Long>();
        for (var entry : vector.isEmpty() ? new String[0] : vector.split(" ", -1)) {
            var parts = entry.split(":", 2);
            clocks.put(Long.valueOf(parts[0]), Long.valueOf(parts[1]));
        }
        return send(frame(0).writeVarUint(0).writeVarBytes(StateVector.of(clocks).encode()));
    }

    FrameClient step2(byte[] update) {
        return send(frame(0).writeVarUint(1).writeVarBytes(update));
    }

    FrameClient update(byte[] update) {
        return send(frame(0).writeVarUint(2).writeVarBytes(update));
    }

    FrameClient presence(long client, long clock, String state) {
        var states =
                new Lib0Encoder()
                        .writeVarUint(1)
                        .writeVarUint(client)
                        .writeVarUint(clock)
                        .writeVarString(state);
        return send(frame(1).writeVarBytes(states.toBytes()));
    }

    /// Sends one message with the same state for consecutive clients, and then one for another.
    FrameClient presences(long first, int clients, String state, long last, String lastState) {
        var states = new Lib0Encoder().writeVarUint(clients + 1);
        for (long client = first; client < first + clients; client++) {
            states.writeVarUint(client).writeVarUint(1).writeVarString(state);
        }
        states.writeVarUint(last).writeVarUint(1).writeVarString(lastState);
        return send(frame(1).writeVarBytes(states.toBytes()));
    }

    FrameClient leave() {
        return send(frame(7));
    }

    /// Sends a frame of this type without a body.
    FrameClient bare(int type) {
        return send(frame(type));
    }

    FrameClient raw(int... bytes) {
        var frame = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            frame[i] = (byte) bytes[i];
        }
        connection.receive(frame);
        return this;
    }

    void close() {
        connection.closed();
    }

    /// Waits until the document has handled every message sent so far.
    FrameClient fence() {
        int before = count("presence");
        bare(3);
        await(() -> count("presence") > before, "the answer to a presence query");
        return this;
    }

    FrameClient awaits(String event) {
        await(() -> count(event) > 0, event);
        return this;
    }

    FrameClient awaits(int times, String event) {
        await(() -> count(event) >= times, times + " times " + event);
        assertThat(count(event)).as(event).isEqualTo(times);
        return this;
    }

    /// Waits until the received updates result in this text.
    FrameClient awaitsText(String text) {
        await(() -> text().equals(text), text);
        return this;
    }

    /// Waits for an event with this prefix and part.
    FrameClient awaitsWithin(String event, String part) {
        await(() -> seen.stream().anyMatch(it -> it.startsWith(event) && it.contains(part)), part);
        return this;
    }

    /// The number of received events of this kind.
    synchronized int count(String event) {
        return (int)
                seen.stream().filter(it -> it.equals(event) || it.startsWith(event + " ")).count();
    }

    /// The received events without pings and awareness.
    synchronized List<String> seen() {
        return seen.stream()
                .filter(it -> !it.equals("ping") && !it.startsWith("presence"))
                .toList();
    }

    /// All received events.
    synchronized List<String> all() {
        return List.copyOf(seen);
    }

    synchronized List<byte[]> updates() {
        return List.copyOf(updates);
    }

    /// The text resulting from the received updates.
    synchronized String text() {
        var doc = new Doc();
        updates.forEach(doc::applyUpdate);
        return doc.text("content").toString();
    }

    /// The last awareness state received, including the identity that the server added.
    synchronized String lastState() {
        return states.getLast();
    }

    /// The last received event with this prefix.
    synchronized String last(String event) {
        return seen.stream().filter(it -> it.startsWith(event)).reduce("none", (_, it) -> it);
    }

    synchronized void forget() {
        seen.clear();
    }

    /// Limits the number of accepted frames until the next call.
    void capacity(int frames) {
        Runnable signal;
        synchronized (this) {
            capacity = frames;
            signal = onWritable;
        }
        if (frames > 0 && signal != null) {
            signal.run();
        }
    }

    /// Keeps a core busy for this long with each frame from now on.
    FrameClient costs(Duration each) {
        cost = each;
        return this;
    }

    @Override
    public synchronized void frame(byte[] frame) {
        long until = System.nanoTime() + cost.toNanos();
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
        // Pings come whenever they are due, so they do not count.
        capacity -= capacity == Integer.MAX_VALUE || frame.length == 1 ? 0 : 1;
        seen.add(words(frame));
        notifyAll();
    }

    @Override
    public synchronized boolean isWritable() {
        return capacity > 0;
    }

    @Override
    public synchronized void onWritable(Runnable signal) {
        onWritable = signal;
    }

    /// A client that logged in at its handshake counts as one that has sent text.
    @Override
    public boolean isDocumentsOnly() {
        return isDocumentsOnly;
    }

    @Override
    public synchronized void close(int code, String reason) {
        seen.add("socket " + code + " " + reason);
        notifyAll();
    }

    private synchronized void await(BooleanSupplier condition, String what) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            long left = (until - System.nanoTime()) / 1_000_000;
            assertThat(left).as("%s in %s", what, seen).isPositive();
            try {
                wait(left);
            } catch (InterruptedException stop) {
                throw new IllegalStateException(stop);
            }
        }
    }

    private Lib0Encoder frame(int type) {
        return new Lib0Encoder().writeVarString(address).writeVarUint(type);
    }

    private FrameClient send(Lib0Encoder frame) {
        connection.receive(frame.toBytes());
        return this;
    }

    private String words(byte[] frame) {
        if (frame.length == 1) {
            return frame[0] == 9 ? "ping" : "pong";
        }
        var in = new Lib0Decoder(frame);
        var to = in.readVarString();
        return to.equals(address) ? words(in) : to + ": " + words(in);
    }

    private String words(Lib0Decoder in) {
        return switch ((int) in.readVarUint()) {
            case 0 -> sync(in);
            case 1 -> presence(new Lib0Decoder(in.readVarBytes()));
            case 2 -> (in.readVarUint() == 1 ? "denied " : "auth ") + in.readVarString();
            case 7 -> "closed " + in.readVarString();
            case 8 -> in.readVarUint() == 1 ? "saved" : "refused";
            default -> throw new AssertionError("a frame of an unexpected type");
        };
    }

    private String sync(Lib0Decoder in) {
        long step = in.readVarUint();
        var body = in.readVarBytes();
        if (step == 0) {
            return "step1 " + words(StateVector.decode(body));
        }
        var header = UpdateHeader.read(body);
        if (!header.isEmpty()) {
            updates.add(body);
        }
        return ((step == 1 ? "step2 " : "update ") + words(header)).strip();
    }

    /// A state vector in the format of [#step1], genesis authors as `G`.
    private static String words(StateVector vector) {
        var words = new TreeMap<String, Long>();
        vector.clients().forEach(client -> words.put(name(client), vector.clock(client)));
        return String.join(
                " ",
                words.entrySet().stream().map(it -> it.getKey() + ":" + it.getValue()).toList());
    }

    private static String words(UpdateHeader header) {
        var words = new ArrayList<String>();
        header.structs()
                .forEachRange(
                        (client, from, to) -> words.add(name(client) + ":" + from + "-" + to));
        header.deletions()
                .forEachRange((client, from, to) ->
                        words.add("del " + name(client) + ":" + from + "-" + to));
        return String.join(" ", words);
    }

    private String presence(Lib0Decoder in) {
        var words = new StringBuilder("presence");
        for (long left = in.readVarUint(); left > 0; left--) {
            words.append(' ').append(in.readVarUint()).append('@').append(in.readVarUint());
            var state = in.readVarString();
            states.add(state);
            words.append(state.replaceAll(",?\"qide\":\\{[^}]*\\}", ""));
        }
        return words.toString();
    }

    private static String name(long client) {
        return client >= Genesis.FIRST_AUTHOR ? "G" : Long.toString(client);
    }
}

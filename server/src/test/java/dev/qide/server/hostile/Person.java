package dev.qide.server.hostile;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A person who types into a document over the real protocol (`/collab`, Hocuspocus framing), at a
/// fixed pace, and measures when each edit is acknowledged and when it reaches the partner, who has
/// the same document open.
///
/// Belongs to the loop's thread, which copies figures for the test.
final class Person extends NonBlockingWebSocketClient {
    private static final String WORD = "word ";
    private static final byte[] NOTHING = {0};
    private static final byte[] COLLAB_PONG = {10};
    private static final int COLLAB_CLOSE = 7;
    private static final int SYNC_STATUS = 8;

    /// @param least the shortest time between two edits
    /// @param most the longest time between two edits
    record Typing(Duration least, Duration most) {
        Duration next(Random random) {
            return Duration.ofNanos(random.nextLong(least.toNanos(), most.toNanos() + 1));
        }
    }

    /// An edit whose outcome is not known yet.
    private record Sent(long at, long end, Phase phase) {}

    final long client;
    final String path;
    private final String token;
    private final Typing typing;
    private final Random random;
    private final ArrayDeque<Sent> unacknowledged = new ArrayDeque<>();
    private final ArrayDeque<Sent> untold = new ArrayDeque<>();
    private final IdSet known = new IdSet();
    private final List<String> troubles = new ArrayList<>();
    private @Nullable Person partner;
    private Phase phase;
    private long typed;
    private boolean isStep2Acknowledged;
    private long incomplete;
    private boolean isSynced;
    private boolean isTyping;
    private boolean isHeld;
    private volatile long lastAcknowledgedAt;
    private volatile long endedAt;
    private volatile int closeCode;

    Person(String path, String token, long client, Typing typing, Phase phase) {
        super("/collab/" + AttackTargets.PEOPLE, "");
        this.path = path;
        this.token = token;
        this.client = client;
        this.typing = typing;
        this.phase = phase;
        random = new Random(client);
    }

    void meets(Person other) {
        partner = other;
        other.partner = this;
    }

    /// Assigns further edits to this phase.
    void phase(Phase next) {
        phase = next;
    }

    /// Stops typing; the connection stays open.
    void hold(boolean isToWait) {
        isHeld = isToWait;
    }

    boolean isSynced() {
        return isSynced;
    }

    /// Whether every edit was acknowledged and reached the partner.
    boolean isSettled() {
        return unacknowledged.isEmpty() && (partner == null || untold.isEmpty());
    }

    /// Whether everything that the partner typed has arrived.
    boolean hasAllOfPartner() {
        var other = partner;
        return other != null && known.prefix(other.client) >= other.typed;
    }

    long typed() {
        return typed;
    }

    /// The number of updates with references to content that was never sent: they slow real clients
    /// down.
    long incomplete() {
        return incomplete;
    }

    List<String> troubles() {
        return List.copyOf(troubles);
    }

    /// The time of the last acknowledgement, by [System#nanoTime()]; 0 for none.
    long lastAcknowledgedAt() {
        return lastAcknowledgedAt;
    }

    /// The time of the connection's end; 0 while it is open.
    long endedAt() {
        return endedAt;
    }

    int closeCode() {
        return closeCode;
    }

    /// Counts edits without an outcome as having waited until now.
    void giveUp() {
        long now = System.nanoTime();
        unacknowledged.forEach(sent -> sent.phase().acknowledged().add(now - sent.at()));
        untold.forEach(sent -> sent.phase().received().add(now - sent.at()));
        if (!unacknowledged.isEmpty() || (partner != null && !untold.isEmpty())) {
            troubles.add(unacknowledged.size() + " unacknowledged, " + untold.size() + " untold");
        }
        unacknowledged.clear();
        untold.clear();
    }

    @Override
    void opened() {
        send(Wire.auth(path, token));
        send(Wire.sync(path, Wire.STEP_1, NOTHING));
    }

    @Override
    void refused(String head) {
        troubles.add(head.lines().findFirst().orElse(""));
        super.refused(head);
    }

    @Override
    void message(int opcode, byte[] payload) {
        if (opcode == Wire.CLOSE) {
            closeCode = payload.length < 2 ? 0 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
            int from = Math.min(2, payload.length);
            var reason = new String(payload, from, payload.length - from, StandardCharsets.UTF_8);
            troubles.add("socket closed with " + closeCode + " " + reason);
            reset();
        } else if (opcode == Wire.BINARY && payload.length == 1) {
            send(Wire.frame(Wire.BINARY, COLLAB_PONG));
        } else if (opcode == Wire.BINARY) {
            take(payload);
        }
    }

    @Override
    public void ended() {
        endedAt = System.nanoTime();
    }

    private void take(byte[] payload) {
        long now = System.nanoTime();
        var in = new Lib0Decoder(payload);
        in.readVarString();
        switch ((int) in.readVarUint()) {
            case Wire.SYNC -> sync((int) in.readVarUint(), in.readVarBytes(), now);
            case SYNC_STATUS -> acknowledged(in.readVarUint(), now);
            case COLLAB_CLOSE -> troubles.add("closed: " + in.readVarString());
            case Wire.AUTH -> {
                if (in.readVarUint() == 1) {
                    troubles.add("denied: " + in.readVarString());
                }
            }
            default -> {
                // Presence has no effect here.
            }
        }
    }

    private void sync(int step, byte[] content, long now) {
        if (step == Wire.STEP_1) {
            send(Wire.sync(path, Wire.STEP_2, since(StateVector.decode(content).clock(client))));
            return;
        }
        var header = UpdateHeader.read(content);
        known.addAll(header.structs());
        header.structs()
                .forEachRange((author, from, _) -> {
                    boolean isWhole = known.prefix(author) > from;
                    incomplete += isWhole ? 0 : 1;
                });
        if (partner != null) {
            partner.told(known.prefix(partner.client), now);
        }
        isSynced |= step == Wire.STEP_2;
        if (isSynced && !isTyping) {
            isTyping = true;
            type();
        }
    }

    private byte[] since(long clock) {
        var words = WORD.repeat(Math.toIntExact(typed / WORD.length()));
        return clock >= typed
                ? new byte[] {0, 0}
                : Wire.typed(client, clock, words.substring(Math.toIntExact(clock)));
    }

    private void told(long prefix, long now) {
        while (!untold.isEmpty() && untold.getFirst().end() <= prefix) {
            var sent = untold.removeFirst();
            sent.phase().received().add(now - sent.at());
        }
    }

    private void acknowledged(long status, long now) {
        if (status != 1) {
            troubles.add("an edit was refused");
        }
        lastAcknowledgedAt = now;
        if (!isStep2Acknowledged) {
            isStep2Acknowledged = true;
        } else if (!unacknowledged.isEmpty()) {
            var sent = unacknowledged.removeFirst();
            sent.phase().acknowledged().add(now - sent.at());
        }
    }

    private void type() {
        if (!isOpen()) {
            return;
        }
        if (!isHeld) {
            long now = System.nanoTime();
            var update = Wire.typed(client, typed, WORD);
            typed += WORD.length();
            unacknowledged.add(new Sent(now, typed, phase));
            untold.add(new Sent(now, typed, phase));
            send(Wire.sync(path, Wire.UPDATE, update));
        }
        loop().after(typing.next(random), this::type);
    }
}

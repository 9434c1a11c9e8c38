package dev.qide.server.oct;

import dev.qide.server.transport.WebSocketSender;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One connection of Engine.IO 4: packets by HTTP polling at first, and by a WebSocket after the
/// upgrade. Packets in both directions keep their order. Thread-safe; only [#poll] waits.
///
/// [SocketIoDecoder] reads their content. Source: Engine.IO protocol, revision 4, and Socket.IO
/// protocol, revision 5.
final class EngineIoSession {
    static final Duration PING_INTERVAL = Duration.ofSeconds(25);
    static final Duration PING_TIMEOUT = Duration.ofSeconds(20);

    /// Separates the packets of one poll.
    static final char SEPARATOR = '\u001e';

    private static final String CLOSE = "1";
    private static final String PING = "2";
    private static final String NOOP = "6";
    private static final int QUEUED_PACKETS = 4_096;
    private static final long QUEUED_BYTES = 4 << 20;

    /// The answer to a poll ends at the packet that makes it longer.
    private static final int POLL_CHARACTERS = 1 << 20;

    private final String id;
    private final PollingMemory memory;
    private final SocketIoDecoder decoder;
    private final Runnable ended;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Packet> queue = new ArrayDeque<>();
    private long queuedBytes;
    private @Nullable WebSocketSender socket;
    private @Nullable WebSocketSender probing;
    private boolean isPolled;
    private boolean isOverfull;
    private boolean isClosed;
    private volatile long receivedAt;
    private long pingedAt;

    /// @param binary that follows the text; null for none
    private record Packet(String text, byte @Nullable [] binary) {
        long bytes() {
            return text.length() + (binary == null ? 0L : binary.length);
        }
    }

    /// The WebSocket's next step after a message.
    enum Upgrade {
        /// It has become the connection.
        DONE,
        /// It stays beside the connection.
        PENDING,
        /// It has to be closed.
        REFUSED
    }

    /// @param ended called once, at the end
    EngineIoSession(String id, SocketIoDecoder decoder, PollingMemory memory, Runnable ended) {
        this.id = id;
        this.decoder = decoder;
        this.memory = memory;
        this.ended = ended;
        receivedAt = System.nanoTime();
        pingedAt = receivedAt;
    }

    String id() {
        return id;
    }

    /// Sends a message to the editor; false when the connection has ended.
    boolean send(byte[] message) {
        return put(new Packet(decoder.binaryEvent(), message));
    }

    /// Sends a text packet; false when the connection has ended.
    boolean send(String packet) {
        return put(new Packet(packet, null));
    }

    /// The packets for one poll; waits for the first one.
    ///
    /// @throws OctException `SESSION_UNKNOWN` after the end, `REQUEST_MALFORMED` beside another
    ///   poll
    String poll(Duration wait) throws InterruptedException {
        receivedAt = System.nanoTime();
        lock.lock();
        try {
            if (isPolled) {
                throw new OctException(OctFailure.REQUEST_MALFORMED);
            }
            isPolled = true;
            return awaited(wait);
        } finally {
            lock.unlock();
        }
    }

    /// Handles the packets that a client posted.
    ///
    /// @throws MalformedMessageException for a packet that is not Engine.IO
    void post(String payload) {
        receivedAt = System.nanoTime();
        int from = 0;
        while (from <= payload.length()) {
            int end = payload.indexOf(SEPARATOR, from);
            var packet = payload.substring(from, end < 0 ? payload.length() : end);
            if (packet.startsWith("b")) {
                decoder.binary(decoded(packet.substring(1)));
            } else {
                packet(packet);
            }
            from = end < 0 ? payload.length() + 1 : end + 1;
        }
    }

    /// Handles a text frame of a WebSocket.
    Upgrade text(WebSocketSender from, String frame) {
        receivedAt = System.nanoTime();
        if (isCurrent(from)) {
            packet(frame);
            return Upgrade.DONE;
        }
        return switch (frame) {
            case "2probe" -> probe(from);
            case "5" -> upgrade(from);
            default -> Upgrade.REFUSED;
        };
    }

    /// Handles a binary frame of a WebSocket.
    Upgrade binary(WebSocketSender from, byte[] frame) {
        receivedAt = System.nanoTime();
        if (!isCurrent(from)) {
            return Upgrade.REFUSED;
        }
        decoder.binary(frame);
        return Upgrade.DONE;
    }

    /// A WebSocket has ended; the connection ends with it if it has become the connection.
    void closed(WebSocketSender gone) {
        boolean isOver;
        lock.lock();
        try {
            isOver = gone.equals(socket);
            if (gone.equals(probing)) {
                probing = null;
            }
        } finally {
            lock.unlock();
        }
        if (isOver) {
            end();
        }
    }

    /// Pings the client when it is time, and ends a connection that is silent or too slow.
    void inspect(long now) {
        long silence = now - receivedAt;
        boolean isLost;
        lock.lock();
        try {
            isLost = isOverfull || silence > PING_INTERVAL.plus(PING_TIMEOUT).toNanos();
            if (now - pingedAt > PING_INTERVAL.toNanos()) {
                pingedAt = now;
                var _ = put(new Packet(PING, null));
            }
        } finally {
            lock.unlock();
        }
        if (isLost) {
            end();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    /// Ends the connection for good: the client does not connect again by itself.
    void disconnect() {
        var _ = send(decoder.disconnect());
        end();
    }

    /// Ends the connection; the client connects again.
    void end() {
        WebSocketSender last;
        lock.lock();
        try {
            if (isClosed) {
                return;
            }
            var _ = put(new Packet(CLOSE, null));
            isClosed = true;
            last = socket;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.close(1000, "");
        }
        ended.run();
    }

    /// Releases the memory of packets that nobody fetched.
    void drop() {
        lock.lock();
        try {
            queue.clear();
            memory.release(queuedBytes);
            queuedBytes = 0;
        } finally {
            lock.unlock();
        }
    }

    private String awaited(Duration wait) throws InterruptedException {
        try {
            long left = wait.toNanos();
            while (queue.isEmpty() && probing == null && socket == null && !isClosed && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (queue.isEmpty() && isClosed) {
                throw new OctException(OctFailure.SESSION_UNKNOWN);
            }
            return payload();
        } finally {
            isPolled = false;
        }
    }

    private boolean put(Packet packet) {
        lock.lock();
        try {
            if (isClosed) {
                return false;
            }
            var current = socket;
            if (current != null) {
                write(current, packet);
                return !current.isClosed();
            }
            if (queue.size() >= QUEUED_PACKETS
                    || queuedBytes + packet.bytes() > QUEUED_BYTES
                    || !memory.tryAcquire(packet.bytes())) {
                isOverfull = true;
                return false;
            }
            queue.add(packet);
            queuedBytes += packet.bytes();
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static void write(WebSocketSender to, Packet packet) {
        var binary = packet.binary();
        if (binary == null) {
            to.text(packet.text());
        } else {
            to.textThenBinary(packet.text(), binary);
        }
    }

    private String payload() {
        var payload = new StringBuilder();
        while (!queue.isEmpty() && payload.length() < POLL_CHARACTERS) {
            var packet = queue.remove();
            queuedBytes -= packet.bytes();
            memory.release(packet.bytes());
            if (!payload.isEmpty()) {
                payload.append(SEPARATOR);
            }
            payload.append(packet.text());
            var binary = packet.binary();
            if (binary != null) {
                payload.append(SEPARATOR)
                        .append('b')
                        .append(Base64.getEncoder().encodeToString(binary));
            }
        }
        return payload.isEmpty() ? NOOP : payload.toString();
    }

    private boolean isCurrent(WebSocketSender candidate) {
        lock.lock();
        try {
            return candidate.equals(socket);
        } finally {
            lock.unlock();
        }
    }

    /// A poll that waits ends at once, since the client waits for its end.
    private Upgrade probe(WebSocketSender candidate) {
        lock.lock();
        try {
            if (isClosed || socket != null || probing != null) {
                return Upgrade.REFUSED;
            }
            probing = candidate;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        candidate.text("3probe");
        return Upgrade.PENDING;
    }

    private Upgrade upgrade(WebSocketSender candidate) {
        lock.lock();
        try {
            if (isClosed || !candidate.equals(probing)) {
                return Upgrade.REFUSED;
            }
            probing = null;
            socket = candidate;
            queue.forEach(packet -> write(candidate, packet));
            drop();
            changed.signalAll();
            return Upgrade.DONE;
        } finally {
            lock.unlock();
        }
    }

    private void packet(String packet) {
        switch (packet.isEmpty() ? ' ' : packet.charAt(0)) {
            case '4' -> decoder.text(packet.substring(1));
            case '1' -> end();
            case '2', '3', '5', '6' -> {
                // A pong, or a packet without meaning here: the client is alive.
            }
            default -> throw new MalformedMessageException("not Engine.IO");
        }
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            throw new MalformedMessageException("not Base64");
        }
    }
}

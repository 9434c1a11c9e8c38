package dev.qide.server.oct;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One editor in a room. Its connection may change: messages wait for up to 30 seconds until it is
/// back. Thread-safe; no call waits.
final class Peer {
    private static final Duration ABSENCE = Duration.ofSeconds(30);
    private static final int MESSAGES = 4_096;
    private static final long BYTES = 4 << 20;

    private final String id;
    private final RoomClaim claim;
    private final Room room;
    private final ClientDetails client;
    private final PollingMemory memory;

    /// Requests that the peer waits for.
    private final AtomicInteger requests = new AtomicInteger();

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private @Nullable EngineIoSession session;
    private long goneSince;
    private boolean isLost;

    Peer(String id, RoomClaim claim, Room room, ClientDetails client, PollingMemory memory) {
        this.id = id;
        this.claim = claim;
        this.room = room;
        this.client = client;
        this.memory = memory;
    }

    String id() {
        return id;
    }

    RoomClaim claim() {
        return claim;
    }

    boolean isHost() {
        return claim.isHost();
    }

    String name() {
        return claim.principal().name();
    }

    ClientDetails client() {
        return client;
    }

    Room room() {
        return room;
    }

    AtomicInteger requests() {
        return requests;
    }

    /// Sends a message, or keeps it until the editor is back.
    void send(byte[] message) {
        lock.lock();
        try {
            var current = session;
            if (isLost || (current != null && current.send(message))) {
                return;
            }
            boolean hasRoom =
                    waiting.size() < MESSAGES
                            && waitingBytes + message.length <= BYTES
                            && memory.tryAcquire(message.length);
            if (hasRoom) {
                waiting.add(message);
                waitingBytes += message.length;
            } else {
                isLost = true;
                drop();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Continues on this connection; the earlier one, if any, ends.
    void attach(EngineIoSession newSession) {
        EngineIoSession earlier;
        lock.lock();
        try {
            earlier = session;
            session = newSession;
            for (var message : waiting) {
                var _ = newSession.send(message);
            }
            drop();
        } finally {
            lock.unlock();
        }
        if (earlier != null) {
            earlier.end();
        }
    }

    /// The connection has ended.
    void detach(EngineIoSession ended, long now) {
        lock.lock();
        try {
            if (session == ended) {
                session = null;
                goneSince = now;
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether the peer has been away too long, or has missed a message.
    boolean isGone(long now) {
        lock.lock();
        try {
            return isLost || (session == null && now - goneSince > ABSENCE.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /// Whether it has missed a message.
    boolean isLost() {
        lock.lock();
        try {
            return isLost;
        } finally {
            lock.unlock();
        }
    }

    /// Ends the connection for good.
    void close() {
        EngineIoSession last;
        lock.lock();
        try {
            isLost = true;
            last = session;
            drop();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.disconnect();
        }
    }

    private void drop() {
        memory.release(waitingBytes);
        waitingBytes = 0;
        waiting.clear();
    }
}

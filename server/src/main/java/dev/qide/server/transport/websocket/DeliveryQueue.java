package dev.qide.server.transport.websocket;

import dev.qide.server.transport.TransportLimits;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The deliveries that wait for one client of a [SocketTunnel]. Thread-safe; no method blocks.
///
/// Above 1 MiB, or 1,024 frames, the other server pauses until half of that is written, and later
/// sends the client the difference. Frames already in transit still fit, up to the bound of every
/// outgoing queue.
final class DeliveryQueue {
    static final long FULL_BYTES = 1 << 20;
    static final int FULL_FRAMES = 1_024;
    private static final long KEEPING_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final TransportLimits.Sending limits;
    private final SendMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Waiting> frames = new ArrayDeque<>();

    /// Of the frames that wait, and of those that are being written.
    private long bytes;

    private boolean isFull;
    private boolean isEnded;
    private long busySince;

    private record Waiting(byte[] frame, long after) {}

    /// The result of adding a frame.
    enum Added {
        ADDED,
        /// Added, and the queue is full now.
        FULL,
        /// Dropped, and so are all later frames: the client must reconnect.
        OVERFULL,
        /// Dropped.
        ENDED
    }

    DeliveryQueue(TransportLimits.Sending limits, SendMemory memory) {
        this.limits = limits;
        this.memory = memory;
    }

    /// @param after the number of the socket's own binary frames that precede the frame
    Added add(byte[] frame, long after) {
        lock.lock();
        try {
            if (isEnded) {
                return Added.ENDED;
            }
            long now = System.nanoTime();
            if (bytes == 0) {
                busySince = now;
            }
            if (isOverfull(frame, now)) {
                drop();
                return Added.OVERFULL;
            }
            frames.add(new Waiting(frame, after));
            count(frame.length);
            boolean isFullNow = !isFull && (bytes > FULL_BYTES || frames.size() > FULL_FRAMES);
            isFull |= isFullNow;
            return isFullNow ? Added.FULL : Added.ADDED;
        } finally {
            lock.unlock();
        }
    }

    /// Takes the next frame if at most `ownFrames` of the socket's own frames precede it; else
    /// null.
    byte @Nullable [] next(long ownFrames) {
        lock.lock();
        try {
            var first = frames.peek();
            if (first == null || first.after > ownFrames) {
                return null;
            }
            return frames.remove().frame;
        } finally {
            lock.unlock();
        }
    }

    /// Records that the frames that were taken have been written.
    ///
    /// @return whether the queue was full and has room again
    boolean written(long count) {
        lock.lock();
        try {
            if (isEnded) {
                return false;
            }
            count(-count);
            boolean hasRoomAgain =
                    isFull && bytes <= FULL_BYTES / 2 && frames.size() <= FULL_FRAMES / 2;
            isFull &= !hasRoomAgain;
            return hasRoomAgain;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the other server must pause.
    boolean isFull() {
        lock.lock();
        try {
            return isFull;
        } finally {
            lock.unlock();
        }
    }

    /// Drops everything; nothing is added any more.
    void end() {
        lock.lock();
        try {
            drop();
        } finally {
            lock.unlock();
        }
    }

    private boolean isOverfull(byte[] frame, long now) {
        boolean isKeepingUp = now - busySince < KEEPING_UP_NANOS;
        return bytes > 0
                && (bytes + frame.length > limits.bytes()
                        || frames.size() >= limits.messages()
                        || memory.exceedsBound(bytes + frame.length, isKeepingUp));
    }

    private void drop() {
        isEnded = true;
        frames.clear();
        count(-bytes);
    }

    private void count(long by) {
        bytes += by;
        memory.changed(by);
    }
}

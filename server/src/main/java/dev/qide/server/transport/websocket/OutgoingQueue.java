package dev.qide.server.transport.websocket;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.WebSocketSender;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The bounded queue of finished frames of one socket, and its only writer.
///
/// All frames pass through it: messages, the server's pings and closes, and the engine's pongs and
/// close replies. While the queue is not empty, a virtual thread drains it; an idle socket has
/// none; [FrameWriter] writes. The thread that queues the first frame writes it itself if it may
/// block. Small frames are sent together in one write; [FrameScheduler] decides their order.
/// Thread-safe; only [#awaitDrained(Duration)] blocks.
///
/// Invariant: no frame is queued after a close frame.
public final class OutgoingQueue implements WebSocketSender {
    private static final Duration OVERFLOW_WAIT = Duration.ofSeconds(2);
    private static final Duration KEEPING_UP = Duration.ofSeconds(1);
    private static final long NEVER = Long.MAX_VALUE;

    private final long number;
    private final AcceptedChannel channel;
    private final TransportLimits.Sending limits;
    private final TransportMetrics metrics;
    private final SendMemory memory;
    private final FrameWriter writer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private final FrameScheduler scheduler = new FrameScheduler(FrameWriter.WRITE_BYTES);
    private long queuedBytes;
    private boolean isDraining;
    private boolean isClosing;
    private boolean isEnded;
    private boolean isAborted;
    private boolean isOverflowCounted;
    private boolean isCapacityAwaited;
    private int closeCode;
    private long abortAt = NEVER;

    /// The time since which the queue has not been empty.
    private long busySince;

    private volatile Runnable capacitySignal = () -> {};

    private volatile boolean isShared;

    /// Set before the socket is used.
    private @Nullable LinkedSocket linked;

    OutgoingQueue(AcceptedChannel channel, OpenSockets sockets) {
        number = sockets.nextNumber();
        this.channel = channel;
        limits = sockets.limits().sending();
        metrics = sockets.metrics();
        memory = sockets.sendMemory();
        writer = new FrameWriter(number, channel, this::takeBatch, this::abandon);
    }

    @Override
    public void text(String message) {
        if (!isClosed()) {
            put(WebSocketFrame.text(message));
        }
    }

    /// Frees the queue from the even share of one socket, since many clients share it.
    void share() {
        isShared = true;
    }

    /// Makes the socket get binary messages through a delivery link too.
    void link(LinkedSocket socket) {
        linked = socket;
    }

    @Override
    public void binary(byte[] message) {
        if (linked == null) {
            sendAlone(message);
        } else {
            linked.send(message);
        }
    }

    /// Sends a binary message on the socket's own connection.
    void sendAlone(byte[] message) {
        put(WebSocketFrame.binary(message));
    }

    /// Runs an action, with the lock held, if frames can still be queued.
    void ifOpen(Runnable action) {
        lock.lock();
        try {
            if (!isClosing && !isEnded) {
                action.run();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether the other server, which forwards the socket, has enough deliveries for its client.
    void deliveriesFull(boolean isFull) {
        boolean hasCapacityAgain;
        lock.lock();
        try {
            if (linked != null) {
                linked.setFull(isFull);
            }
            hasCapacityAgain = takeCapacity();
        } finally {
            lock.unlock();
        }
        if (hasCapacityAgain) {
            capacitySignal.run();
        }
    }

    @Override
    public void textThenBinary(String text, byte[] binary) {
        put(WebSocketFrame.pair(text, binary));
    }

    void ping() {
        put(WebSocketFrame.ping());
    }

    /// Queues a frame that the engine has finished.
    void finished(WebSocketFrame frame) {
        if (frame.isClose()) {
            close(frame, 0, limits.closeWait());
        } else {
            put(frame);
        }
    }

    @Override
    public void close(int code, String reason) {
        close(WebSocketFrame.close(code, reason), code, limits.closeWait());
    }

    @Override
    public boolean isWritable() {
        lock.lock();
        try {
            boolean isWritable = hasRoom();
            isCapacityAwaited |= !isWritable;
            return isWritable;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onWritable(Runnable signal) {
        capacitySignal = signal;
    }

    /// The number of queued bytes.
    public long queuedBytes() {
        lock.lock();
        try {
            return queuedBytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isClosed() {
        lock.lock();
        try {
            return isClosing || isEnded;
        } finally {
            lock.unlock();
        }
    }

    /// The number of this connection, unique in the process, for logs.
    long number() {
        return number;
    }

    /// The code of the close that the server started, or 0.
    int closeCode() {
        lock.lock();
        try {
            return closeCode;
        } finally {
            lock.unlock();
        }
    }

    /// Aborts the connection if the peer accepted nothing for too long or did not answer a close.
    void inspect(long now) {
        boolean isOverdue;
        lock.lock();
        try {
            boolean isStuck =
                    isDraining && now - writer.progressAt() > limits.stuckAfter().toNanos();
            isOverdue = !isAborted && (isStuck || (abortAt != NEVER && now - abortAt > 0));
            if (isStuck && !isClosing) {
                isClosing = true;
                closeCode = 1013;
            }
            if (isOverdue) {
                if (!isOverflowCounted) {
                    metrics.aborted(isStuck ? "stuck" : "close_unanswered");
                }
                isAborted = true;
            }
        } finally {
            lock.unlock();
        }
        if (isOverdue) {
            channel.abort();
        }
    }

    /// Whether bytes are queued and the peer has accepted some since then: it is alive, however
    /// slow.
    boolean isMovingSince(long then) {
        lock.lock();
        try {
            return isDraining && writer.progressAt() - then > 0;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until everything is written or the connection has ended.
    boolean awaitDrained(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (isDraining && left > 0) {
                left = drained.awaitNanos(left);
            }
            return !isDraining;
        } finally {
            lock.unlock();
        }
    }

    /// The connection has ended: drops the queue.
    void end() {
        lock.lock();
        try {
            isEnded = true;
            drop();
        } finally {
            lock.unlock();
        }
        if (linked != null) {
            linked.detach();
        }
    }

    private void put(WebSocketFrame frame) {
        lock.lock();
        try {
            if (isClosing || isEnded) {
                return;
            }
            boolean isOverfull =
                    queuedBytes > 0
                            && (queuedBytes + frame.bytes() > limits.bytes()
                                    || scheduler.frames() >= limits.messages()
                                    || (!isShared
                                            && memory.exceedsBound(
                                                    queuedBytes + frame.bytes(), isKeepingUp())));
            if (isOverfull) {
                overflow();
            } else {
                addInOrder(frame);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether the queue was empty less than `KEEPING_UP` ago.
    private boolean isKeepingUp() {
        return System.nanoTime() - busySince < KEEPING_UP.toNanos();
    }

    private void overflow() {
        metrics.aborted("overflow");
        isOverflowCounted = true;
        drop();
        close(WebSocketFrame.close(1013, "too slow"), 1013, OVERFLOW_WAIT);
    }

    private void close(WebSocketFrame frame, int code, Duration wait) {
        lock.lock();
        try {
            if (isClosing || isEnded) {
                return;
            }
            isClosing = true;
            closeCode = code;
            abortAt = System.nanoTime() + wait.toNanos();
            addInOrder(frame);
        } finally {
            lock.unlock();
        }
    }

    /// Adds a frame, and before it the marker that keeps it behind the deliveries so far.
    private void addInOrder(WebSocketFrame frame) {
        var marker = linked == null ? null : linked.markerBefore(frame);
        if (marker != null) {
            add(marker);
        }
        add(frame);
    }

    private void add(WebSocketFrame frame) {
        scheduler.add(frame);
        count(frame.bytes());
        if (!isDraining) {
            isDraining = true;
            busySince = System.nanoTime();
            writer.begin(busySince);
            writer.start();
        }
    }

    private void drop() {
        count(-scheduler.bytes());
        scheduler.clear();
        if (linked != null) {
            linked.dropOrder();
        }
    }

    private void count(long by) {
        queuedBytes += by;
        memory.changed(by);
    }

    private void abandon() {
        lock.lock();
        try {
            isEnded = true;
            isDraining = false;
            scheduler.clear();
            count(-queuedBytes);
            drained.signalAll();
        } finally {
            lock.unlock();
        }
        channel.abort();
    }

    /// Replaces the batch, which has been written, by the next frames: one, or several small ones.
    private boolean takeBatch(ArrayDeque<WebSocketFrame> batch) {
        boolean hasCapacityAgain;
        lock.lock();
        try {
            long written = batch.stream().mapToLong(WebSocketFrame::bytes).sum();
            count(-written);
            metrics.sent(batch.size(), written);
            batch.clear();
            hasCapacityAgain = takeCapacity();
            scheduler.take(batch::add);
            if (batch.isEmpty()) {
                isDraining = false;
                drained.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (hasCapacityAgain) {
            capacitySignal.run();
        }
        return !batch.isEmpty();
    }

    /// Whether capacity was awaited and is there now; then it is awaited no more.
    private boolean takeCapacity() {
        boolean isTaken = isCapacityAwaited && hasRoom();
        isCapacityAwaited &= !isTaken;
        return isTaken;
    }

    private boolean hasRoom() {
        return queuedBytes < limits.bytes() / 2
                && scheduler.frames() < limits.messages() / 2
                && (linked == null || !linked.isFull());
    }
}

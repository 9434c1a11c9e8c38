package dev.qide.server.transport.websocket;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.DeferredWork;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.WebSocketSender;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bounded queue of finished frames of one socket, and its only writer.
///
/// All frames pass through it: messages, the server's pings and closes, and the engine's pongs and
/// close replies. While the queue is not empty, a virtual thread drains it; an idle socket has
/// none. The thread that queues the first frame writes it itself if it may block ([DeferredWork]).
/// Small frames are sent together in one write; [FrameScheduler] decides their order. Thread-safe;
/// only [#awaitDrained(Duration)] blocks.
///
/// Invariant: no frame is queued after a close frame.
public final class OutgoingQueue implements WebSocketSender {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingQueue.class);

    /// The size of one write to the kernel. A larger write would be copied into native memory as a
    /// whole each time the peer accepts a part.
    private static final int WRITE_BYTES = 64 << 10;

    private static final Duration OVERFLOW_WAIT = Duration.ofSeconds(2);
    private static final Duration KEEPING_UP = Duration.ofSeconds(1);
    private static final long NEVER = Long.MAX_VALUE;

    private final long number;
    private final AcceptedChannel channel;
    private final TransportLimits.Sending limits;
    private final TransportMetrics metrics;
    private final SendMemory memory;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private final FrameScheduler scheduler = new FrameScheduler(WRITE_BYTES);
    private long queuedBytes;
    private boolean isDraining;
    private boolean isClosing;
    private boolean isEnded;
    private boolean isCapacityAwaited;
    private int closeCode;
    private long abortAt = NEVER;
    private volatile long progressAt;

    /// The time since which the queue has not been empty.
    private long busySince;

    private volatile Runnable capacitySignal = () -> {};

    OutgoingQueue(AcceptedChannel channel, OpenSockets sockets) {
        number = sockets.nextNumber();
        this.channel = channel;
        limits = sockets.limits().sending();
        metrics = sockets.metrics();
        memory = sockets.sendMemory();
    }

    @Override
    public void text(String message) {
        if (!isClosed()) {
            put(WebSocketFrame.text(message));
        }
    }

    @Override
    public void binary(byte[] message) {
        put(WebSocketFrame.binary(message));
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
            boolean hasRoom = isHalfEmpty();
            isCapacityAwaited |= !hasRoom;
            return hasRoom;
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
            boolean isStuck = isDraining && now - progressAt > limits.stuckAfter().toNanos();
            isOverdue = isStuck || (abortAt != NEVER && now - abortAt > 0);
            if (isStuck && !isClosing) {
                isClosing = true;
                closeCode = 1013;
            }
            if (isOverdue) {
                metrics.aborted(isStuck ? "stuck" : "close_unanswered");
                abortAt = NEVER;
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
            return isDraining && progressAt - then > 0;
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
                                    || memory.isTooMuch(
                                            queuedBytes + frame.bytes(), isKeepingUp()));
            if (isOverfull) {
                overflow();
            } else {
                add(frame);
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
            add(frame);
        } finally {
            lock.unlock();
        }
    }

    private void add(WebSocketFrame frame) {
        scheduler.add(frame);
        count(frame.bytes());
        if (!isDraining) {
            isDraining = true;
            progressAt = System.nanoTime();
            busySince = progressAt;
            if (!DeferredWork.defer(this::writeOnce)) {
                startSender(new ArrayDeque<>());
            }
        }
    }

    private void startSender(ArrayDeque<WebSocketFrame> batch) {
        BackgroundTask.start(
                Thread.ofVirtual().name("send-" + number), () -> drain(batch, Integer.MAX_VALUE));
    }

    private void writeOnce() {
        drain(new ArrayDeque<>(), 1);
    }

    private void drop() {
        count(-scheduler.bytes());
        scheduler.clear();
    }

    private void count(long by) {
        queuedBytes += by;
        memory.changed(by);
    }

    /// Writes the batch and the queued frames; after `writes` writes a separate thread continues.
    private void drain(ArrayDeque<WebSocketFrame> batch, int writes) {
        try {
            int left = writes;
            boolean isMore = !batch.isEmpty() || takeBatch(batch);
            while (isMore && left-- > 0) {
                write(batch);
                isMore = takeBatch(batch);
            }
            if (isMore) {
                startSender(batch);
            }
        } catch (IOException _) {
            // The peer is gone or this side aborted; the reader notices that too and reports the
            // end.
            abandon();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "transport.sender_failed")
                    .addKeyValue("socket", number)
                    .setCause(failure)
                    .log("sending on a socket failed");
            abandon();
        }
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
            for (var written : batch) {
                count(-written.bytes());
            }
            batch.clear();
            hasCapacityAgain = isCapacityAwaited && isHalfEmpty();
            isCapacityAwaited &= !hasCapacityAgain;
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

    private boolean isHalfEmpty() {
        return queuedBytes < limits.bytes() / 2 && scheduler.frames() < limits.messages() / 2;
    }

    private void write(ArrayDeque<WebSocketFrame> batch) throws IOException {
        long bytes = batch.stream().mapToLong(WebSocketFrame::bytes).sum();
        var chunk = ByteBuffer.allocate((int) Math.min(bytes, WRITE_BYTES));
        for (var frame : batch) {
            fill(chunk, frame.head());
            fill(chunk, frame.payload());
        }
        flush(chunk);
        metrics.sent(batch.size(), bytes);
    }

    private void fill(ByteBuffer chunk, byte[] bytes) throws IOException {
        int at = 0;
        while (at < bytes.length) {
            if (!chunk.hasRemaining()) {
                flush(chunk);
            }
            int step = Math.min(chunk.remaining(), bytes.length - at);
            chunk.put(bytes, at, step);
            at += step;
        }
    }

    private void flush(ByteBuffer chunk) throws IOException {
        chunk.flip();
        while (chunk.hasRemaining()) {
            channel.write(chunk);
            progressAt = System.nanoTime();
        }
        chunk.clear();
    }
}

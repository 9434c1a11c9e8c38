package dev.qide.server.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The rows that wait for one writer, bounded in rows and bytes; a row counts until it is settled.
///
/// The bounds are checked before a row is added, so that a row larger than the bound is still
/// accepted. Thread-safe.
final class RowQueue {
    static final int QUEUE_ROWS = 65_536;
    static final long QUEUE_BYTES = 32L << 20;
    static final int BATCH_ROWS = 2_048;
    static final long BATCH_BYTES = 1L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<UpdateLog.Row> waiting = new ArrayDeque<>();
    private long rows;
    private long bytes;
    private int inBatch;
    private long batchBegan;
    private boolean isClosed;

    /// Queues a row; false when a bound is reached or the queue is closed.
    boolean offer(UpdateLog.Row row) {
        lock.lock();
        try {
            if (isClosed || rows >= QUEUE_ROWS || bytes >= QUEUE_BYTES) {
                return false;
            }
            rows++;
            bytes += row.length();
            waiting.addLast(row);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// The next batch, in queue order; waits for one. Empty when the queue is closed and drained.
    List<UpdateLog.Row> next() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !isClosed) {
                changed.awaitUninterruptibly();
            }
            var batch = new ArrayList<UpdateLog.Row>();
            long size = 0;
            for (var row = waiting.peekFirst();
                    row != null && batch.size() < BATCH_ROWS;
                    row = waiting.peekFirst()) {
                size += row.length();
                if (size > BATCH_BYTES && !batch.isEmpty()) {
                    break;
                }
                batch.add(row);
                waiting.removeFirst();
            }
            inBatch = batch.size();
            batchBegan = System.nanoTime();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /// Removes settled rows from the count.
    void settled(List<UpdateLog.Row> done) {
        lock.lock();
        try {
            rows -= done.size();
            inBatch -= done.size();
            for (var row : done) {
                bytes -= row.length();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Refuses further rows; waiting rows are still returned.
    void close() {
        lock.lock();
        try {
            isClosed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// How long the writer has been at work on its present batch; zero while it has none.
    Duration batchTime() {
        lock.lock();
        try {
            return inBatch == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - batchBegan);
        } finally {
            lock.unlock();
        }
    }

    long rows() {
        lock.lock();
        try {
            return rows;
        } finally {
            lock.unlock();
        }
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }
}

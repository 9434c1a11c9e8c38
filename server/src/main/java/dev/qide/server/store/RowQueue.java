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
/// accepted.
///
/// A commit of two rows costs PostgreSQL and the writer little more than a commit of one. So while
/// rows arrive during commits, which is usual when several clients type, a batch of fewer than
/// [#FULL_BATCH_ROWS] rows begins at least [#MIN_BATCH_INTERVAL] after the previous one. After
/// [#IDLE_BATCHES] commits without arrivals, rows do not wait. Thread-safe.
final class RowQueue {
    static final int QUEUE_ROWS = 65_536;
    static final long QUEUE_BYTES = 32L << 20;
    static final int BATCH_ROWS = 2_048;
    static final long BATCH_BYTES = 1L << 20;
    static final Duration MIN_BATCH_INTERVAL = Duration.ofMillis(2);

    /// A batch with this many rows does not wait for more.
    static final int FULL_BATCH_ROWS = 16;

    /// After this many consecutive commits without arrivals, batches no longer wait.
    static final int IDLE_BATCHES = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<UpdateLog.Row> waiting = new ArrayDeque<>();
    private long rows;
    private long bytes;
    private int inBatch;
    private long batchBegan = System.nanoTime() - MIN_BATCH_INTERVAL.toNanos();
    private boolean hasArrivals;
    private int batchesWithoutArrivals = IDLE_BATCHES;
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
            hasArrivals |= inBatch > 0;
            if (waiting.size() == 1 || waiting.size() == FULL_BATCH_ROWS) {
                changed.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// The next batch, in queue order; waits for one. Empty when the queue is closed and drained.
    List<UpdateLog.Row> next() {
        lock.lock();
        try {
            batchesWithoutArrivals =
                    hasArrivals ? 0 : Math.min(batchesWithoutArrivals + 1, IDLE_BATCHES);
            hasArrivals = false;
            while (waiting.isEmpty() && !isClosed) {
                changed.awaitUninterruptibly();
            }
            awaitMore();
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

    private void awaitMore() {
        long left = batchBegan + MIN_BATCH_INTERVAL.toNanos() - System.nanoTime();
        while (left > 0
                && batchesWithoutArrivals < IDLE_BATCHES
                && waiting.size() < FULL_BATCH_ROWS
                && !isClosed) {
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
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

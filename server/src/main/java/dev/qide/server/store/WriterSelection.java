package dev.qide.server.store;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// Selects the writer of each row of the update log. Thread-safe.
///
/// A row goes to the writer that still has rows of its document, so that these commit in order.
/// Otherwise it goes to the first writer: what waits while it commits is its next batch, and one
/// commit of two rows costs PostgreSQL half as much as two commits. Others help it only while it
/// has many rows to write, or while its commit takes long: a row that is locked in one workspace
/// then delays only the documents whose rows were queued before that was noticed.
final class WriterSelection {
    /// With this many rows a batch is so large that a second one beside it is worth its cost.
    static final int BUSY_ROWS = 64;

    /// A commit usually takes a few milliseconds.
    static final Duration SLOW_BATCH = Duration.ofMillis(50);

    private final List<RowQueue> queues;

    /// Holds only documents with rows that are not settled.
    private final ConcurrentHashMap<DocumentId, Selected> documents = new ConcurrentHashMap<>();

    /// @param rows that are not settled
    private record Selected(int writer, int rows) {
        Selected plus(int more) {
            return new Selected(writer, rows + more);
        }
    }

    /// @param queues of the writers
    WriterSelection(List<RowQueue> queues) {
        this.queues = List.copyOf(queues);
    }

    /// Queues a row.
    ///
    /// @return false when the writer's queue does not take it
    boolean offer(UpdateLog.Row row) {
        var selected =
                documents.compute(
                        row.document(),
                        (_, now) -> now == null ? new Selected(free(), 1) : now.plus(1));
        boolean isQueued = queues.get(selected.writer()).offer(row);
        if (!isQueued) {
            settled(row);
        }
        return isQueued;
    }

    /// A row has its outcome.
    void settled(UpdateLog.Row row) {
        documents.computeIfPresent(
                row.document(), (_, now) -> now.rows() == 1 ? null : now.plus(-1));
    }

    /// The number of documents with rows that are not settled.
    int documents() {
        return documents.size();
    }

    /// The first writer that is not busy, else the better one.
    private int free() {
        int free = 0;
        for (int i = 0; i < queues.size(); i++) {
            if (!isBusy(queues.get(i))) {
                return i;
            }
            if (isBetter(queues.get(i), queues.get(free))) {
                free = i;
            }
        }
        return free;
    }

    private static boolean isBusy(RowQueue queue) {
        return queue.rows() >= BUSY_ROWS || isSlow(queue);
    }

    /// Of two that are busy: the one whose commit began later if one is slow, else that with fewer
    /// rows.
    private static boolean isBetter(RowQueue one, RowQueue other) {
        if (isSlow(one) || isSlow(other)) {
            return one.batchTime().compareTo(other.batchTime()) < 0;
        }
        return one.rows() < other.rows();
    }

    private static boolean isSlow(RowQueue queue) {
        return queue.batchTime().compareTo(SLOW_BATCH) > 0;
    }
}

package dev.qide.server.collab;

import dev.qide.server.store.FileMark;
import dev.qide.server.store.StoredDocument;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One incarnation of a document in memory: its committed rows, and those on their way to the
/// database.
///
/// Invariant: what is *committed* here is what the database holds; what is *known* is that and the
/// rows on their way. Owned by the document's thread.
final class DocumentRows {
    private final List<Row> rows = new ArrayList<>();
    private final IdCoverage committed = new IdCoverage();
    private final ArrayDeque<PendingRow> pending = new ArrayDeque<>();
    private IdCoverage known = new IdCoverage();
    private StoredDocument stored;
    private long pendingBytes;

    /// A committed update.
    static final class Row {
        private static final long SEVERAL = -1;

        private final byte[] update;
        private final long client;
        private final long end;
        private @Nullable Frame shared;

        private Row(byte[] update, UpdateHeader header) {
            var only = new long[] {SEVERAL, 0};
            var ranges = new int[1];
            header.structs()
                    .forEachRange(
                            (client, _, to) -> {
                                only[0] = client;
                                only[1] = to;
                                ranges[0]++;
                            });
            this.update = update;
            client = ranges[0] == 1 && header.deletions().isEmpty() ? only[0] : SEVERAL;
            end = only[1];
        }

        /// Whether a client of this state vector surely has this row. Deletions are in no state
        /// vector, so that a row with any is sent again.
        boolean isKnownTo(StateVector vector) {
            return client != SEVERAL && vector.clock(client) >= end;
        }

        /// The row as a message; encoded once for all who are sent it in one turn.
        Frame frame() {
            return shared != null ? shared : Frame.update(update);
        }
    }

    /// @param stored the document's record
    /// @param updates its rows in the order in which they were inserted
    DocumentRows(StoredDocument stored, List<byte[]> updates) {
        this.stored = stored;
        for (var update : updates) {
            add(update, UpdateHeader.read(update));
        }
        known = committed.copy();
    }

    StoredDocument stored() {
        return stored;
    }

    void fileSaved(FileMark mark, long savedRows) {
        stored =
                new StoredDocument(
                        stored.id(),
                        stored.workspace(),
                        stored.path(),
                        stored.incarnation(),
                        stored.genesisClient(),
                        mark,
                        savedRows);
    }

    int size() {
        return rows.size();
    }

    Row get(int index) {
        return rows.get(index);
    }

    boolean covers(UpdateHeader header) {
        return committed.covers(header);
    }

    boolean coversWithPending(UpdateHeader header) {
        return known.covers(header);
    }

    /// Whether these ids are committed.
    boolean has(long client, long from, long to) {
        return committed.has(client, from, to);
    }

    /// What the update needs that is neither committed nor on its way.
    Map<Long, Long> gaps(UpdateHeader header) {
        return known.gaps(header);
    }

    /// The server's state vector: committed ids only, so that what is named here is safe.
    StateVector vector() {
        return committed.vector();
    }

    /// The update is on its way.
    void sent(PendingRow row) {
        pending.add(row);
        pendingBytes += row.update.length;
        known.add(row.header);
    }

    long pendingBytes() {
        return pendingBytes;
    }

    boolean isSettled() {
        return pending.isEmpty();
    }

    /// The row that was sent last and is not settled.
    PendingRow newestPending() {
        return pending.getLast();
    }

    /// Takes out the rows whose outcome is known; the committed ones count from now on.
    List<PendingRow> takeSettled() {
        var settled = new ArrayList<PendingRow>();
        boolean isAnyRefused = false;
        while (!pending.isEmpty() && !pending.getFirst().isPending()) {
            var row = pending.removeFirst();
            pendingBytes -= row.update.length;
            settled.add(row);
            if (row.refusal() == null) {
                add(row.update, row.header);
            } else {
                isAnyRefused = true;
            }
        }
        if (isAnyRefused) {
            known = committed.copy();
            pending.forEach(row -> known.add(row.header));
        }
        return settled;
    }

    /// Runs something that sends the rows from `first` on to many.
    void share(int first, Runnable delivery) {
        var fresh = rows.subList(first, rows.size());
        fresh.forEach(row -> row.shared = Frame.update(row.update));
        delivery.run();
        fresh.forEach(row -> row.shared = null);
    }

    private void add(byte[] update, UpdateHeader header) {
        rows.add(new Row(update, header));
        committed.add(header);
    }
}

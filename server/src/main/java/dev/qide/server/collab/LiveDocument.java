package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.server.text.TextEdit;
import dev.qide.yjs.DecodeLimits;
import dev.qide.yjs.Doc;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One generation of a document in memory: the Yjs document built from its committed rows, and the
/// rows that are being committed.
///
/// Invariant: the *committed* ids are those in the database, and only committed rows are in the
/// text; the *known* ids also include rows that are being committed. Created on any thread, then
/// owned by the document's thread.
final class LiveDocument {
    private static final Logger LOG = LoggerFactory.getLogger(LiveDocument.class);

    /// The root type that holds the text.
    static final String TEXT_ROOT = "content";

    /// The heap of a document apart from its content: thread, inbox, tables.
    private static final long DOCUMENT_OVERHEAD_BYTES = 6 << 10;

    private static final byte CARRIAGE_RETURN = '\r';

    private final StoredDocument stored;
    private final long failovers;
    private final Object load = new Object();
    private final Doc doc;
    private final IdCoverage committed = new IdCoverage();
    private final ArrayDeque<PendingRow> pending = new ArrayDeque<>();
    private final PendingUpdates waiting = new PendingUpdates();
    private IdCoverage known;
    private long pendingBytes;
    private boolean isEnding;
    private long integratedBytes;
    private long rows;
    private boolean mayHoldCarriageReturns;

    /// Rows whose outcome is known.
    ///
    /// @param rows in the order in which they were offered to the log
    /// @param integrated the updates that changed the text: the rows themselves, or, if one of them
    ///   waits or waited for missing ids, the updates that integration produced
    record Batch(List<PendingRow> rows, List<byte[]> integrated) {}

    /// Builds the document from its rows.
    ///
    /// @param stored the document's record
    /// @param updates the document's rows
    LiveDocument(StoredDocument stored, List<byte[]> updates) {
        this(stored, updates, 0);
    }

    /// @param failovers of the database before the rows were read
    LiveDocument(StoredDocument stored, List<byte[]> updates, long failovers) {
        this.stored = stored;
        this.failovers = failovers;
        doc = new Doc(new Doc.Options(0, true, false, DecodeLimits.STANDARD));
        // The first use of a root fixes its type: the server makes it a text for every client.
        var _ = doc.text(TEXT_ROOT);
        integrate(updates);
        doc.retryPending();
        for (var update : updates) {
            var header = UpdateHeader.read(update);
            count(update, header);
            waitIfNotIntegrated(PendingRow.stored(update, header));
        }
        known = committed.copy();
    }

    StoredDocument stored() {
        return stored;
    }

    /// How often the database had failed over before the rows were read.
    long failovers() {
        return failovers;
    }

    /// As [CommittedText#load].
    Object load() {
        return load;
    }

    /// The committed text.
    String text() {
        return doc.text(TEXT_ROOT).toString();
    }

    /// UTF-16 units of the committed text.
    long textLength() {
        return doc.text(TEXT_ROOT).length();
    }

    /// The state vector of the integrated content; behind [#vector()] while an update waits for
    /// missing ids.
    StateVector integrated() {
        return doc.stateVector();
    }

    /// The integrated content that a client with this state vector lacks, as one update.
    byte[] since(StateVector vector) {
        return doc.encodeIntegrated(vector);
    }

    /// The whole document as one update, including updates that wait.
    byte[] state() {
        return doc.encodeStateAsUpdate();
    }

    /// The updates that cannot be integrated yet.
    PendingUpdates waiting() {
        return waiting;
    }

    /// Encodes these changes as an update by a new client id; without changes, the empty update.
    /// Does not change the document.
    byte[] edit(List<TextEdit.Hunk> hunks, RandomGenerator random) {
        if (hunks.isEmpty()) {
            return new byte[] {0, 0};
        }
        long author = random.nextLong(Genesis.FIRST_AUTHOR);
        while (known.names(author)) {
            author = random.nextLong(Genesis.FIRST_AUTHOR);
        }
        var fork = new Doc(new Doc.Options(author, true, false, DecodeLimits.STANDARD));
        var text = fork.text(TEXT_ROOT);
        fork.applyUpdate(since(StateVector.EMPTY));
        var updates = new ArrayList<byte[]>(1);
        var _ = fork.onUpdate((update, _) -> updates.add(update));
        fork.transact(() -> TextEdit.apply(text, hunks));
        return updates.getFirst();
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

    /// The dependencies of the update that are neither committed nor pending, as the first missing
    /// clock of each client.
    Map<Long, Long> gaps(UpdateHeader header) {
        return known.gaps(header);
    }

    /// The server's state vector. It contains only committed ids, including those of updates that
    /// wait, so clients may rely on it.
    StateVector vector() {
        return committed.vector();
    }

    /// Records a row that was offered to the log.
    void addPending(PendingRow row) {
        pending.add(row);
        pendingBytes += row.update.length;
        waitIfDependent(row);
        known.add(row.header);
    }

    long pendingBytes() {
        return pendingBytes;
    }

    /// The total size of the document's updates in bytes.
    long integratedBytes() {
        return integratedBytes;
    }

    /// The number of the document's rows in the database, as far as this object knows.
    long rows() {
        return rows;
    }

    /// Records that a compaction joined this many rows into one.
    void compacted(long joined) {
        rows = Math.max(1, rows - joined + 1);
    }

    /// The estimated heap in bytes: the content, and half as much for the id tables.
    long memoryBytes() {
        return DOCUMENT_OVERHEAD_BYTES + doc.retainedBytes() * 3 / 2 + pendingBytes;
    }

    /// Whether the generation is about to end, so that nothing may be stored in it.
    boolean isEnding() {
        return isEnding;
    }

    void setEnding(boolean isEnding) {
        this.isEnding = isEnding;
    }

    boolean isSettled() {
        return pending.isEmpty();
    }

    /// The newest row that is not settled.
    PendingRow newestPending() {
        return pending.getLast();
    }

    /// Removes the rows whose outcome is known and integrates the committed ones.
    ///
    /// @throws RuntimeException when a committed row does not integrate, which is a defect: the
    ///   memory then lacks content that the database has
    Batch takeSettled() {
        var settled = new ArrayList<PendingRow>();
        var updates = new ArrayList<byte[]>();
        boolean hasRefusals = false;
        while (!pending.isEmpty() && !pending.getFirst().isPending()) {
            var row = pending.removeFirst();
            pendingBytes -= row.update.length;
            settled.add(row);
            if (row.refusal() == null) {
                updates.add(row.update);
                count(row.update, row.header);
            } else {
                hasRefusals = true;
            }
        }
        if (hasRefusals) {
            known = committed.copy();
            pending.forEach(row -> {
                waitIfDependent(row);
                known.add(row.header);
            });
        }
        boolean mayWait = hasRefusals || !waiting.isEmpty() || doc.isWaiting();
        if (!mayWait) {
            integrate(updates);
            return new Batch(settled, updates);
        }
        var integrated = integrateSome(updates);
        waiting.release(doc.stateVector());
        settled.stream().filter(row -> row.refusal() == null).forEach(this::waitIfNotIntegrated);
        return new Batch(settled, integrated);
    }

    /// Logs that a committed row does not integrate, which is a defect.
    void logDefect(RuntimeException defect) {
        LOG.atError()
                .addKeyValue("event.action", "collab.integration_failed")
                .addKeyValue("document", stored.id())
                .setCause(defect)
                .log("a committed row does not integrate; reloading the document");
    }

    /// Whether [#takeCarriageReturnCheck] has to look at the whole text.
    boolean mayHoldCarriageReturns() {
        return mayHoldCarriageReturns;
    }

    /// Whether a carriage return has come into the text since the last call.
    boolean takeCarriageReturnCheck() {
        boolean mayHold = mayHoldCarriageReturns;
        mayHoldCarriageReturns = false;
        return mayHold && text().indexOf(CARRIAGE_RETURN) >= 0;
    }

    /// Whether this document, loaded from the state of another one, has the same content and text.
    /// It may contain more deletions: integration deletes overwritten map entries and the content
    /// of deleted items, and only a state lists those.
    boolean isStateOf(LiveDocument other) {
        return committed.hasSameStructs(other.committed)
                && committed.hasDeletionsOf(other.committed)
                && doc.stateVector().equals(other.doc.stateVector())
                && text().equals(other.text());
    }

    private void integrate(List<byte[]> updates) {
        doc.transact(null, _ -> updates.forEach(doc::applyUpdate));
    }

    /// Integrates the updates that can be integrated.
    ///
    /// @return the integrated updates
    private List<byte[]> integrateSome(List<byte[]> updates) {
        var integrated = new ArrayList<byte[]>();
        var remove = doc.onUpdate((update, _) -> integrated.add(update));
        try {
            integrate(updates);
            if (waiting.refreshGaps(committed)) {
                doc.retryPending();
            }
        } finally {
            remove.run();
        }
        return integrated;
    }

    private void waitIfDependent(PendingRow row) {
        var gaps = known.gaps(row.header);
        if (waiting.mustWait(row.header, gaps)) {
            waiting.add(row, gaps);
        }
    }

    private void waitIfNotIntegrated(PendingRow row) {
        boolean isIntegrated =
                !doc.isWaiting() || PendingUpdates.isWithin(integrated(), row.header);
        if (!isIntegrated) {
            waiting.add(row, committed.gaps(row.header));
        }
    }

    private void count(byte[] update, UpdateHeader header) {
        committed.add(header);
        rows++;
        integratedBytes += update.length;
        mayHoldCarriageReturns |= holdsCarriageReturn(update);
    }

    /// A cheap filter without false negatives: most updates contain no such byte.
    private static boolean holdsCarriageReturn(byte[] update) {
        for (byte one : update) {
            if (one == CARRIAGE_RETURN) {
                return true;
            }
        }
        return false;
    }
}

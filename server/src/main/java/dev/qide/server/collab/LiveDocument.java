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

/// One generation of a document in memory: the Yjs document that its committed rows make, and the
/// rows on their way to the database.
///
/// Invariant: what is *committed* here is what the database holds, and only that is in the text;
/// what is *known* is that and the rows on their way. Made on any thread, then owned by the
/// document's thread.
final class LiveDocument {
    /// The root type that holds the text.
    static final String TEXT_ROOT = "content";

    /// What a document takes besides its content: its thread, its inbox, its tables.
    private static final long MEMORY_OF_A_DOCUMENT_BYTES = 6 << 10;

    private static final byte CARRIAGE_RETURN = '\r';

    private final StoredDocument stored;
    private final Doc doc;
    private final IdCoverage committed = new IdCoverage();
    private final ArrayDeque<PendingRow> pending = new ArrayDeque<>();
    private final PendingUpdates waiting = new PendingUpdates();
    private IdCoverage known;
    private long pendingBytes;
    private long integratedBytes;
    private long rows;
    private boolean mayHoldCarriageReturns;

    /// Rows whose outcome is known.
    ///
    /// @param rows in the order in which they were sent
    /// @param integrated the updates that bring what became part of the text: the rows themselves,
    ///   or, where one of them waits or did, what was integrated
    record Batch(List<PendingRow> rows, List<byte[]> integrated) {}

    /// @param stored the document's record
    /// @param updates its rows
    LiveDocument(StoredDocument stored, List<byte[]> updates) {
        this.stored = stored;
        doc = new Doc(new Doc.Options(0, true, false, DecodeLimits.STANDARD));
        // The first to name a root decides its type: it is a text for everybody.
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

    /// The committed text.
    String text() {
        return doc.text(TEXT_ROOT).toString();
    }

    /// UTF-16 units of the committed text.
    long textLength() {
        return doc.text(TEXT_ROOT).length();
    }

    /// What is integrated: less than [#vector()] while something waits for what it builds on.
    StateVector integrated() {
        return doc.stateVector();
    }

    /// What a client of this state vector lacks of what is integrated, as one update.
    byte[] since(StateVector vector) {
        return doc.encodeIntegrated(vector);
    }

    /// All of it as one update, what waits for others included.
    byte[] state() {
        return doc.encodeStateAsUpdate();
    }

    /// What cannot be integrated yet.
    PendingUpdates waiting() {
        return waiting;
    }

    /// The update that makes these changes, by an author that nobody has ever been. Nothing is
    /// changed here.
    byte[] edit(List<TextEdit.Hunk> hunks, RandomGenerator random) {
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

    /// What the update needs that is neither committed nor on its way.
    Map<Long, Long> gaps(UpdateHeader header) {
        return known.gaps(header);
    }

    /// The server's state vector: committed ids only, so that what is named here is safe. Ids that
    /// wait for others count too.
    StateVector vector() {
        return committed.vector();
    }

    /// The update is on its way.
    void sent(PendingRow row) {
        pending.add(row);
        pendingBytes += row.update.length;
        waitIfNeedy(row);
        known.add(row.header);
    }

    long pendingBytes() {
        return pendingBytes;
    }

    /// How large the updates are that make the document.
    long integratedBytes() {
        return integratedBytes;
    }

    /// How many rows it has in the database, as far as is known here.
    long rows() {
        return rows;
    }

    /// A compaction joined so many rows into one.
    void compacted(long joined) {
        rows = Math.max(1, rows - joined + 1);
    }

    /// How much heap it takes, estimated: the content, and half as much for which ids there are.
    long memoryBytes() {
        return MEMORY_OF_A_DOCUMENT_BYTES + doc.retainedBytes() * 3 / 2 + pendingBytes;
    }

    boolean isSettled() {
        return pending.isEmpty();
    }

    /// The row that was sent last and is not settled.
    PendingRow newestPending() {
        return pending.getLast();
    }

    /// Takes out the rows whose outcome is known, and integrates the committed ones.
    ///
    /// @throws RuntimeException when a committed row does not integrate, which is a defect: what is
    ///   here is then less than what the database holds
    Batch takeSettled() {
        var settled = new ArrayList<PendingRow>();
        var updates = new ArrayList<byte[]>();
        boolean isAnyRefused = false;
        while (!pending.isEmpty() && !pending.getFirst().isPending()) {
            var row = pending.removeFirst();
            pendingBytes -= row.update.length;
            settled.add(row);
            if (row.refusal() == null) {
                updates.add(row.update);
                count(row.update, row.header);
            } else {
                isAnyRefused = true;
            }
        }
        if (isAnyRefused) {
            known = committed.copy();
            pending.forEach(row -> {
                waitIfNeedy(row);
                known.add(row.header);
            });
        }
        boolean mayWait = isAnyRefused || !waiting.isEmpty() || doc.isWaiting();
        if (!mayWait) {
            integrate(updates);
            return new Batch(settled, updates);
        }
        var integrated = integrateSome(updates);
        waiting.release(doc.stateVector());
        settled.stream().filter(row -> row.refusal() == null).forEach(this::waitIfNotIntegrated);
        return new Batch(settled, integrated);
    }

    /// Whether a carriage return may have come into the text since the last call.
    boolean takeCarriageReturnSuspicion() {
        boolean may = mayHoldCarriageReturns;
        mayHoldCarriageReturns = false;
        return may && text().indexOf(CARRIAGE_RETURN) >= 0;
    }

    /// Whether this document, made of the state of another one, lacks nothing of it and shows the
    /// same text. It may name more deletions: integration deletes what loses a map entry, or is
    /// inside something deleted, and a state names that where no row does.
    boolean isStateOf(LiveDocument other) {
        return committed.hasSameStructs(other.committed)
                && committed.hasDeletionsOf(other.committed)
                && doc.stateVector().equals(other.doc.stateVector())
                && text().equals(other.text());
    }

    private void integrate(List<byte[]> updates) {
        doc.transact(null, _ -> updates.forEach(doc::applyUpdate));
    }

    /// Integrates what can be.
    ///
    /// @return what was
    private List<byte[]> integrateSome(List<byte[]> updates) {
        var integrated = new ArrayList<byte[]>();
        var remove = doc.onUpdate((update, _) -> integrated.add(update));
        try {
            integrate(updates);
            if (waiting.takeFilledGap(committed)) {
                doc.retryPending();
            }
        } finally {
            remove.run();
        }
        return integrated;
    }

    private void waitIfNeedy(PendingRow row) {
        var gaps = known.gaps(row.header);
        if (waiting.mustWait(row.header, gaps)) {
            waiting.add(row, gaps);
        }
    }

    private void waitIfNotIntegrated(PendingRow row) {
        boolean isIn = !doc.isWaiting() || PendingUpdates.isWithin(integrated(), row.header);
        if (!isIn) {
            waiting.add(row, committed.gaps(row.header));
        }
    }

    private void count(byte[] update, UpdateHeader header) {
        committed.add(header);
        rows++;
        integratedBytes += update.length;
        mayHoldCarriageReturns |= holdsCarriageReturn(update);
    }

    /// Cheap and never wrong when it says no: most updates have no such byte at all.
    private static boolean holdsCarriageReturn(byte[] update) {
        for (byte one : update) {
            if (one == CARRIAGE_RETURN) {
                return true;
            }
        }
        return false;
    }
}

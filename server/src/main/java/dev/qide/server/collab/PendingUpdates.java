package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The updates of a document that cannot be integrated yet, because an id that they depend on is
/// missing or waits itself. They are stored and acknowledged like others, but sent to clients only
/// after integration: a Yjs client retries all its pending updates on every message.
///
/// Invariant: an update is in this set from the moment it is offered to the log until it is
/// integrated or refused. The bounds are checked before an update is added, so one update of any
/// size passes.
///
/// Owned by the document's thread.
final class PendingUpdates {
    /// The author of an update that already waited when the document was loaded.
    static final String STORED = "";

    static final int UPDATES_PER_PRINCIPAL = 256;
    static final long BYTES_PER_PRINCIPAL = 256 << 10;
    static final int UPDATES_PER_DOCUMENT = 1_024;
    static final long BYTES_PER_DOCUMENT = 1 << 20;

    private final List<Entry> entries = new ArrayList<>();
    private IdSet ids = new IdSet();
    private long bytes;

    /// One update.
    private static final class Entry {
        private final String principal;
        private final PendingRow row;
        private Map<Long, Long> gaps;

        private Entry(String principal, PendingRow row, Map<Long, Long> gaps) {
            this.principal = principal;
            this.row = row;
            this.gaps = gaps;
        }
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int count() {
        return entries.size();
    }

    long bytes() {
        return bytes;
    }

    /// Whether an update would wait.
    ///
    /// @param gaps its dependencies that nobody has sent
    boolean mustWait(UpdateHeader header, Map<Long, Long> gaps) {
        if (!gaps.isEmpty()) {
            return true;
        }
        if (entries.isEmpty()) {
            return false;
        }
        return ids.intersects(header.deletions())
                || header.dependencies().stream().anyMatch(ids::contains);
    }

    /// Whether the document's bound is reached.
    boolean isFull() {
        return entries.size() >= UPDATES_PER_DOCUMENT || bytes >= BYTES_PER_DOCUMENT;
    }

    /// Whether an update of this person is refused, unless its client has yet to answer a step 1:
    /// what a client queued while it was offline arrives before that answer. At the document's
    /// bound the server drops an update and requests it again with its dependencies; only a step 2
    /// without them is refused.
    boolean refuses(String principal, boolean isStep2) {
        return isFullFor(principal) || (isStep2 && isFull());
    }

    /// Whether this person's bound is reached.
    private boolean isFullFor(String principal) {
        int count = 0;
        long size = 0;
        for (var entry : entries) {
            if (entry.principal.equals(principal)) {
                count++;
                size += entry.row.update.length;
            }
        }
        return count >= UPDATES_PER_PRINCIPAL || size >= BYTES_PER_PRINCIPAL;
    }

    /// Adds an update; does nothing when it is already waiting.
    ///
    /// @param gaps its dependencies that nobody has sent; empty when they are waiting themselves
    void add(PendingRow row, Map<Long, Long> gaps) {
        if (row.isWaiting) {
            return;
        }
        row.isWaiting = true;
        entries.add(new Entry(row.author.principal(), row, gaps));
        bytes += row.update.length;
        ids.addAll(row.header.structs());
    }

    /// Whether any missing dependency was committed since the last call.
    boolean refreshGaps(IdCoverage committed) {
        boolean isFilled = false;
        for (var entry : entries) {
            if (entry.gaps.entrySet().stream().anyMatch(gap -> isFilled(gap, committed))) {
                entry.gaps = committed.gaps(entry.row.header);
                isFilled = true;
            }
        }
        return isFilled;
    }

    /// Removes updates that were integrated or refused.
    void release(StateVector integrated) {
        boolean isAnyGone =
                entries.removeIf(entry -> {
                    boolean isGone =
                            entry.row.refusal() != null || isWithin(integrated, entry.row.header);
                    bytes -= isGone ? entry.row.update.length : 0;
                    return isGone;
                });
        if (isAnyGone) {
            ids = new IdSet();
            entries.forEach(entry -> ids.addAll(entry.row.header.structs()));
        }
    }

    /// Whether all ids and deletions of an update are integrated.
    static boolean isWithin(StateVector integrated, UpdateHeader header) {
        var isWithin = new boolean[] {true};
        IdSet.RangeConsumer check =
                (client, _, to) -> isWithin[0] &= integrated.clock(client) >= to;
        header.structs().forEachRange(check);
        header.deletions().forEachRange(check);
        return isWithin[0];
    }

    private static boolean isFilled(Map.Entry<Long, Long> gap, IdCoverage committed) {
        return committed.has(gap.getKey(), gap.getValue(), gap.getValue() + 1);
    }
}

package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The updates of a document that cannot be integrated yet, because an id that they need has not
/// come or waits itself. They are stored and acknowledged like others; no client is sent them
/// before they are integrated, for a Yjs client works through everything that waits again and
/// again.
///
/// Invariant: an update is in here from the moment it is sent to the database until it is
/// integrated or refused. The bounds are looked at before an update is taken, so that one update of
/// any size passes.
///
/// Owned by the document's thread.
final class PendingUpdates {
    /// The author of an update that was waiting when the document was loaded.
    static final String STORED = "";

    static final int UPDATES_OF_A_PRINCIPAL = 256;
    static final long BYTES_OF_A_PRINCIPAL = 256 << 10;
    static final int UPDATES_OF_A_DOCUMENT = 1_024;
    static final long BYTES_OF_A_DOCUMENT = 1 << 20;

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
    /// @param gaps what it needs that nobody has sent
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

    /// Whether so much waits that no more may.
    boolean isFull() {
        return entries.size() >= UPDATES_OF_A_DOCUMENT || bytes >= BYTES_OF_A_DOCUMENT;
    }

    /// Whether no more of this person's may wait. At the document's bound an update is dropped and
    /// asked for again, with what it needs: only who answers that without is refused.
    boolean refuses(String principal, boolean isStep2) {
        return isFullOf(principal) || (isStep2 && isFull());
    }

    /// Whether so much of one person's waits that no more of it may.
    private boolean isFullOf(String principal) {
        int count = 0;
        long size = 0;
        for (var entry : entries) {
            if (entry.principal.equals(principal)) {
                count++;
                size += entry.row.update.length;
            }
        }
        return count >= UPDATES_OF_A_PRINCIPAL || size >= BYTES_OF_A_PRINCIPAL;
    }

    /// The update waits; nothing happens when it does already.
    ///
    /// @param gaps what it needs that nobody has sent; empty when that is there and waits itself
    void add(PendingRow row, Map<Long, Long> gaps) {
        if (row.isWaiting) {
            return;
        }
        row.isWaiting = true;
        entries.add(new Entry(row.author.principal(), row, gaps));
        bytes += row.update.length;
        ids.addAll(row.header.structs());
    }

    /// Whether something has come since the last call that an update in here lacked.
    boolean takeFilledGap(IdCoverage committed) {
        boolean isFilled = false;
        for (var entry : entries) {
            if (entry.gaps.entrySet().stream().anyMatch(gap -> isFilled(gap, committed))) {
                entry.gaps = committed.gaps(entry.row.header);
                isFilled = true;
            }
        }
        return isFilled;
    }

    /// Lets go of what was integrated or refused.
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

    /// Whether everything that an update brings and deletes is integrated.
    static boolean isWithin(StateVector integrated, UpdateHeader header) {
        var isWithin = new boolean[] {true};
        IdSet.RangeConsumer look = (client, _, to) -> isWithin[0] &= integrated.clock(client) >= to;
        header.structs().forEachRange(look);
        header.deletions().forEachRange(look);
        return isWithin[0];
    }

    private static boolean isFilled(Map.Entry<Long, Long> gap, IdCoverage committed) {
        return committed.has(gap.getKey(), gap.getValue(), gap.getValue() + 1);
    }
}

package dev.qide.yjs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Structs that arrived before their dependencies, as updates, and deletions of ids that have not
/// arrived yet. They are part of the document's state and are sent to others with it.
final class PendingStructs {
    /// Updates without deletions; merged only when they are needed as one.
    ///
    /// Yjs merges each new update at once with the pending ones, and for equal ids keeps the older.
    /// Merging several later gives the same bytes only while no two of them contain the same id; so
    /// an update that shares an id is merged at once here too.
    private final List<byte[]> updates = new ArrayList<>();

    /// The ids of the structs in `updates`.
    private IdSet waiting = new IdSet();

    /// For each client, the lowest clock that an update waits for.
    private final Map<Long, Long> missing = new HashMap<>();

    private IdSet deletions = new IdSet();

    /// Keeps the structs of `update` that are not integrated yet.
    void add(byte[] update, StructStore store, Map<Long, Long> needed) {
        keep(UpdateDiff.notYetIn(update, store));
        needed.forEach((client, clock) -> missing.merge(client, clock, Math::min));
    }

    private void keep(byte[] update) {
        var ids = UpdateHeader.read(update, DecodeLimits.WIDEST).structs();
        if (isKnownRun(ids)) {
            return;
        }
        boolean overlaps = waiting.intersects(ids);
        if (overlaps) {
            joinedUpdate();
        }
        updates.add(update);
        waiting.addAll(ids);
        if (overlaps) {
            joinedUpdate();
        }
    }

    /// Whether the ids are one range that is already pending. Merging would change nothing; with
    /// this check a repeated update costs its sender more than this side.
    private boolean isKnownRun(IdSet ids) {
        return ids.clients().count() == 1
                && ids.rangeCount(ids.clients().findFirst().orElseThrow()) == 1
                && waiting.containsAll(ids);
    }

    /// Whether an id has arrived that one of the updates waited for.
    boolean canAdvance(StructStore store) {
        for (var entry : missing.entrySet()) {
            if (entry.getValue() < store.state(entry.getKey())) {
                return true;
            }
        }
        return false;
    }

    /// Removes all updates and returns them as one.
    byte[] takeUpdates() {
        var taken = joinedUpdate();
        updates.clear();
        missing.clear();
        waiting = new IdSet();
        return taken;
    }

    boolean hasUpdates() {
        return !updates.isEmpty();
    }

    /// All pending structs as one update.
    byte[] joinedUpdate() {
        var joined = UpdateMerger.merge(updates);
        updates.clear();
        updates.add(joined);
        return joined;
    }

    boolean isAuthor(long client) {
        return waiting.rangeCount(client) > 0 || deletions.rangeCount(client) > 0;
    }

    long retainedBytes() {
        long bytes = 0;
        for (byte[] update : updates) {
            bytes += update.length;
        }
        return bytes;
    }

    IdSet deletions() {
        return deletions;
    }

    void setDeletions(IdSet rest) {
        deletions = rest;
    }
}

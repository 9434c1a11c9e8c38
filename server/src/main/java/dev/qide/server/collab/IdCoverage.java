package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.HashMap;
import java.util.Map;

/// The ids that a set of rows inserts and deletes, including rows that wait for missing ids. Owned
/// by one thread.
final class IdCoverage {
    private final IdSet structs;
    private final IdSet deletions;

    IdCoverage() {
        this(new IdSet(), new IdSet());
    }

    private IdCoverage(IdSet structs, IdSet deletions) {
        this.structs = structs;
        this.deletions = deletions;
    }

    void add(UpdateHeader header) {
        structs.addAll(header.structs());
        deletions.addAll(header.deletions());
    }

    /// Whether the update adds nothing new: all its ids and deletions are covered.
    boolean covers(UpdateHeader header) {
        return structs.containsAll(header.structs()) && deletions.containsAll(header.deletions());
    }

    boolean has(long client, long from, long to) {
        return structs.contains(client, from, to);
    }

    /// Whether any id of this client is covered.
    boolean names(long client) {
        return structs.clients().anyMatch(one -> one == client);
    }

    boolean hasSameStructs(IdCoverage other) {
        return structs.equals(other.structs);
    }

    boolean hasDeletionsOf(IdCoverage other) {
        return deletions.containsAll(other.deletions);
    }

    IdCoverage copy() {
        return new IdCoverage(structs.copy(), deletions.copy());
    }

    /// The contiguous prefixes, which a step 1 can express.
    StateVector vector() {
        return StateVector.prefixesOf(structs);
    }

    /// The ids that the update depends on and that neither this set nor the update contains.
    ///
    /// @return the first missing clock of each client
    Map<Long, Long> gaps(UpdateHeader header) {
        var gaps = new HashMap<Long, Long>();
        header.structs().forEachRange((client, from, _) -> require(client, 0, from, gaps));
        for (var id : header.dependencies()) {
            if (!header.structs().contains(id.client(), id.clock(), id.clock() + 1)) {
                require(id.client(), id.clock(), id.clock() + 1, gaps);
            }
        }
        header.deletions()
                .forEachRange((client, from, to) -> {
                    if (!header.structs().contains(client, from, to)) {
                        require(client, from, to, gaps);
                    }
                });
        return gaps;
    }

    private void require(long client, long from, long to, Map<Long, Long> gaps) {
        if (from < to && !structs.contains(client, from, to)) {
            gaps.put(client, structs.prefix(client));
        }
    }
}

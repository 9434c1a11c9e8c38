package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.HashMap;
import java.util.Map;

/// Which ids some rows bring and which they delete, those that wait for missing others too. Owned
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

    /// Whether the update brings nothing new: every id and every deletion is here.
    boolean covers(UpdateHeader header) {
        return structs.containsAll(header.structs()) && deletions.containsAll(header.deletions());
    }

    boolean has(long client, long from, long to) {
        return structs.contains(client, from, to);
    }

    /// Whether any id of this client is here.
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

    /// The contiguous prefixes: what can be named in a step 1.
    StateVector vector() {
        return StateVector.prefixesOf(structs);
    }

    /// What the update needs and is neither here nor in the update itself.
    ///
    /// @return by client, the first clock that is missing
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

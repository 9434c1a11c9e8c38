package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;

/// A set of ids that remembers the order in which its clients were added. Yjs visits a delete set
/// in this order, and undo gives new ids in the order of its visits. Owned by one thread.
final class OrderedIdSet {
    private final IdSet ids;

    /// The clients that have a range.
    private final List<Long> clients;

    OrderedIdSet() {
        this(new IdSet(), new ArrayList<>(1));
    }

    /// @param clients the clients of `ids`, each once
    OrderedIdSet(IdSet ids, List<Long> clients) {
        this.ids = ids;
        this.clients = clients;
    }

    /// Adds the clocks `from` (inclusive) to `to` (exclusive).
    void add(long client, long from, long to) {
        addClient(client);
        ids.add(client, from, to);
    }

    private void addClient(long client) {
        if (ids.rangeCount(client) == 0) {
            clients.add(client);
        }
    }

    /// A new set with the ids of both; the clients of `other` come last, unless they are known.
    OrderedIdSet with(OrderedIdSet other) {
        var both = new OrderedIdSet(ids.copy(), new ArrayList<>(clients));
        other.clients.forEach(both::addClient);
        both.ids.addAll(other.ids);
        return both;
    }

    boolean contains(long client, long clock) {
        return ids.contains(client, clock, clock + 1);
    }

    /// The ids without the order; not to be changed.
    IdSet ids() {
        return ids;
    }

    void forEachRange(IdSet.RangeConsumer consumer) {
        for (long client : clients) {
            ids.forEachRange(client, consumer);
        }
    }
}

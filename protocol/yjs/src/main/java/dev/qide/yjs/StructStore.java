package dev.qide.yjs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// All integrated structs of a document, by client and clock.
final class StructStore {
    private final Map<Long, ClientStructs> clients = new HashMap<>();
    private @Nullable ClientStructs lastUsed;

    /// The items that undo or redo inserted again.
    final RedoneItems redone = new RedoneItems();

    /// The number of clients that have got a first struct.
    private int arrivals;

    /// The approximate size of the contents and keys of all items, by [MemoryEstimates].
    private long contentBytes;

    /// The size of the whole state when it was last written, in bytes, with some spare: the
    /// capacity for the next time.
    int stateBytes;

    /// The structs of `client`; created empty if missing.
    ClientStructs of(long client) {
        var last = lastUsed;
        if (last != null && last.client == client) {
            return last;
        }
        var structs = clients.computeIfAbsent(client, ClientStructs::new);
        lastUsed = structs;
        return structs;
    }

    /// Records that an item was added, grew or was freed.
    void weigh(long bytes) {
        contentBytes += bytes;
    }

    long retainedBytes() {
        long bytes = MemoryEstimates.DOCUMENT + Math.max(0, contentBytes);
        for (var structs : clients.values()) {
            bytes += MemoryEstimates.CLIENT + (long) structs.size * MemoryEstimates.STRUCT;
        }
        return bytes + (long) redone.size() * MemoryEstimates.REDONE;
    }

    /// The place of a client whose first struct arrives, among all clients.
    int nextArrival() {
        return arrivals++;
    }

    long state(long client) {
        var last = lastUsed;
        if (last != null && last.client == client) {
            return last.state();
        }
        var structs = clients.get(client);
        return structs == null ? 0 : structs.state();
    }

    /// The struct that contains an id below the state of its client.
    Struct find(long client, long clock) {
        return of(client).find(clock);
    }

    /// The clients that have a struct, descending: the order in which Yjs writes them.
    List<ClientStructs> descending() {
        var used = new ArrayList<ClientStructs>(clients.size());
        for (var structs : clients.values()) {
            if (structs.size > 0) {
                used.add(structs);
            }
        }
        used.sort(Comparator.comparingLong((ClientStructs structs) -> structs.client).reversed());
        return used;
    }

    StateVector stateVector() {
        var clocks = new HashMap<Long, Long>();
        clients.values().forEach(structs -> clocks.put(structs.client, structs.state()));
        return StateVector.of(clocks);
    }

    /// The struct whose last clock is `clock`; splits an item that extends beyond it.
    static Struct endingAt(Transaction transaction, ClientStructs structs, long clock) {
        int index = structs.indexOf(clock);
        if (structs.get(index) instanceof Item item && clock != item.end() - 1) {
            item.split(transaction, structs, index, clock + 1 - item.clock);
        }
        return structs.get(index);
    }

    /// The struct whose first clock is `clock`; splits an item that starts before it. A collected
    /// run is returned unsplit.
    static Struct startingAt(Transaction transaction, ClientStructs structs, long clock) {
        int index = structs.indexOf(clock);
        if (structs.get(index) instanceof Item item && item.clock < clock) {
            return item.split(transaction, structs, index, clock - item.clock);
        }
        return structs.get(index);
    }

    /// Visits the structs of `ids`, in the order in which Yjs visits them. Items that extend beyond
    /// a range are split, so that each visited item is entirely inside.
    static void forEachIn(
            Transaction transaction, OrderedIdSet ids, Consumer<? super Struct> consumer) {
        ids.forEachRange((client, from, to) -> {
            var structs = transaction.doc.store.of(client);
            if (from < structs.state()) {
                visit(transaction, structs, from, to, consumer);
            }
        });
    }

    private static void visit(
            Transaction transaction,
            ClientStructs structs,
            long from,
            long to,
            Consumer<? super Struct> consumer) {
        var _ = startingAt(transaction, structs, from);
        int index = structs.indexOf(from);
        do {
            var struct = structs.get(index++);
            if (to < struct.end()) {
                var _ = startingAt(transaction, structs, to);
            }
            consumer.accept(struct);
        } while (index < structs.size && structs.get(index).clock < to);
    }
}

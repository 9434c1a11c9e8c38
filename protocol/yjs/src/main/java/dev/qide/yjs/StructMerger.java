package dev.qide.yjs;

import java.util.ArrayList;

/// Merges adjacent structs, so that continuous typing is stored as one item.
///
/// Runs at the end of a transaction, and only at changed places: deleted, added and split structs.
/// The places and their order affect the encoded bytes, so they are those of Yjs.
final class StructMerger {
    private StructMerger() {}

    static void mergeAfter(Transaction transaction, IdSet deletions) {
        var store = transaction.doc.store;
        if (!deletions.isEmpty()) {
            for (long client : deletions.clientsDescending()) {
                mergeDeleted(store, store.of(client), deletions, client);
            }
        }
        for (var structs : transaction.changedClients()) {
            mergeAdded(store, structs, transaction.stateBefore(structs));
        }
        var candidates = transaction.mergeCandidates();
        for (int i = candidates.size() - 1; i >= 0; i--) {
            mergeAround(store, candidates.get(i));
        }
    }

    private static void mergeDeleted(
            StructStore store, ClientStructs structs, IdSet deletions, long client) {
        deletions.forEachRangeDescending(
                client,
                (from, to) -> {
                    int i = Math.min(structs.size - 1, 1 + structs.indexOf(to - 1));
                    while (i > 0 && structs.get(i).clock >= from) {
                        i -= 1 + mergeWithLefts(store, structs, i);
                    }
                });
    }

    private static void mergeAdded(StructStore store, ClientStructs structs, long stateBefore) {
        if (structs.state() == stateBefore) {
            return;
        }
        int first = Math.max(structs.indexOf(stateBefore), 1);
        for (int i = structs.size - 1; i >= first; ) {
            i -= 1 + mergeWithLefts(store, structs, i);
        }
    }

    private static void mergeAround(StructStore store, Struct candidate) {
        var structs = candidate.owner;
        int index = structs.indexOf(candidate.clock);
        if (index + 1 < structs.size && mergeWithLefts(store, structs, index + 1) > 1) {
            return;
        }
        if (index > 0) {
            mergeWithLefts(store, structs, index);
        }
    }

    /// Merges the struct at `index` with as many preceding structs as possible; returns the number
    /// of structs that were merged away.
    private static int mergeWithLefts(StructStore store, ClientStructs structs, int index) {
        int first = index;
        while (first > 0 && belongTogether(structs.get(first - 1), structs.get(first))) {
            first--;
        }
        if (first == index) {
            return 0;
        }
        if (structs.get(first) instanceof Item item) {
            store.weigh((first - index) * MemoryEstimates.around(item.content));
            absorb(item, structs, first + 1, index + 1);
        } else {
            var run = structs.get(first);
            run.length = structs.get(index).end() - run.clock;
        }
        structs.remove(first + 1, index + 1);
        return index - first;
    }

    private static boolean belongTogether(Struct left, Struct right) {
        if (left instanceof Item item && right instanceof Item next) {
            return item.canAbsorb(next);
        }
        return left instanceof GarbageStruct && right instanceof GarbageStruct;
    }

    private static void absorb(Item into, ClientStructs structs, int from, int to) {
        if (to - from == 1 && into.content instanceof TextRun run) {
            run.append((TextRun) ((Item) structs.get(from)).content);
        } else if (!(into.content instanceof Content.Deleted)) {
            var contents = new ArrayList<Content>(to - from);
            for (int i = from; i < to; i++) {
                contents.add(((Item) structs.get(i)).content);
            }
            into.content.append(contents);
        }
        for (int i = from; i < to; i++) {
            unlink(into, (Item) structs.get(i));
        }
    }

    private static void unlink(Item into, Item gone) {
        var parent = into.parentBranch();
        if (into.parentSub == null) {
            parent.positions.absorbing(into, gone);
        } else if (parent.entry(into.parentSub) == gone) {
            parent.setEntry(into.parentSub, into);
        }
        if (gone.isKept()) {
            into.setKept(true);
        }
        into.length += gone.length;
        into.right = gone.right;
        if (into.right != null) {
            into.right.left = into;
        }
    }
}

package dev.qide.yjs;

import java.util.HashSet;
import java.util.Set;

/// Checks the invariants of a document between two transactions. For tests.
final class Invariants {
    private Invariants() {}

    static void check(Doc doc) {
        var seen = new HashSet<Item>();
        int redone = 0;
        for (var structs : doc.store.descending()) {
            structs.checkInvariants();
            long clock = 0;
            for (int i = 0; i < structs.size; i++) {
                var struct = structs.get(i);
                require(struct.clock == clock && struct.length > 0, "a client's clocks are dense");
                require(struct.owner == structs, "a struct knows its client");
                clock = struct.end();
                if (struct instanceof Item item) {
                    checkItem(item);
                    redone += item.isRedone() ? 1 : 0;
                    require(
                            !item.isRedone() || (item.isDeleted() && doc.store.redone.has(item)),
                            "an item that was inserted again is deleted and has a copy");
                    var carrier = item.parentBranch().item;
                    require(carrier == null || isStored(carrier), "no item outlives its parent");
                    if (item.content instanceof Content.Type(var branch)) {
                        checkBranch(branch, seen);
                    }
                }
            }
        }
        require(redone == doc.store.redone.size(), "only stored items have copies");
        doc.roots().values().forEach(branch -> checkBranch(branch, seen));
        for (var structs : doc.store.descending()) {
            for (int i = 0; i < structs.size; i++) {
                require(
                        !(structs.get(i) instanceof Item item) || seen.contains(item),
                        "every item is in a list or in a chain");
            }
        }
        doc.pending.deletions().checkInvariants();
    }

    private static boolean isStored(Item item) {
        return item.owner.find(item.clock) == item;
    }

    private static void checkItem(Item item) {
        require(item.left == null || item.left.right == item, "neighbours know each other");
        require(item.right == null || item.right.left == item, "neighbours know each other");
        require(
                item.content instanceof Content.Deleted || item.content.length() == item.length,
                "an item is as long as its content");
        require(
                !(item.content instanceof Content.Deleted) || item.isDeleted(),
                "only deleted items lose their content");
    }

    private static void checkBranch(Branch branch, Set<Item> seen) {
        long length = 0;
        for (Item item = branch.start; item != null; item = item.right) {
            require(seen.add(item), "an item is in one list only");
            require(
                    item.parentBranch() == branch && item.parentSub == null,
                    "items know their list");
            length += item.visibleLength();
        }
        require(length == branch.length, "a list is as long as its visible items");
        branch.positions.checkInvariants();
        branch.entries()
                .forEach((key, last) -> {
                    require(last.right == null, "the value of a key is its last item");
                    for (Item item = last; item != null; item = item.left) {
                        require(seen.add(item), "an item is in one chain only");
                        require(key.equals(item.parentSub), "items know their key");
                    }
                });
    }

    static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("broken: " + invariant);
        }
    }
}

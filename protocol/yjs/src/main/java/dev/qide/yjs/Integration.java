package dev.qide.yjs;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Integrates an item into its list (the YATA algorithm, as implemented in Yjs).
///
/// An item names the two items between which its author inserted it, its origins. If there is
/// nothing between them, it goes there. Otherwise the items between the two are scanned from the
/// left, with these cases for each `other` item:
///
/// 1. `other` has the same left origin: the smaller client id goes first; if the right origins are
///    also equal and this client is the smaller one, this is the position;
/// 2. the origin of `other` is among the scanned items: `other` belongs to that item and is passed
///    together with it, unless that item is still a conflict;
/// 3. the origin of `other` is before the position: there is no conflict, and the scan ends.
///
/// Every replica computes the same order, whatever order the items arrive in.
final class Integration {
    private Integration() {}

    /// The first missing id among the neighbours and the parent of `item`, or null.
    static @Nullable Id missing(StructStore store, Item item, @Nullable Object parent) {
        if (item.originOwner != null && isMissing(item, item.originOwner, item.originClock)) {
            return new Id(item.originOwner.client, item.originClock);
        }
        if (item.rightOriginOwner != null
                && isMissing(item, item.rightOriginOwner, item.rightOriginClock())) {
            return new Id(item.rightOriginOwner.client, item.rightOriginClock());
        }
        if (parent instanceof Id id
                && id.client() != item.client()
                && id.clock() >= store.state(id.client())) {
            return id;
        }
        return null;
    }

    private static boolean isMissing(Item item, ClientStructs owner, long clock) {
        return owner != item.owner && clock >= owner.state();
    }

    /// Integrates an item whose first `offset` clocks are already integrated.
    ///
    /// @param parent the parent as the update names it: a [Branch], an [Id], or null if the parent
    ///   is that of the neighbours
    static void integrate(
            Transaction transaction, Item item, @Nullable Object parent, long offset) {
        boolean hasPlace = resolve(transaction, item, parent);
        if (offset > 0) {
            item.clock += offset;
            item.length -= offset;
            item.content = item.content.splitOff((int) offset);
            item.originOwner = item.owner;
            item.originClock = item.clock - 1;
            var before = StructStore.endingAt(transaction, item.owner, item.clock - 1);
            hasPlace = hasPlace && before instanceof Item;
            if (before instanceof Item left) {
                // A faulty author could use one id twice, with different parents: the first one
                // wins.
                item.left = left;
                item.parent = left.parent;
                item.parentSub = left.parentSub;
            }
        }
        if (hasPlace) {
            place(transaction, item);
        } else {
            transaction.add(new GarbageStruct(item.owner, item.clock, item.length));
        }
    }

    /// Splits the neighbours of `item` even though `item` is already integrated. Yjs does the same,
    /// and if it splits a surrogate pair, the effect is permanent.
    static void cutForKnown(Transaction transaction, Item item) {
        if (missing(transaction.doc.store, item, null) != null) {
            return;
        }
        if (item.originOwner != null) {
            StructStore.endingAt(transaction, item.originOwner, item.originClock);
        }
        if (item.rightOriginOwner != null) {
            StructStore.startingAt(transaction, item.rightOriginOwner, item.rightOriginClock());
        }
    }

    /// Finds the neighbours and the parent. Returns false if one of them was collected: then there
    /// is no position for the item.
    private static boolean resolve(Transaction transaction, Item item, @Nullable Object parent) {
        var store = transaction.doc.store;
        boolean hasPlace = true;
        if (item.originOwner != null) {
            var struct = StructStore.endingAt(transaction, item.originOwner, item.originClock);
            if (struct instanceof Item left) {
                item.left = left;
            } else {
                hasPlace = false;
            }
        }
        if (item.rightOriginOwner != null) {
            var struct =
                    StructStore.startingAt(
                            transaction, item.rightOriginOwner, item.rightOriginClock());
            if (struct instanceof Item right) {
                item.right = right;
            } else {
                hasPlace = false;
            }
        }
        if (!hasPlace) {
            return false;
        }
        switch (parent) {
            case Branch branch -> item.parent = branch;
            case Id id ->
                    item.parent =
                            store.find(id.client(), id.clock()) instanceof Item carrier
                                            && carrier.content instanceof Content.Type(var branch)
                                    ? branch
                                    : null;
            case null, default -> {
                var neighbour = item.left != null ? item.left : item.right;
                if (neighbour != null) {
                    item.parent = neighbour.parent;
                    item.parentSub = neighbour.parentSub;
                }
            }
        }
        return item.parent != null;
    }

    /// Links an item whose neighbours and parent are known, and records the change.
    static void place(Transaction transaction, Item item) {
        var parent = item.parentBranch();
        if (hasConflict(item)) {
            item.left = findLeft(item, parent);
        }
        link(item, parent);
        if (item.right == null && item.parentSub != null) {
            parent.setEntry(item.parentSub, item);
            if (item.left != null) {
                item.left.delete(transaction);
            }
        }
        if (item.content instanceof Content.Deleted) {
            item.markDeleted();
            transaction.deleted(item.client(), item.clock, item.length);
        }
        if (item.parentSub == null) {
            parent.positions.inserted(item);
        }
        transaction.add(item);
        transaction.doc.store.weigh(MemoryEstimates.of(item));
        if (item.content instanceof Content.Type(var branch)) {
            branch.item = item;
            branch.doc = transaction.doc;
        } else if (item.content instanceof Content.Format) {
            parent.hasFormats = true;
        }
        transaction.changed(parent, item.parentSub);
        if (parent.isDeleted() || (item.parentSub != null && item.right != null)) {
            item.delete(transaction);
        }
    }

    private static boolean hasConflict(Item item) {
        if (item.left == null) {
            return item.right == null || item.right.left != null;
        }
        return item.left.right != item.right;
    }

    private static @Nullable Item firstOf(Item item, Branch parent) {
        return item.parentSub == null ? parent.start : parent.firstEntry(item.parentSub);
    }

    private static @Nullable Item findLeft(Item item, Branch parent) {
        Item left = item.left;
        Item other = left != null ? left.right : firstOf(item, parent);
        Set<Item> scanned = null;
        Set<Item> conflicting = null;
        while (other != null && other != item.right) {
            if (item.hasSameOrigin(other)) {
                if (other.client() < item.client()) {
                    left = other;
                    conflicting = null;
                } else if (item.hasSameRightOrigin(other)) {
                    break;
                } else {
                    conflicting = with(conflicting, other);
                }
            } else {
                Item origin = originOf(other);
                if (origin == null || scanned == null || !scanned.contains(origin)) {
                    break;
                }
                if (conflicting == null || !conflicting.contains(origin)) {
                    left = other;
                    conflicting = null;
                } else {
                    conflicting = with(conflicting, other);
                }
            }
            scanned = with(scanned, other);
            other = other.right;
        }
        return left;
    }

    private static Set<Item> with(@Nullable Set<Item> set, Item item) {
        var grown = set != null ? set : Collections.<Item>newSetFromMap(new IdentityHashMap<>());
        grown.add(item);
        return grown;
    }

    private static @Nullable Item originOf(Item item) {
        return item.originOwner != null
                        && item.originOwner.find(item.originClock) instanceof Item origin
                ? origin
                : null;
    }

    private static void link(Item item, Branch parent) {
        if (item.left != null) {
            item.right = item.left.right;
            item.left.right = item;
        } else {
            item.right = firstOf(item, parent);
            if (item.parentSub == null) {
                parent.start = item;
            } else {
                parent.beganWith(item.parentSub, item);
            }
        }
        if (item.right != null) {
            item.right.left = item;
        }
    }
}

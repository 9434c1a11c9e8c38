package dev.qide.yjs;

import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Inserts deleted items again, as copies by this replica (`redoItem` of Yjs).
///
/// A deletion is final: its undo is a new item with the same content between the same neighbours.
/// If the type around it was deleted too, that is inserted first, and the neighbours are looked for
/// among the copies inside the new type. A value of a map entry is not inserted over a value that
/// somebody else has set since.
final class Reinsertion {
    private final Transaction transaction;
    private final StructStore store;
    private final Set<Item> wanted;
    private final OrderedIdSet goingAway;
    private final UndoManager manager;

    /// A place in a list or in the chain of a key.
    private record Place(@Nullable Item left, @Nullable Item right) {}

    /// @param wanted the items that are inserted again in this transaction
    /// @param goingAway the ids that are deleted in this transaction
    Reinsertion(
            Transaction transaction,
            Set<Item> wanted,
            OrderedIdSet goingAway,
            UndoManager manager) {
        this.transaction = transaction;
        this.store = transaction.doc.store;
        this.wanted = wanted;
        this.goingAway = goingAway;
        this.manager = manager;
    }

    /// Inserts a copy of `item`, unless it has one, and first of the deleted types around it.
    /// Returns false if it has no place: a type around it stays deleted, or the entry has a newer
    /// value.
    boolean redo(Item item) {
        var copy = store.redone.copyOf(item);
        if (copy != null) {
            var _ = StructStore.startingAt(transaction, store.of(copy.client()), copy.clock());
            return true;
        }
        var outermostFirst = new ArrayDeque<Item>(1);
        outermostFirst.push(item);
        for (Item around = deletedCarrier(item);
                around != null && !around.isRedone();
                around = deletedCarrier(around)) {
            if (!wanted.contains(around)) {
                return false;
            }
            outermostFirst.push(around);
        }
        boolean inserted = true;
        while (inserted && !outermostFirst.isEmpty()) {
            inserted = insertCopy(outermostFirst.pop());
        }
        return inserted;
    }

    private static @Nullable Item deletedCarrier(Item item) {
        var carrier = item.parentBranch().item;
        return carrier != null && carrier.isDeleted() ? carrier : null;
    }

    private boolean insertCopy(Item item) {
        var parent = livingParent(item);
        if (parent == null) {
            return false;
        }
        var place =
                item.parentSub == null
                        ? new Place(nearest(item.left, true, parent), nearest(item, false, parent))
                        : entryPlace(item, item.parentSub, parent);
        if (place == null) {
            return false;
        }
        var copy =
                LocalEdits.insert(
                        transaction,
                        parent,
                        place.left,
                        place.right,
                        item.parentSub,
                        item.content.copy(),
                        item.length);
        store.redone.put(item, new Id(copy.client(), copy.clock));
        Item.keep(copy, true);
        return true;
    }

    /// The type around an item, or its newest copy if it was deleted; null if that was collected.
    private @Nullable Branch livingParent(Item item) {
        var carrier = deletedCarrier(item);
        if (carrier == null) {
            return item.parentBranch();
        }
        var copy = newestCopy(carrier);
        return copy != null && copy.content instanceof Content.Type(var inner) ? inner : null;
    }

    /// The copy of an item that was not inserted again itself; null if one was collected.
    private @Nullable Item newestCopy(Item first) {
        Item at = first;
        while (at != null && at.isRedone()) {
            at = copyOf(at);
        }
        return at;
    }

    private @Nullable Item copyOf(Item item) {
        var id = store.redone.copyOf(item);
        return id != null
                        && StructStore.startingAt(transaction, store.of(id.client()), id.clock())
                                instanceof Item copy
                ? copy
                : null;
    }

    /// The first item from `first` on, to the left or to the right, that is in the list of `parent`
    /// or has a copy there.
    private @Nullable Item nearest(@Nullable Item first, boolean isLeftwards, Branch parent) {
        for (Item item = first; item != null; item = isLeftwards ? item.left : item.right) {
            Item at = item;
            while (at != null && at.parentBranch().item != parent.item) {
                at = copyOf(at);
            }
            if (at != null) {
                return at;
            }
        }
        return null;
    }

    /// The place after the newest value of an entry; null if somebody else has set that value.
    private @Nullable Place entryPlace(Item item, String key, Branch parent) {
        Item left = parent.entry(key);
        if (item.right != null && !manager.overwritesRemoteEntries()) {
            left = item;
            while (left != null && left.right != null && isOurs(left.right)) {
                left = newestCopy(left.right);
            }
            if (left == null || left.right != null) {
                return null;
            }
        }
        boolean isElsewhere = left != null && left.parentBranch().item != parent.item;
        return new Place(isElsewhere ? parent.entry(key) : left, null);
    }

    /// Whether a value of an entry goes away with this change, or did so with an earlier one.
    private boolean isOurs(Item value) {
        return value.isRedone()
                || goingAway.contains(value.client(), value.clock)
                || manager.isDeletedByStackItem(value.client(), value.clock);
    }
}

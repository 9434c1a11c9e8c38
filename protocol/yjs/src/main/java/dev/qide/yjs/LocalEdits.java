package dev.qide.yjs;

import org.jspecify.annotations.Nullable;

/// Local edits common to all types: new items, and values of entries.
final class LocalEdits {
    private LocalEdits() {}

    /// Adds an item by this replica between two neighbours.
    static Item insert(
            Transaction transaction,
            Branch parent,
            @Nullable Item left,
            @Nullable Item right,
            Content content) {
        return insert(transaction, parent, left, right, null, content, content.length());
    }

    /// Adds an item of `length` clocks, as the value of `key` or, if that is null, to the list.
    static Item insert(
            Transaction transaction,
            Branch parent,
            @Nullable Item left,
            @Nullable Item right,
            @Nullable String key,
            Content content,
            long length) {
        var structs = transaction.doc.store.of(transaction.doc.clientId());
        var item = new Item(structs, structs.state(), length, content);
        item.parent = parent;
        item.parentSub = key;
        item.left = left;
        item.right = right;
        if (left != null) {
            item.originOwner = left.owner;
            item.originClock = left.end() - 1;
        }
        if (right != null) {
            item.setRightOrigin(right.owner, right.clock);
        }
        Integration.place(transaction, item);
        if (content instanceof Content.Type(var branch)) {
            PreliminaryTypes.fill(transaction, branch);
        }
        return item;
    }

    static void setEntry(Transaction transaction, Branch parent, String key, Element element) {
        var content = ContentConversion.of(element);
        insert(transaction, parent, parent.entry(key), null, key, content, content.length());
    }

    static void deleteEntry(Transaction transaction, Branch parent, String key) {
        var item = parent.entry(key);
        if (item != null) {
            item.delete(transaction);
        }
    }

    static @Nullable Element entry(Branch branch, String key) {
        var item = branch.entry(key);
        return item == null || item.isDeleted()
                ? null
                : ContentConversion.lastElement(item.content);
    }

    /// Splits the list at a position.
    ///
    /// @return the item before the position; null at the start. Deleted items after the position
    ///   stay after it
    /// @throws IndexOutOfBoundsException beyond the end of the list
    static @Nullable Item leftOf(Transaction transaction, Branch branch, long position) {
        checkPosition(branch, position);
        if (position == 0) {
            return null;
        }
        var place = branch.positions.find(position - 1);
        var item = place.item();
        if (item == null) {
            throw new IllegalStateException("the index lost a position");
        }
        if (place.offset() + 1 < item.length) {
            int index = item.owner.indexOf(item.clock);
            item.split(transaction, item.owner, index, place.offset() + 1);
        }
        return item;
    }

    /// The item of a plain text at a position, split there; null at the end. Text that was deleted
    /// directly before the position stays before it, since that is where Yjs inserts text.
    ///
    /// @throws IndexOutOfBoundsException beyond the end of the text
    static @Nullable Item firstLivingAt(Transaction transaction, Branch branch, long position) {
        checkPosition(branch, position);
        var place = branch.positions.find(position);
        var item = place.item();
        if (item == null || place.offset() == 0) {
            return item;
        }
        int index = item.owner.indexOf(item.clock);
        return item.split(transaction, item.owner, index, place.offset());
    }

    /// The last item of a list with the visible length `length`; null if it has none.
    static @Nullable Item lastOf(Branch branch, long length) {
        var item = length == 0 ? branch.start : branch.positions.find(length - 1).item();
        while (item != null && item.right != null) {
            item = item.right;
        }
        return item;
    }

    /// Deletes `length` visible clocks from `position`.
    static void deleteList(Transaction transaction, Branch branch, long position, long length) {
        checkPosition(branch, position + length);
        var left = leftOf(transaction, branch, position);
        Item item = left == null ? branch.start : left.right;
        long rest = length;
        while (rest > 0 && item != null) {
            if (item.isVisible()) {
                if (rest < item.length) {
                    item.split(transaction, item.owner, item.owner.indexOf(item.clock), rest);
                }
                rest -= item.length;
                item.delete(transaction);
            }
            item = item.right;
        }
    }

    static void checkPosition(Branch branch, long position) {
        if (position < 0 || position > branch.length) {
            throw new IndexOutOfBoundsException(
                    "position " + position + " of a list of " + branch.length);
        }
    }
}

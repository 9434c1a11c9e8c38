package dev.qide.yjs;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// Deletes the children of a deleted type, and later frees deleted content.
///
/// Types can nest, so both walks use their own stack: a hostile update can nest deeper than a
/// thread's stack allows.
final class Deletion {
    private Deletion() {}

    /// A type whose children are being deleted. What is inside a child goes before its next
    /// sibling, as in Yjs: undo depends on the order.
    static final class Walk {
        final Branch branch;
        private final Iterator<Item> entries;
        private @Nullable Item item;

        Walk(Branch branch) {
            this.branch = branch;
            entries = branch.entries().values().iterator();
            item = branch.start;
        }

        /// The next item of the list, then the last one of each key; null at the end.
        @Nullable Item next() {
            var child = item;
            if (child != null) {
                item = child.right;
                return child;
            }
            return entries.hasNext() ? entries.next() : null;
        }
    }

    /// Deletes the children of a type whose item has just been deleted.
    static void deleteChildren(Transaction transaction, Branch deleted) {
        if (transaction.doc.deletionStack != null) {
            transaction.doc.deletionStack.push(new Walk(deleted));
            return;
        }
        var stack = new ArrayDeque<Walk>();
        transaction.doc.deletionStack = stack;
        try {
            stack.push(new Walk(deleted));
            while (!stack.isEmpty()) {
                var walk = stack.getFirst();
                var child = walk.next();
                if (child != null) {
                    deleteChild(transaction, child);
                } else {
                    transaction.forget(walk.branch);
                    stack.pop();
                }
            }
        } finally {
            transaction.doc.deletionStack = null;
        }
    }

    private static void deleteChild(Transaction transaction, Item item) {
        if (!item.isDeleted()) {
            item.delete(transaction);
        } else if (!transaction.isNew(item)) {
            // The item will be collected with its parent, and may then merge with its neighbours.
            transaction.mergeLater(item);
        }
    }

    /// Frees the content of the deleted items among `deletions`: Yjs's garbage collection.
    static void collect(Doc doc, IdSet deletions) {
        deletions.forEachRange((client, from, to) -> {
            var structs = doc.store.of(client);
            for (int i = structs.indexOf(from);
                    i < structs.size && structs.get(i).clock < to;
                    i++) {
                if (structs.get(i) instanceof Item item && item.isDeleted() && !item.isKept()) {
                    collect(doc.store, item);
                }
            }
        });
    }

    private static void collect(StructStore store, Item item) {
        if (item.content instanceof Content.Type(var branch)) {
            collectChildren(store, branch);
        }
        store.weigh(-MemoryEstimates.of(item.content));
        item.content = Content.Deleted.INSTANCE;
    }

    private static void collectChildren(StructStore store, Branch top) {
        var stack = new ArrayDeque<Branch>();
        stack.push(top);
        while (!stack.isEmpty()) {
            var branch = stack.pop();
            for (var item = branch.start; item != null; item = item.right) {
                collectChild(store, item, stack);
            }
            for (var last : branch.entries().values()) {
                for (Item item = last; item != null; item = item.left) {
                    collectChild(store, item, stack);
                }
            }
            branch.clear();
        }
    }

    private static void collectChild(StructStore store, Item item, ArrayDeque<Branch> stack) {
        store.weigh(-MemoryEstimates.of(item));
        store.redone.remove(item);
        if (item.content instanceof Content.Type(var inner)) {
            stack.push(inner);
        }
        var structs = item.owner;
        structs.set(
                structs.indexOf(item.clock), new GarbageStruct(structs, item.clock, item.length));
    }
}

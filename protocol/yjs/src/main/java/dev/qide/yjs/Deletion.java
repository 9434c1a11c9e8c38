package dev.qide.yjs;

import java.util.ArrayDeque;

/// Deletes the children of a deleted type, and later frees deleted content.
///
/// Types can nest, so both walks use their own stack: a hostile update can nest deeper than a
/// thread's stack allows.
final class Deletion {
    private Deletion() {}

    /// Deletes the children of a type whose item has just been deleted.
    static void deleteChildren(Transaction transaction, Branch deleted) {
        if (transaction.doc.deletionStack != null) {
            transaction.doc.deletionStack.push(deleted);
            return;
        }
        var stack = new ArrayDeque<Branch>();
        transaction.doc.deletionStack = stack;
        try {
            stack.push(deleted);
            while (!stack.isEmpty()) {
                var branch = stack.pop();
                for (var item = branch.start; item != null; item = item.right) {
                    deleteChild(transaction, item);
                }
                branch.entries().values().forEach(item -> deleteChild(transaction, item));
                transaction.forget(branch);
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
                if (structs.get(i) instanceof Item item && item.isDeleted()) {
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
        if (item.content instanceof Content.Type(var inner)) {
            stack.push(inner);
        }
        var structs = item.owner;
        structs.set(
                structs.indexOf(item.clock), new GarbageStruct(structs, item.clock, item.length));
    }
}

package dev.qide.yjs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// A change that [UndoManager] undoes or redoes as one: the ids that it inserted and deleted. Owned
/// by the document's thread.
public final class StackItem {
    private OrderedIdSet insertions;
    private OrderedIdSet deletions;
    private final Map<String, Object> meta = new HashMap<>();

    StackItem(OrderedIdSet insertions, OrderedIdSet deletions) {
        this.insertions = insertions;
        this.deletions = deletions;
    }

    /// A copy of the ids that the change inserted.
    public IdSet insertions() {
        return insertions.ids().copy();
    }

    /// A copy of the ids that the change deleted.
    public IdSet deletions() {
        return deletions.ids().copy();
    }

    /// What the application stores with the change, for example the selection before it.
    public Map<String, Object> meta() {
        return meta;
    }

    OrderedIdSet orderedDeletions() {
        return deletions;
    }

    /// Adds a later change.
    void add(OrderedIdSet moreInsertions, OrderedIdSet moreDeletions) {
        insertions = insertions.with(moreInsertions);
        deletions = deletions.with(moreDeletions);
    }

    boolean deletes(long client, long clock) {
        return deletions.contains(client, clock);
    }

    /// Lets the content of its deletions be collected.
    void release(Transaction transaction, Predicate<Item> isInScope) {
        forEachItem(transaction, deletions, isInScope, item -> Item.keep(item, false));
    }

    /// Visits the items of `ids` that are in scope.
    static void forEachItem(
            Transaction transaction,
            OrderedIdSet ids,
            Predicate<Item> isInScope,
            Consumer<Item> consumer) {
        StructStore.forEachIn(
                transaction,
                ids,
                struct -> {
                    if (struct instanceof Item item && isInScope.test(item)) {
                        consumer.accept(item);
                    }
                });
    }

    /// Inserts what it deleted and deletes what it inserted. Returns false if there was nothing to
    /// do, since others did it or made it impossible.
    boolean revert(Transaction transaction, Predicate<Item> isInScope, UndoManager manager) {
        var living = livingInsertions(transaction, isInScope);
        Set<Item> wanted = new LinkedHashSet<>();
        forEachItem(
                transaction,
                deletions,
                isInScope,
                item -> {
                    if (!insertions.contains(item.client(), item.clock)) {
                        wanted.add(item);
                    }
                });
        boolean isChanged = false;
        var reinsertion = new Reinsertion(transaction, wanted, insertions, manager);
        for (var item : wanted) {
            isChanged |= reinsertion.redo(item);
        }
        // The last one first, so that children go before the type around them.
        for (var item : living.reversed()) {
            item.delete(transaction);
            isChanged = true;
        }
        return isChanged;
    }

    /// The inserted items that are not deleted, or the newest copies of those that were.
    private List<Item> livingInsertions(Transaction transaction, Predicate<Item> isInScope) {
        var store = transaction.doc.store;
        var living = new ArrayList<Item>();
        StructStore.forEachIn(
                transaction,
                insertions,
                struct -> {
                    Struct newest = struct;
                    if (struct instanceof Item item && item.isRedone()) {
                        var place = store.redone.follow(store, new Id(item.client(), item.clock));
                        var found = place.struct();
                        newest =
                                StructStore.startingAt(
                                        transaction, found.owner, found.clock + place.offset());
                    }
                    if (newest instanceof Item item && !item.isDeleted() && isInScope.test(item)) {
                        living.add(item);
                    }
                });
        return living;
    }
}

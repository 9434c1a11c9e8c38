package dev.qide.yjs;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Deletes redundant marks, which concurrent edits leave behind.
///
/// After a remote change Yjs cleans every text that gained or lost a mark as a whole, and around
/// deleted text only the gap. It does so in a separate local transaction; every replica deletes the
/// same marks.
final class FormatCleanup {
    private FormatCleanup() {}

    /// Cleans the texts that a finished transaction changed.
    static void run(Transaction finished) {
        Set<Branch> whole = new LinkedHashSet<>();
        var store = finished.doc.store;
        for (var structs : finished.changedClientsByArrival()) {
            long before = finished.stateBefore(structs);
            if (structs.state() > before) {
                for (int i = structs.indexOf(before); i < structs.size; i++) {
                    if (structs.get(i) instanceof Item item
                            && !item.isDeleted()
                            && item.content instanceof Content.Format) {
                        whole.add(item.parentBranch());
                    }
                }
            }
        }
        finished.doc.transact(
                null,
                transaction -> {
                    for (long client : finished.deletionOrder()) {
                        finished.deletions()
                                .forEachRange(
                                        client,
                                        (_, from, to) ->
                                                cleanDeleted(
                                                        transaction,
                                                        store.of(client),
                                                        from,
                                                        to,
                                                        whole));
                    }
                    whole.forEach(branch -> cleanWhole(transaction, branch));
                });
    }

    private static void cleanDeleted(
            Transaction transaction, ClientStructs structs, long from, long to, Set<Branch> whole) {
        for (int i = structs.indexOf(from); i < structs.size && structs.get(i).clock < to; i++) {
            if (structs.get(i) instanceof Item item) {
                var branch = item.parentBranch();
                if (!branch.hasFormats || whole.contains(branch)) {
                    continue;
                }
                if (item.content instanceof Content.Format) {
                    whole.add(branch);
                } else {
                    cleanAround(transaction, item);
                }
            }
        }
    }

    /// Keeps only the last mark of each key in the gap around a deleted item.
    private static void cleanAround(Transaction transaction, Item deleted) {
        Item item = deleted;
        while (item.right != null && !item.right.isVisible()) {
            item = item.right;
        }
        var keys = new HashSet<String>();
        for (Item at = item; at != null && !at.isVisible(); at = at.left) {
            if (!at.isDeleted()
                    && at.content instanceof Content.Format format
                    && !keys.add(format.key())) {
                at.delete(transaction);
            }
        }
    }

    private static void cleanWhole(Transaction transaction, Branch branch) {
        Item gapStart = branch.start;
        Map<String, Value> gapAttributes = new LinkedHashMap<>();
        Map<String, Value> attributes = new LinkedHashMap<>();
        for (Item item = branch.start; item != null; item = item.right) {
            if (item.isDeleted()) {
                continue;
            }
            if (item.content instanceof Content.Format format) {
                Attributes.apply(attributes, format);
            } else if (gapStart != null) {
                cleanGap(transaction, gapStart, item, gapAttributes, attributes);
                gapAttributes = new LinkedHashMap<>(attributes);
                gapStart = item;
            }
        }
    }

    /// Deletes the marks between `first` and the next visible item that are overridden by another
    /// mark in the gap, or that repeat a value from before the gap.
    ///
    /// @param current the item up to which `currentAttributes` is valid; the attributes are updated
    static void cleanGap(
            Transaction transaction,
            Item first,
            @Nullable Item current,
            Map<String, Value> attributesBefore,
            Map<String, Value> currentAttributes) {
        Map<String, Content.Format> lasts = new HashMap<>();
        Item end = first;
        while (end != null && !end.isVisible()) {
            if (!end.isDeleted() && end.content instanceof Content.Format format) {
                lasts.put(format.key(), format);
            }
            end = end.right;
        }
        boolean reachedCurrent = false;
        for (Item item = first; item != null && item != end; item = item.right) {
            reachedCurrent |= item == current;
            if (!item.isDeleted() && item.content instanceof Content.Format format) {
                cleanMark(
                        transaction,
                        item,
                        isLast(lasts, format),
                        attributesBefore,
                        reachedCurrent ? null : currentAttributes);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // two equal marks are still two marks
    private static boolean isLast(Map<String, Content.Format> lasts, Content.Format format) {
        return lasts.get(format.key()) == format;
    }

    private static void cleanMark(
            Transaction transaction,
            Item item,
            boolean isLast,
            Map<String, Value> attributesBefore,
            @Nullable Map<String, Value> currentAttributes) {
        var format = (Content.Format) item.content;
        var held = Attributes.get(attributesBefore, format.key());
        boolean repeats = Attributes.isSame(held, format.value());
        if (!isLast || repeats) {
            item.delete(transaction);
            if (currentAttributes != null
                    && !repeats
                    && Attributes.isSame(
                            Attributes.get(currentAttributes, format.key()), format.value())) {
                if (held instanceof Value.Null) {
                    currentAttributes.remove(format.key());
                } else {
                    currentAttributes.put(format.key(), held);
                }
            }
        }
        if (currentAttributes != null && !item.isDeleted()) {
            Attributes.apply(currentAttributes, format);
        }
    }
}

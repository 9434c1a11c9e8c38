package dev.qide.yjs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Ends a transaction: calls the observers, collects garbage, merges structs, and sends the update
/// event. The steps and their order are those of Yjs.
final class TransactionCleanup {
    private TransactionCleanup() {}

    static void finish(Transaction transaction) {
        var doc = transaction.doc;
        if (doc.undoManagers > 0) {
            transaction.recordInsertions();
        }
        try {
            if (!transaction.changedTypes().isEmpty()) {
                callObservers(transaction);
            }
            doc.transactionListeners().forEach(listener -> listener.accept(transaction));
            if (transaction.needsFormatCleanup && doc.options().cleansFormats()) {
                FormatCleanup.run(transaction);
            }
        } finally {
            var collectable = transaction.collectable();
            if (doc.options().collectsGarbage() && !collectable.isEmpty()) {
                Deletion.collect(doc, collectable);
            }
            StructMerger.mergeAfter(transaction, collectable);
        }
        if (!doc.updateListeners().isEmpty() && transaction.hasContent()) {
            byte[] update = StateWriter.writeChanges(transaction);
            for (var listener : doc.updateListeners()) {
                listener.accept(update, transaction.origin());
            }
        }
        if (doc.undoManagers > 0) {
            // Yjs destroys each in a transaction of its own, which ends a stack item for redo.
            for (int i = 0; i < transaction.removedSubdocuments; i++) {
                doc.transact(null, _ -> {});
            }
        }
    }

    private static void callObservers(Transaction transaction) {
        Map<Branch, List<ChangeEvent>> deepEvents = new LinkedHashMap<>();
        for (var change : transaction.changedTypes().entrySet()) {
            var branch = change.getKey();
            if (branch.isDeleted()) {
                continue;
            }
            if (!transaction.isLocal() && branch.kind.isText() && branch.hasFormats) {
                transaction.needsFormatCleanup = true;
            }
            if (transaction.doc.undoManagers > 0) {
                transaction.touchedWithParents(branch);
            }
            var event = new ChangeEvent(branch, transaction, change.getValue());
            collectDeep(branch, event, deepEvents);
            if (branch.hasObservers()) {
                List.copyOf(branch.observers()).forEach(observer -> observer.accept(event));
            }
        }
        deepEvents.forEach((branch, events) -> {
            if (!branch.isDeleted()) {
                events.removeIf(event -> event.branch().isDeleted());
                events.sort(Comparator.comparingInt(ChangeEvent::depth));
                List.copyOf(branch.deepObservers()).forEach(o -> o.accept(events));
            }
        });
    }

    private static void collectDeep(
            Branch changed, ChangeEvent event, Map<Branch, List<ChangeEvent>> deepEvents) {
        for (Branch branch = changed; branch != null; branch = branch.parent()) {
            if (branch.hasDeepObservers()) {
                deepEvents.computeIfAbsent(branch, _ -> new ArrayList<>()).add(event);
            }
        }
    }
}

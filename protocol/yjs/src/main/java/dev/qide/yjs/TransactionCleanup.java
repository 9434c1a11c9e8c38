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
        try {
            if (!transaction.changedTypes().isEmpty()) {
                callObservers(transaction);
            }
            doc.transactionListeners().forEach(listener -> listener.accept(transaction));
            if (transaction.needsFormatCleanup && doc.options().cleansFormats()) {
                FormatCleanup.run(transaction);
            }
        } finally {
            if (doc.options().collectsGarbage() && !transaction.deletions().isEmpty()) {
                Deletion.collect(doc, transaction.deletions());
            }
            StructMerger.mergeAfter(transaction, transaction.deletions());
        }
        if (!doc.updateListeners().isEmpty() && transaction.hasContent()) {
            byte[] update = StateWriter.writeChanges(transaction);
            for (var listener : doc.updateListeners()) {
                listener.accept(update, transaction.origin());
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

package dev.qide.yjs;

/// Applies an update inside a transaction: structs first, then deletions, then pending structs.
final class UpdateApplier {
    private UpdateApplier() {}

    static void apply(Transaction transaction, StructCursor cursor) {
        var doc = transaction.doc;
        boolean isTyping = cursor.next() && cursor.isOnlyStruct();
        if (isTyping) {
            var deletions = cursor.readDeleteSet();
            if (TypingFastPath.append(transaction, cursor)) {
                applyRest(transaction, deletions, doc.pending.canAdvance(doc.store));
                return;
            }
            cursor.restart();
            cursor.next();
        }
        var reader = new UpdateReader(transaction);
        var deletions = reader.decode(cursor);
        boolean isComplete = reader.integrate();
        boolean canAdvance = doc.pending.canAdvance(doc.store);
        if (!isComplete) {
            doc.pending.add(cursor.decoder.array(), doc.store, reader.missing());
        }
        applyRest(transaction, deletions, canAdvance);
    }

    private static void applyRest(Transaction transaction, IdSet deletions, boolean canAdvance) {
        if (!deletions.isEmpty() || !transaction.doc.pending.deletions().isEmpty()) {
            applyDeletions(transaction, deletions);
        }
        if (canAdvance) {
            retryPending(transaction);
        }
    }

    private static void applyDeletions(Transaction transaction, IdSet deletions) {
        var pending = transaction.doc.pending;
        var rest = UpdateReader.delete(transaction, deletions);
        if (!pending.deletions().isEmpty()) {
            rest.addAll(UpdateReader.delete(transaction, pending.deletions()));
        }
        pending.setDeletions(rest);
    }

    /// Integrates the pending structs whose dependencies have arrived.
    static void retryPending(Transaction transaction) {
        var doc = transaction.doc;
        var cursor = new StructCursor(doc.pending.takeUpdates(), DecodeLimits.WIDEST);
        var reader = new UpdateReader(transaction);
        cursor.next();
        reader.decode(cursor);
        if (!reader.integrate()) {
            doc.pending.add(cursor.decoder.array(), doc.store, reader.missing());
        }
        var waiting = doc.pending.deletions();
        if (!waiting.isEmpty()) {
            doc.pending.setDeletions(UpdateReader.delete(transaction, waiting));
        }
    }
}

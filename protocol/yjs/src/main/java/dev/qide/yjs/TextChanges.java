package dev.qide.yjs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Computes the delta of a text's change: one walk over the list that compares, for each item and
/// mark, the state before the transaction with the present state.
final class TextChanges {
    private final ChangeEvent event;
    private final DeltaBuilder delta = new DeltaBuilder();

    /// The marks at the current position of the walk, now and before the transaction.
    private final Map<String, Value> now = new LinkedHashMap<>();

    private final Map<String, Value> before = new LinkedHashMap<>();

    TextChanges(ChangeEvent event) {
        this.event = event;
    }

    List<Delta> delta() {
        for (Item item = event.branch().start; item != null; item = item.right) {
            boolean isAdded = event.isAdded(item);
            boolean wasThere = !isAdded && (!item.isDeleted() || event.isDeletedNow(item));
            if (item.content instanceof Content.Format format) {
                if (wasThere) {
                    Attributes.apply(before, format);
                }
                if (!item.isDeleted()) {
                    delta.flushText();
                    Attributes.apply(now, format);
                }
            } else if (item.isCountable()) {
                if (item.isDeleted()) {
                    if (wasThere) {
                        delta.delete(item.length);
                    }
                } else if (isAdded) {
                    insert(item);
                } else {
                    delta.retain(item.length, changedMarks());
                }
            }
        }
        return delta.finish();
    }

    private void insert(Item item) {
        if (item.content instanceof TextRun run) {
            delta.insertText(run, now);
        } else {
            ContentConversion.elements(item.content)
                    .forEach(element -> delta.insertEmbed(element, now));
        }
    }

    /// The changes of a retained item's marks; [Value#NULL] for a removed mark.
    private Map<String, Value> changedMarks() {
        if (now.isEmpty() && before.isEmpty()) {
            return Map.of();
        }
        var changes = new LinkedHashMap<String, Value>();
        now.forEach((key, value) -> {
            if (!Attributes.equal(value, Attributes.get(before, key))) {
                changes.put(key, value);
            }
        });
        before.keySet()
                .forEach(key -> {
                    if (!now.containsKey(key)) {
                        changes.put(key, Value.NULL);
                    }
                });
        return changes;
    }
}

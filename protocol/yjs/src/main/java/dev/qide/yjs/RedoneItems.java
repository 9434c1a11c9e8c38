package dev.qide.yjs;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The deleted items that undo or redo inserted again, each with the id of its copy (`redone` of
/// Yjs). Only this replica knows them; they are not part of an update.
///
/// Such an item is never merged with its neighbours; its parts after a split lead to the parts of
/// the copy. Owned by one thread.
final class RedoneItems {
    private Map<Item, Id> copies = Map.of();

    /// A struct, and the number of its clocks before an id.
    record Place(Struct struct, long offset) {}

    /// The id of the copy; null if the item was not inserted again.
    @Nullable Id copyOf(Item item) {
        return item.isRedone() ? copies.get(item) : null;
    }

    boolean has(Item item) {
        return copies.containsKey(item);
    }

    int size() {
        return copies.size();
    }

    void put(Item item, Id copy) {
        if (copies.isEmpty()) {
            copies = new HashMap<>();
        }
        copies.put(item, copy);
        item.markRedone();
    }

    /// Records that `left` has just been split; `right` follows it.
    void split(Item left, Item right) {
        var copy = copies.get(left);
        if (copy != null) {
            copies.put(right, new Id(copy.client(), copy.clock() + left.length));
        }
    }

    /// Forgets an item that is collected together with its place.
    void remove(Item item) {
        if (item.isRedone()) {
            copies.remove(item);
        }
    }

    /// Where the newest copy of an id below the state of its client is (`followRedone` of Yjs).
    Place follow(StructStore store, Id first) {
        var struct = store.find(first.client(), first.clock());
        long offset = first.clock() - struct.clock;
        while (struct instanceof Item item) {
            var copy = copyOf(item);
            if (copy == null) {
                break;
            }
            long clock = copy.clock() + offset;
            struct = store.find(copy.client(), clock);
            offset = clock - struct.clock;
        }
        return new Place(struct, offset);
    }
}

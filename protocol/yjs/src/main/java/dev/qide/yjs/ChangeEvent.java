package dev.qide.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The changes of one transaction in one shared type. Valid only inside the observer: afterwards
/// the deleted content is freed.
public final class ChangeEvent {
    /// The change of a key.
    public enum Action {
        ADD,
        UPDATE,
        DELETE
    }

    private final Branch branch;
    private final Transaction transaction;
    private final Set<@Nullable String> keys;

    ChangeEvent(Branch branch, Transaction transaction, Set<@Nullable String> keys) {
        this.branch = branch;
        this.transaction = transaction;
        this.keys = keys;
    }

    Branch branch() {
        return branch;
    }

    /// The type that changed.
    public SharedType target() {
        return SharedType.of(branch);
    }

    /// The origin of the transaction, as its caller set it; null for none (Yjs,
    /// `transaction.origin`).
    public @Nullable Object origin() {
        return transaction.origin();
    }

    /// Whether the change was made here, and not by an applied update.
    public boolean isLocal() {
        return transaction.isLocal();
    }

    /// The number of types above the target.
    int depth() {
        int depth = 0;
        for (Branch above = branch.parent(); above != null; above = above.parent()) {
            depth++;
        }
        return depth;
    }

    /// The path from the root to the target: keys as String, positions as Long.
    public List<Object> path() {
        var path = new ArrayList<Object>();
        for (Branch at = branch; at.item != null; at = at.item.parentBranch()) {
            var carrier = at.item;
            path.addFirst(
                    carrier.parentSub != null
                            ? carrier.parentSub
                            : (Object) carrier.parentBranch().positions.positionOf(carrier));
        }
        return path;
    }

    /// The changed keys with their changes.
    public Map<String, Action> keys() {
        var actions = new LinkedHashMap<String, Action>();
        for (String key : keys) {
            var last = key == null ? null : branch.entry(key);
            if (key != null && last != null) {
                var action = actionOf(last);
                if (action != null) {
                    actions.put(key, action);
                }
            }
        }
        return actions;
    }

    private @Nullable Action actionOf(Item last) {
        if (!transaction.isNew(last)) {
            return deletes(last) ? Action.DELETE : null;
        }
        Item before = last.left;
        while (before != null && transaction.isNew(before)) {
            before = before.left;
        }
        boolean replaces = before != null && deletes(before);
        if (deletes(last)) {
            return replaces ? Action.DELETE : null;
        }
        return replaces ? Action.UPDATE : Action.ADD;
    }

    private boolean deletes(Item item) {
        return transaction.deletions().contains(item.client(), item.clock, item.clock + 1);
    }

    /// The delta that turns the old content of the list into the new content, without a trailing
    /// retain that has no attributes.
    public List<Delta> delta() {
        return branch.kind.isText() ? new TextChanges(this).delta() : listDelta();
    }

    /// Whether the transaction added the item.
    boolean isAdded(Item item) {
        return transaction.isNew(item);
    }

    boolean isDeletedNow(Item item) {
        return item.isDeleted() && deletes(item);
    }

    private List<Delta> listDelta() {
        var delta = new DeltaBuilder();
        if (keys.contains(null)) {
            for (Item item = branch.start; item != null; item = item.right) {
                if (item.isDeleted()) {
                    if (deletes(item) && !transaction.isNew(item)) {
                        delta.delete(item.length);
                    }
                } else if (item.isCountable()) {
                    if (transaction.isNew(item)) {
                        delta.insertElements(ContentConversion.elements(item.content));
                    } else {
                        delta.retain(item.length, Map.of());
                    }
                }
            }
        }
        return delta.finish();
    }

    /// The keys of the event, the list (null) left out.
    Set<String> changedKeys() {
        var named = new LinkedHashSet<String>();
        for (String key : keys) {
            if (key != null) {
                named.add(key);
            }
        }
        return named;
    }
}

package dev.qide.yjs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// The types whose changes an [UndoManager] undoes, with everything inside them; or the whole
/// document.
final class UndoScope {
    private final Doc doc;
    private final boolean isWhole;
    private final Set<Branch> branches = new HashSet<>();

    /// @param isWhole whether all types belong to it
    UndoScope(Doc doc, boolean isWhole) {
        this.doc = doc;
        this.isWhole = isWhole;
    }

    /// @throws IllegalArgumentException for a type of another document
    void add(SharedType type) {
        if (type.branch.doc != doc) {
            throw new IllegalArgumentException("the type belongs to another document");
        }
        branches.add(type.branch);
    }

    /// Whether a transaction changed any of its types.
    boolean isChangedBy(Transaction transaction) {
        return isWhole || branches.stream().anyMatch(transaction.touchedTypes()::contains);
    }

    /// Whether an item is inside one of its types. The test remembers the types that it has seen,
    /// so that many items deep inside a document cost one walk; use it within one transaction.
    Predicate<Item> membership() {
        if (isWhole) {
            return _ -> true;
        }
        var known = new HashMap<Branch, Boolean>();
        return item -> isInside(item.parentBranch(), known);
    }

    private boolean isInside(Branch first, Map<Branch, Boolean> known) {
        var walked = new ArrayList<Branch>(1);
        boolean isInside = false;
        for (Branch at = first; at != null; at = at.parent()) {
            var before = known.get(at);
            if (before != null || branches.contains(at)) {
                isInside = before == null || before;
                break;
            }
            walked.add(at);
        }
        for (var branch : walked) {
            known.put(branch, isInside);
        }
        return isInside;
    }
}

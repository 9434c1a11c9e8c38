package dev.qide.yjs;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What changes between two events of a document: everything inside one call of [Doc#transact] or
/// one applied update. Owned by the document's thread.
public final class Transaction {
    /// A client that got new structs, and its state before.
    private record Change(ClientStructs structs, long stateBefore) {}

    final Doc doc;
    private final @Nullable Object origin;
    private boolean isLocal;
    private final List<Change> changes = new ArrayList<>(2);
    private final IdSet deletions = new IdSet();

    /// The types whose list (key null) or entries changed, unless they are new themselves.
    private final Map<Branch, Set<@Nullable String>> changed = new LinkedHashMap<>();

    /// Items that may be mergeable with their neighbours afterwards.
    private final List<Struct> mergeCandidates = new ArrayList<>();

    private final Set<Subdocument> subdocumentsRemoved = new HashSet<>();

    /// Set when a remote change came into a text with marks: then the clean-up of marks runs.
    boolean needsFormatCleanup;

    Transaction(Doc doc, @Nullable Object origin, boolean isLocal) {
        this.doc = doc;
        this.origin = origin;
        this.isLocal = isLocal;
    }

    /// What the caller named as the reason of the change.
    public @Nullable Object origin() {
        return origin;
    }

    /// Whether the change was made here, and not by an applied update.
    public boolean isLocal() {
        return isLocal;
    }

    void setRemote() {
        isLocal = false;
    }

    /// The ids that were deleted.
    public IdSet deletions() {
        return deletions;
    }

    /// Appends a struct to its client's.
    void add(Struct struct) {
        touch(struct.owner);
        struct.owner.append(struct);
    }

    /// Remembers the state of a client before it changes.
    void touch(ClientStructs structs) {
        if (structs.changedBy != this) {
            structs.changedBy = this;
            structs.stateBefore = structs.state();
            changes.add(new Change(structs, structs.stateBefore));
        }
    }

    /// The state of a client before this transaction.
    long stateBefore(ClientStructs structs) {
        if (structs.changedBy == this) {
            return structs.stateBefore;
        }
        for (var change : changes) {
            if (change.structs == structs) {
                return change.stateBefore;
            }
        }
        return structs.state();
    }

    /// The clients that got structs.
    List<ClientStructs> changedClients() {
        return changes.stream().map(Change::structs).toList();
    }

    boolean isNew(Struct struct) {
        return struct.clock >= stateBefore(struct.owner);
    }

    void deleted(long client, long clock, long length) {
        deletions.add(client, clock, clock + length);
    }

    void changed(Branch branch, @Nullable String key) {
        var carrier = branch.item;
        if (carrier == null || (!carrier.isDeleted() && !isNew(carrier))) {
            changed.computeIfAbsent(branch, _ -> new LinkedHashSet<>()).add(key);
        }
    }

    void forget(Branch branch) {
        changed.remove(branch);
    }

    Map<Branch, Set<@Nullable String>> changedTypes() {
        return changed;
    }

    void mergeLater(Struct struct) {
        mergeCandidates.add(struct);
    }

    List<Struct> mergeCandidates() {
        return mergeCandidates;
    }

    void subdocumentRemoved(Subdocument subdocument) {
        subdocumentsRemoved.add(subdocument);
    }

    /// Whether an update event would say anything.
    boolean hasContent() {
        return !changes.isEmpty() || !deletions.isEmpty();
    }
}

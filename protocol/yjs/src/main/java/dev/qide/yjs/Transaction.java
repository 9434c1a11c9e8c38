package dev.qide.yjs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A group of changes with one update event: everything inside one call of [Doc#transact], or one
/// applied update. Owned by the document's thread.
public final class Transaction {
    private static final ClientStructs[] NO_CLIENTS = {};
    private static final long[] NO_STATES = {};

    final Doc doc;
    private final @Nullable Object origin;
    private boolean isLocal;

    /// The clients that got new structs, and their states before. The first one has fields of its
    /// own, since nearly every transaction changes only one.
    private @Nullable ClientStructs firstChanged;

    private long firstStateBefore;
    private ClientStructs[] changedClients = NO_CLIENTS;

    private long[] statesBefore = NO_STATES;

    /// The number of clients in `changedClients`.
    private int changes;

    private final IdSet deletions = new IdSet();

    /// The clients in `deletions`, in the order in which the first id of each was deleted.
    private List<Long> deletionOrder = List.of();

    /// The types whose list (key null) or entries changed, unless they are new themselves.
    private Map<Branch, Set<@Nullable String>> changed = Map.of();

    /// The ids that it added, and the changed types with those around them: see [UndoManager].
    private @Nullable OrderedIdSet insertions;

    private Set<Branch> touched = Set.of();

    /// Earlier deletions that are no longer kept for undo.
    private @Nullable IdSet released;

    /// Items that may be mergeable with their neighbours at the end.
    private List<Struct> mergeCandidates = List.of();

    /// The number of deleted references to sub-documents, unless they are new.
    int removedSubdocuments;

    /// Set when a text with marks has a remote change, so that the clean-up of marks runs.
    boolean needsFormatCleanup;

    Transaction(Doc doc, @Nullable Object origin, boolean isLocal) {
        this.doc = doc;
        this.origin = origin;
        this.isLocal = isLocal;
    }

    /// The origin that the caller gave.
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

    /// Appends a struct to those of its client.
    void add(Struct struct) {
        touch(struct.owner);
        struct.owner.append(struct);
    }

    /// Records the state of a client before it changes.
    void touch(ClientStructs structs) {
        if (structs.changedBy != this) {
            structs.changedBy = this;
            structs.stateBefore = structs.state();
            if (structs.stateBefore == 0) {
                structs.arrival = doc.store.nextArrival();
            }
            if (firstChanged == null) {
                firstChanged = structs;
                firstStateBefore = structs.stateBefore;
            } else {
                addChanged(structs);
            }
        }
    }

    private void addChanged(ClientStructs structs) {
        if (changes == changedClients.length) {
            changedClients = Arrays.copyOf(changedClients, changes + changes / 2 + 1);
            statesBefore = Arrays.copyOf(statesBefore, changedClients.length);
        }
        changedClients[changes] = structs;
        statesBefore[changes++] = structs.stateBefore;
    }

    /// The state of a client before this transaction.
    long stateBefore(ClientStructs structs) {
        if (structs.changedBy == this) {
            return structs.stateBefore;
        }
        if (firstChanged == structs) {
            return firstStateBefore;
        }
        for (int i = 0; i < changes; i++) {
            if (changedClients[i] == structs) {
                return statesBefore[i];
            }
        }
        return structs.state();
    }

    /// The clients that got structs.
    List<ClientStructs> changedClients() {
        var first = firstChanged;
        if (first == null) {
            return List.of();
        }
        if (changes == 0) {
            return List.of(first);
        }
        var all = new ArrayList<ClientStructs>(changes + 1);
        all.add(first);
        all.addAll(Arrays.asList(changedClients).subList(0, changes));
        return all;
    }

    /// [#changedClients] in the order in which the document got to know them.
    List<ClientStructs> changedClientsByArrival() {
        var clients = changedClients();
        if (clients.size() > 1) {
            clients.sort(Comparator.comparingInt(structs -> structs.arrival));
        }
        return clients;
    }

    /// Records the ids that it added, for [UndoManager]: before the observers, which may add more.
    void recordInsertions() {
        var added = new OrderedIdSet();
        for (var structs : changedClientsByArrival()) {
            if (structs.state() > stateBefore(structs)) {
                added.add(structs.client, stateBefore(structs), structs.state());
            }
        }
        insertions = added;
    }

    /// The ids that it added; null if there was no [UndoManager] when it ended.
    @Nullable OrderedIdSet insertions() {
        return insertions;
    }

    /// Records a changed type and those around it, for [UndoManager].
    void touchedWithParents(Branch changedType) {
        if (touched.isEmpty()) {
            touched = new HashSet<>();
        }
        for (Branch at = changedType; at != null && touched.add(at); at = at.parent()) {}
    }

    /// The types that changed, unless they are new or deleted, and the types around them.
    Set<Branch> touchedTypes() {
        return touched;
    }

    boolean isNew(Struct struct) {
        return struct.clock >= stateBefore(struct.owner);
    }

    void deleted(long client, long clock, long length) {
        if (deletions.rangeCount(client) == 0) {
            if (deletionOrder.isEmpty()) {
                deletionOrder = new ArrayList<>(2);
            }
            deletionOrder.add(client);
        }
        deletions.add(client, clock, clock + length);
    }

    List<Long> deletionOrder() {
        return deletionOrder;
    }

    /// The deleted ids in the order in which Yjs visits them; not to be changed.
    OrderedIdSet orderedDeletions() {
        return new OrderedIdSet(deletions, deletionOrder);
    }

    /// Lets the content of earlier deletions be collected at the end.
    void release(IdSet earlier) {
        if (released == null) {
            released = new IdSet();
        }
        released.addAll(earlier);
    }

    /// The deletions whose content may be collected: its own, and the released ones.
    IdSet collectable() {
        if (released == null) {
            return deletions;
        }
        var all = deletions.copy();
        all.addAll(released);
        return all;
    }

    void changed(Branch branch, @Nullable String key) {
        if (!doc.isObserved && !branch.hasFormats) {
            return;
        }
        var carrier = branch.item;
        if (carrier == null || (!carrier.isDeleted() && !isNew(carrier))) {
            if (changed.isEmpty()) {
                changed = new LinkedHashMap<>();
            }
            changed.computeIfAbsent(branch, _ -> new LinkedHashSet<>()).add(key);
        }
    }

    void forget(Branch branch) {
        if (!changed.isEmpty()) {
            changed.remove(branch);
        }
    }

    Map<Branch, Set<@Nullable String>> changedTypes() {
        return changed;
    }

    void mergeLater(Struct struct) {
        if (mergeCandidates.isEmpty()) {
            mergeCandidates = new ArrayList<>(4);
        }
        mergeCandidates.add(struct);
    }

    List<Struct> mergeCandidates() {
        return mergeCandidates;
    }

    /// Whether the update event would not be empty.
    boolean hasContent() {
        return firstChanged != null || !deletions.isEmpty();
    }
}

package dev.qide.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decodes an update and integrates its structs; those with missing dependencies go to
/// [PendingStructs].
///
/// First everything is decoded, so that a malformed update changes nothing. Then the structs of
/// each client are integrated in the order of their clocks. If a struct needs an id of another
/// client, that client goes first; if the id is missing, the client is blocked from there on.
final class UpdateReader {
    /// The decoded structs of one client.
    private static final class Queue {
        final ClientStructs owner;
        final List<Struct> structs = new ArrayList<>();

        /// Parents as the update names them, by item: root name as String, or [Id].
        final List<@Nullable Object> parents = new ArrayList<>();

        int next;
        boolean isBlocked;
        boolean isWaiting;

        Queue(ClientStructs owner) {
            this.owner = owner;
        }

        boolean hasNext() {
            return !isBlocked && next < structs.size();
        }
    }

    private final Transaction transaction;
    private final StructStore store;
    private final Map<Long, Queue> queues = new HashMap<>(4);
    private final Map<Long, Long> missing = new HashMap<>(4);
    private boolean isAnythingLeft;

    UpdateReader(Transaction transaction) {
        this.transaction = transaction;
        this.store = transaction.doc.store;
    }

    /// Decodes everything from the cursor's current struct, and the delete set.
    IdSet decode(StructCursor cursor) {
        Queue queue = null;
        for (boolean more = cursor.isOnStruct(); more; more = cursor.next()) {
            if (queue == null || queue.owner.client != cursor.client) {
                queue = new Queue(store.of(cursor.client));
                queues.put(cursor.client, queue);
            }
            if (cursor.kind == StructCursor.GC) {
                queue.structs.add(new GarbageStruct(queue.owner, cursor.clock, cursor.length));
                queue.parents.add(null);
            } else if (cursor.kind != StructCursor.SKIP) {
                queue.structs.add(readItem(cursor, queue.owner));
                queue.parents.add(
                        cursor.hasParentId()
                                ? new Id(cursor.parentClient, cursor.parentClock)
                                : cursor.parentRoot);
            }
        }
        return cursor.readDeleteSet();
    }

    private Item readItem(StructCursor cursor, ClientStructs owner) {
        var item = new Item(owner, cursor.clock, cursor.length, ContentReader.read(cursor));
        if (cursor.hasOrigin()) {
            item.originOwner = store.of(cursor.originClient);
            item.originClock = cursor.originClock;
        }
        if (cursor.hasRightOrigin()) {
            item.setRightOrigin(store.of(cursor.rightOriginClient), cursor.rightOriginClock);
        }
        item.parentSub = cursor.parentSub;
        return item;
    }

    /// Integrates all structs whose dependencies are present; returns false if any remain.
    ///
    /// If a struct needs one of another client, that client integrates one struct, and then the
    /// first one is tried again. If one is blocked, so are all that wait for it; only the id that
    /// the last of them needs is recorded as missing, as in Yjs.
    boolean integrate() {
        if (queues.isEmpty()) {
            return true;
        }
        var order = new ArrayList<>(queues.values());
        order.sort(Comparator.comparingLong((Queue queue) -> queue.owner.client).reversed());
        var stack = new ArrayDeque<Queue>();
        for (var queue : order) {
            queue.owner.reserve(queue.structs.size());
            push(stack, queue);
            while (!stack.isEmpty()) {
                var top = stack.getFirst();
                var needed = integrateNext(top);
                if (needed != null) {
                    push(stack, needed);
                } else if (top.isBlocked) {
                    stack.forEach(waiting -> waiting.isBlocked = true);
                    stack.clear();
                } else if (stack.size() > 1 || !top.hasNext()) {
                    stack.pop().isWaiting = false;
                }
            }
        }
        return !isAnythingLeft;
    }

    private static void push(ArrayDeque<Queue> stack, Queue queue) {
        queue.isWaiting = true;
        stack.push(queue);
    }

    /// Integrates the next struct of a queue. Returns the queue that must go first, if there is
    /// one; blocks the queue if the dependency is not in this update either.
    private @Nullable Queue integrateNext(Queue queue) {
        if (!queue.hasNext()) {
            return null;
        }
        var struct = queue.structs.get(queue.next);
        long state = queue.owner.state();
        if (struct.clock > state) {
            block(queue, queue.owner.client, struct.clock - 1);
            return null;
        }
        if (struct.end() > state) {
            var parent = queue.parents.get(queue.next);
            if (struct instanceof Item item) {
                var id = Integration.missing(store, item, parent);
                if (id != null) {
                    return needs(queue, id);
                }
                var branch = parent instanceof String root ? transaction.doc.root(root) : parent;
                Integration.integrate(transaction, item, branch, state - item.clock);
            } else {
                transaction.add(new GarbageStruct(queue.owner, state, struct.end() - state));
            }
        } else if (struct instanceof Item item) {
            Integration.cutForKnown(transaction, item);
        }
        queue.next++;
        return null;
    }

    private @Nullable Queue needs(Queue queue, Id id) {
        var needed = queues.get(id.client());
        if (needed == null || needed.isWaiting || !needed.hasNext()) {
            block(queue, id.client(), store.state(id.client()));
            return null;
        }
        return needed;
    }

    private void block(Queue queue, long client, long clock) {
        queue.isBlocked = true;
        isAnythingLeft = true;
        missing.merge(client, clock, Math::min);
    }

    /// The missing ids that stopped the integration: for each client, the lowest clock.
    Map<Long, Long> missing() {
        return missing;
    }

    /// Applies deletions and returns those of ids that have not arrived yet.
    static IdSet delete(Transaction transaction, IdSet deletions) {
        var rest = new IdSet();
        if (deletions.isEmpty()) {
            return rest;
        }
        var store = transaction.doc.store;
        // Highest client first, as Yjs writes and applies them: the clean-up of marks depends on
        // the
        // order.
        for (long client : deletions.clientsDescending()) {
            long state = store.state(client);
            deletions.forEachRange(
                    client,
                    (_, from, to) -> {
                        if (to > state) {
                            rest.add(client, Math.max(from, state), to);
                        }
                        if (from < state) {
                            deleteRange(transaction, store.of(client), from, Math.min(to, state));
                        }
                    });
        }
        return rest;
    }

    private static void deleteRange(
            Transaction transaction, ClientStructs structs, long from, long to) {
        int index = structs.indexOf(from);
        if (structs.get(index) instanceof Item item && item.clock < from && !item.isDeleted()) {
            item.split(transaction, structs, index, from - item.clock);
            index++;
        }
        for (; index < structs.size && structs.get(index).clock < to; index++) {
            if (structs.get(index) instanceof Item item && !item.isDeleted()) {
                if (to < item.end()) {
                    item.split(transaction, structs, index, to - item.clock);
                }
                item.delete(transaction);
            }
        }
    }
}

package dev.qide.yjs;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Undoes and redoes the changes of one user in some types of a document, and leaves those of
/// others in place (`UndoManager` of Yjs). The same edits, undone in the same order, produce the
/// same updates as in Yjs.
///
/// It captures each transaction that changed a type in its scope and has a tracked origin; changes
/// that follow each other within the capture timeout become one [StackItem]. Undo deletes what the
/// change inserted and inserts copies of what it deleted, in a transaction whose origin is the
/// manager. Until a stack item is cleared or dropped, the deleted content of its scope is kept in
/// the document, unless the type around it is collected.
///
/// Create it between two transactions. While it exists, types count as observed, which makes typing
/// slower. Owned by the document's thread.
public final class UndoManager implements AutoCloseable {
    /// As many stack items as there are, which is what Yjs keeps.
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final Duration DEFAULT_CAPTURE_TIMEOUT = Duration.ofMillis(500);

    /// The options of an undo manager.
    ///
    /// @param captureTimeout the time within which a change is added to the last stack item
    /// @param trackedOrigins the origins whose transactions are captured, compared by `equals`; a
    ///   class stands for all its instances, and null for transactions without an origin
    /// @param captures whether a transaction with a tracked origin is captured
    /// @param overwritesRemoteEntries whether undo replaces the value of a map entry that somebody
    ///   else has set since (`ignoreRemoteMapChanges` of Yjs)
    /// @param maximumStackItems the number of stack items that are kept, for undo and for redo
    ///   each; beyond it the oldest one is dropped, and what it deleted can be collected
    /// @param clock the clock for the capture timeout
    public record Options(
            Duration captureTimeout,
            Set<@Nullable Object> trackedOrigins,
            Predicate<Transaction> captures,
            boolean overwritesRemoteEntries,
            int maximumStackItems,
            InstantSource clock) {
        public Options {
            trackedOrigins = Collections.unmodifiableSet(new HashSet<>(trackedOrigins));
            if (maximumStackItems < 1) {
                throw new IllegalArgumentException("the maximum of stack items must be positive");
            }
        }

        /// The defaults of Yjs: changes without an origin, 500 ms, no maximum.
        public static Options standard() {
            var withoutOrigin = new HashSet<@Nullable Object>();
            withoutOrigin.add(null);
            return new Options(
                    DEFAULT_CAPTURE_TIMEOUT,
                    withoutOrigin,
                    _ -> true,
                    false,
                    UNLIMITED,
                    InstantSource.system());
        }

        /// The same options with another timeout and the clock that measures it.
        public Options withCaptureTimeout(Duration timeout, InstantSource source) {
            return new Options(
                    timeout,
                    trackedOrigins,
                    captures,
                    overwritesRemoteEntries,
                    maximumStackItems,
                    source);
        }

        /// The same options with only these tracked origins.
        public Options withTrackedOrigins(@Nullable Object... origins) {
            var tracked = new HashSet<@Nullable Object>();
            for (var origin : origins) {
                tracked.add(origin);
            }
            return new Options(
                    captureTimeout,
                    tracked,
                    captures,
                    overwritesRemoteEntries,
                    maximumStackItems,
                    clock);
        }

        /// The same options, with or without [#overwritesRemoteEntries].
        public Options withOverwrites(boolean overwrites) {
            return new Options(
                    captureTimeout, trackedOrigins, captures, overwrites, maximumStackItems, clock);
        }

        /// The same options with a maximum of stack items.
        public Options withMaximumStackItems(int maximum) {
            return new Options(
                    captureTimeout,
                    trackedOrigins,
                    captures,
                    overwritesRemoteEntries,
                    maximum,
                    clock);
        }
    }

    /// The two stacks.
    public enum Stack {
        UNDO,
        REDO
    }

    /// The change of a stack.
    public enum Action {
        ADDED,
        UPDATED,
        POPPED
    }

    /// A change of a stack.
    ///
    /// @param origin the origin of the captured transaction; the manager itself for [Action#POPPED]
    public record Event(Action action, Stack stack, StackItem item, @Nullable Object origin) {}

    private final Doc doc;
    private final Options options;
    private final UndoScope scope;
    private final Set<@Nullable Object> trackedOrigins;
    private final Runnable removeListener;
    private final List<Consumer<Event>> listeners = new ArrayList<>();
    private Deque<StackItem> undoItems = new ArrayDeque<>();
    private Deque<StackItem> redoItems = new ArrayDeque<>();
    private boolean isUndoing;
    private boolean isRedoing;
    private boolean isClosed;

    /// The stack item that is being undone or redone, once it has changed anything.
    private @Nullable StackItem reverted;

    /// The time of the last captured change in milliseconds; 0 if the next one is not added to it.
    private long lastChange;

    /// A manager of all types of a document.
    public UndoManager(Doc doc, Options options) {
        this(doc, new UndoScope(doc, true), options);
    }

    /// A manager of one type and what is inside it, with the standard options.
    public UndoManager(SharedType type) {
        this(List.of(type), Options.standard());
    }

    /// A manager of these types and what is inside them.
    ///
    /// @param types at least one; all in the same document
    public UndoManager(List<? extends SharedType> types, Options options) {
        this(types.getFirst().doc(), new UndoScope(types.getFirst().doc(), false), options);
        types.forEach(scope::add);
    }

    private UndoManager(Doc doc, UndoScope scope, Options options) {
        this.doc = doc;
        this.scope = scope;
        this.options = options;
        trackedOrigins = new HashSet<>(options.trackedOrigins());
        doc.isObserved = true;
        doc.undoManagers++;
        removeListener = doc.afterTransaction(this::capture);
    }

    /// Extends the scope.
    ///
    /// @throws IllegalArgumentException for a type of another document
    public void addToScope(SharedType type) {
        scope.add(type);
    }

    /// Captures transactions with this origin from now on; see [Options#trackedOrigins].
    public void addTrackedOrigin(@Nullable Object origin) {
        trackedOrigins.add(origin);
    }

    /// Does not capture transactions with this origin any more.
    public void removeTrackedOrigin(@Nullable Object origin) {
        trackedOrigins.remove(origin);
    }

    /// Calls `listener` after each change of the stacks, except when they are cleared.
    ///
    /// @return removes the listener
    public Runnable onStackChange(Consumer<Event> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /// Undoes the last captured change; changes that others have undone meanwhile are skipped.
    ///
    /// @return what was undone; null if there was nothing to undo
    public @Nullable StackItem undo() {
        isUndoing = true;
        try {
            return pop(undoItems, Stack.UNDO);
        } finally {
            isUndoing = false;
        }
    }

    /// Redoes the last undone change. A new captured change clears what could be redone.
    ///
    /// @return what was redone; null if there was nothing to redo
    public @Nullable StackItem redo() {
        isRedoing = true;
        try {
            return pop(redoItems, Stack.REDO);
        } finally {
            isRedoing = false;
        }
    }

    /// Whether there is a stack item to undo.
    public boolean canUndo() {
        return !undoItems.isEmpty();
    }

    /// Whether there is a stack item to redo.
    public boolean canRedo() {
        return !redoItems.isEmpty();
    }

    /// The stack items to undo, the newest one last.
    public List<StackItem> undoItems() {
        return List.copyOf(undoItems);
    }

    /// The stack items to redo, the newest one last.
    public List<StackItem> redoItems() {
        return List.copyOf(redoItems);
    }

    /// Makes the next change a stack item of its own.
    public void stopCapturing() {
        lastChange = 0;
    }

    /// Clears both stacks.
    public void clear() {
        clear(true, true);
    }

    /// Clears the stacks, and lets the content of their deletions be collected.
    public void clear(boolean undo, boolean redo) {
        if (!(undo && canUndo()) && !(redo && canRedo())) {
            return;
        }
        doc.transact(
                null,
                transaction -> {
                    var isInScope = scope.membership();
                    if (undo) {
                        undoItems.forEach(item -> item.release(transaction, isInScope));
                        undoItems = new ArrayDeque<>();
                    }
                    if (redo) {
                        redoItems.forEach(item -> item.release(transaction, isInScope));
                        redoItems = new ArrayDeque<>();
                    }
                });
    }

    /// Ends the capture of changes. What the stacks keep stays in the document; [#clear] first.
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            doc.undoManagers--;
            removeListener.run();
        }
    }

    boolean overwritesRemoteEntries() {
        return options.overwritesRemoteEntries();
    }

    /// Whether a change in one of the stacks deleted an id.
    boolean isDeletedByStackItem(long client, long clock) {
        return undoItems.stream().anyMatch(item -> item.deletes(client, clock))
                || redoItems.stream().anyMatch(item -> item.deletes(client, clock));
    }

    private @Nullable StackItem pop(Deque<StackItem> stack, Stack kind) {
        try {
            doc.transact(
                    this,
                    transaction -> {
                        var isInScope = scope.membership();
                        while (!stack.isEmpty() && reverted == null) {
                            var item = stack.removeLast();
                            reverted = item.revert(transaction, isInScope, this) ? item : null;
                        }
                    });
            var item = reverted;
            if (item != null) {
                emit(new Event(Action.POPPED, kind, item, this));
            }
            return item;
        } finally {
            reverted = null;
        }
    }

    private void capture(Transaction transaction) {
        var insertions = transaction.insertions();
        if (insertions == null
                || !options.captures().test(transaction)
                || !scope.isChangedBy(transaction)
                || !isTracked(transaction.origin())) {
            return;
        }
        if (isUndoing) {
            stopCapturing();
        } else if (!isRedoing) {
            clear(false, true);
        }
        var deletions = transaction.orderedDeletions();
        var stack = isUndoing ? redoItems : undoItems;
        var kind = isUndoing ? Stack.REDO : Stack.UNDO;
        var last = lastToExtend(stack);
        var item = last != null ? last : new StackItem(insertions, deletions);
        if (last != null) {
            last.add(insertions, deletions);
        } else {
            stack.addLast(item);
        }
        var isInScope = scope.membership();
        StackItem.forEachItem(transaction, deletions, isInScope, kept -> Item.keep(kept, true));
        while (stack.size() > options.maximumStackItems()) {
            drop(transaction, stack.removeFirst(), isInScope);
        }
        var action = last != null ? Action.UPDATED : Action.ADDED;
        emit(new Event(action, kind, item, transaction.origin()));
    }

    private boolean isTracked(@Nullable Object origin) {
        return origin == this
                || trackedOrigins.contains(origin)
                || (origin != null && trackedOrigins.contains(origin.getClass()));
    }

    /// The last stack item, if a change at this time is added to it; notes the time.
    private @Nullable StackItem lastToExtend(Deque<StackItem> stack) {
        if (isUndoing || isRedoing) {
            return null;
        }
        long now = options.clock().millis();
        boolean isSoon = lastChange > 0 && now - lastChange < options.captureTimeout().toMillis();
        lastChange = now;
        return isSoon ? stack.peekLast() : null;
    }

    private static void drop(Transaction transaction, StackItem oldest, Predicate<Item> isInScope) {
        oldest.release(transaction, isInScope);
        transaction.release(oldest.orderedDeletions().ids());
    }

    private void emit(Event event) {
        List.copyOf(listeners).forEach(listener -> listener.accept(event));
    }
}

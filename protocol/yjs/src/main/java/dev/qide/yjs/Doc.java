package dev.qide.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A shared document: named root types, and all edits of them by any replica.
///
/// Replicas exchange updates in any order and any number of times; replicas that have applied the
/// same updates are equal. The bytes are those of Yjs 13.6. Owned by one thread: methods must not
/// run on two threads at the same time.
public final class Doc implements AutoCloseable {
    /// The size of Yjs's own client ids: 32 bits.
    private static final long CLIENT_IDS = 1L << 32;

    /// The options of a document.
    ///
    /// @param clientId the author id of local edits; two replicas must not use the same id
    /// @param collectsGarbage whether deleted content is freed; if not, old states stay readable
    /// @param cleansFormats whether redundant marks left by concurrent edits are deleted after a
    ///   remote change, as in Yjs. That is a local edit: a server that only forwards the edits of
    ///   others switches it off
    /// @param limits the limits of an update
    public record Options(
            long clientId, boolean collectsGarbage, boolean cleansFormats, DecodeLimits limits) {
        public Options {
            clientId = new Id(clientId, 0).client();
        }

        /// The defaults of Yjs, with a client id drawn from `random`.
        public static Options standard(RandomGenerator random) {
            return of(random.nextLong(CLIENT_IDS));
        }

        /// The defaults of Yjs.
        public static Options of(long clientId) {
            return new Options(clientId, true, true, DecodeLimits.STANDARD);
        }

        /// The same options with a client id drawn from `random`.
        public Options withClientOf(RandomGenerator random) {
            long drawn = random.nextLong(CLIENT_IDS);
            return new Options(drawn, collectsGarbage, cleansFormats, limits);
        }
    }

    final StructStore store = new StructStore();
    final PendingStructs pending = new PendingStructs();
    private final Options options;
    private final Map<String, Branch> roots = new LinkedHashMap<>();
    private final List<BiConsumer<byte[], @Nullable Object>> updateListeners =
            new CopyOnWriteArrayList<>();
    private final List<Consumer<Transaction>> transactionListeners = new ArrayList<>();

    /// The types whose children [Deletion] is deleting; used only while it runs.
    @Nullable ArrayDeque<Deletion.Walk> deletionStack;

    /// Whether any type was ever observed; if not, no events are collected.
    boolean isObserved;

    /// The number of [UndoManager]s that are not closed.
    int undoManagers;

    private @Nullable Transaction running;
    private final ArrayDeque<Transaction> toFinish = new ArrayDeque<>();
    private boolean isFinishing;

    /// An empty document.
    public Doc(Options options) {
        this.options = options;
    }

    /// A document with the default options and a random client id.
    public Doc() {
        this(Options.standard(RandomGenerator.getDefault()));
    }

    /// Loads a document from stored updates, in any order, for a fresh author: the client id of
    /// `options` is replaced by one drawn from `random` that no update contains. After a loss of
    /// updates, a reused client id would assign an id to two different elements.
    ///
    /// The updates are merged first, which is faster than applying them one by one. The document
    /// may be loaded on one thread and then belong to another, if it is handed over safely, for
    /// example through a queue.
    ///
    /// @param updates updates that were accepted before: only the depth of values is limited
    /// @throws MalformedUpdateException when one of them is malformed
    public static Doc load(Options options, RandomGenerator random, List<byte[]> updates) {
        byte[] state = Updates.merge(updates);
        var doc = new Doc(options.withClientOf(random));
        doc.apply(new StructCursor(state, DecodeLimits.WIDEST), null);
        return doc.isAuthor(doc.clientId()) ? load(options, random, updates) : doc;
    }

    /// Integrates the pending structs whose dependencies have arrived. Needed only if applied
    /// updates may lack predecessors: like Yjs, a document records one missing clock per client,
    /// not all, and in rare histories keeps waiting although every dependency has arrived. A
    /// document that is loaded from its state does not.
    public void retryPending() {
        if (pending.hasUpdates()) {
            transact(
                    null,
                    transaction -> {
                        transaction.setRemote();
                        UpdateApplier.retryPending(transaction);
                    });
        }
    }

    /// Whether any integrated or pending struct was written by `client`.
    public boolean isAuthor(long client) {
        return store.state(client) > 0 || pending.isAuthor(client);
    }

    /// The approximate memory of the document in bytes, for eviction. Computed without a walk over
    /// the document, in time proportional to the number of its authors. For measured documents it
    /// is within a third of the actual heap size.
    public long retainedBytes() {
        return store.retainedBytes() + pending.retainedBytes();
    }

    /// The options that the document was created with.
    public Options options() {
        return options;
    }

    /// The author id of local edits.
    public long clientId() {
        return options.clientId();
    }

    /// The root text `name`; created empty if it does not exist.
    ///
    /// @throws IllegalStateException when the root was used as another type before
    public YText text(String name) {
        return new YText(typedRoot(name, Branch.Kind.TEXT));
    }

    /// The root array `name`; see [#text].
    public YArray array(String name) {
        return new YArray(typedRoot(name, Branch.Kind.ARRAY));
    }

    /// The root map `name`; see [#text].
    public YMap map(String name) {
        return new YMap(typedRoot(name, Branch.Kind.MAP));
    }

    /// The root XML fragment `name`; see [#text].
    public YXml xmlFragment(String name) {
        return new YXml(typedRoot(name, Branch.Kind.XML_FRAGMENT));
    }

    private Branch typedRoot(String name, Branch.Kind kind) {
        var branch = root(name);
        if (branch.kind == Branch.Kind.UNTYPED) {
            branch.kind = kind;
        } else if (branch.kind != kind) {
            throw new IllegalStateException("root '" + name + "' is of type " + branch.kind);
        }
        return branch;
    }

    Branch root(String name) {
        return roots.computeIfAbsent(
                name,
                _ -> {
                    var branch = new Branch(Branch.Kind.UNTYPED, null);
                    branch.rootName = name;
                    branch.doc = this;
                    return branch;
                });
    }

    Map<String, Branch> roots() {
        return roots;
    }

    /// Runs `edit` as one transaction: one update event, one event per type. Inside another
    /// transaction it becomes part of that one.
    ///
    /// @param origin the origin that listeners get
    public void transact(@Nullable Object origin, Consumer<Transaction> edit) {
        if (running != null) {
            edit.accept(running);
            return;
        }
        var transaction = new Transaction(this, origin, true);
        running = transaction;
        toFinish.add(transaction);
        try {
            edit.accept(transaction);
        } finally {
            running = null;
            finishTransactions();
        }
    }

    /// Runs `edit` as one transaction without an origin.
    public void transact(Runnable edit) {
        transact(null, _ -> edit.run());
    }

    /// Listeners may make further changes; these are queued, so that every listener gets the
    /// changes in order.
    private void finishTransactions() {
        if (isFinishing) {
            return;
        }
        isFinishing = true;
        try {
            for (var next = toFinish.poll(); next != null; next = toFinish.poll()) {
                TransactionCleanup.finish(next);
            }
        } finally {
            isFinishing = false;
        }
    }

    /// Applies an update. Structs with missing dependencies stay pending.
    ///
    /// @param origin the origin that listeners get
    /// @throws MalformedUpdateException when the bytes are not a well-formed update; the document
    ///   is unchanged then
    public void applyUpdate(byte[] update, @Nullable Object origin) {
        apply(new StructCursor(update, options.limits()), origin);
    }

    /// Applies an update in format v2, as [#applyUpdate(byte\[\], Object)]. The limits of the
    /// document hold for both forms.
    ///
    /// @throws MalformedUpdateException as [Updates#toV1(byte\[\], DecodeLimits)]; the document is
    ///   unchanged then
    public void applyUpdateV2(byte[] update, @Nullable Object origin) {
        applyUpdate(UpdateV2Decoder.toV1(update, options.limits()), origin);
    }

    private void apply(StructCursor cursor, @Nullable Object origin) {
        transact(
                origin,
                transaction -> {
                    transaction.setRemote();
                    UpdateApplier.apply(transaction, cursor);
                });
    }

    /// Applies an update without an origin.
    public void applyUpdate(byte[] update) {
        applyUpdate(update, null);
    }

    /// The state vector of everything that is integrated.
    public StateVector stateVector() {
        return store.stateVector();
    }

    /// The whole state as one update, including pending structs.
    public byte[] encodeStateAsUpdate() {
        return encodeStateAsUpdate(StateVector.EMPTY);
    }

    /// An update with everything that a replica with the state `known` lacks, and all deletions.
    public byte[] encodeStateAsUpdate(StateVector known) {
        var state = StateWriter.writeSince(store, known);
        if (!isWaiting()) {
            return state;
        }
        var parts = new ArrayList<byte[]>();
        parts.add(state);
        if (!pending.deletions().isEmpty()) {
            parts.add(new StructWriter().finish(pending.deletions()));
        }
        if (pending.hasUpdates()) {
            parts.add(UpdateDiff.diff(pending.joinedUpdate(), known));
        }
        return UpdateMerger.merge(parts);
    }

    /// [#encodeStateAsUpdate(StateVector)] in format v2 (`encodeStateAsUpdateV2`), which is shorter
    /// for a document with many small edits and takes several times as long.
    public byte[] encodeStateAsUpdateV2(StateVector known) {
        return UpdateV2Encoder.fromDocument(encodeStateAsUpdate(known));
    }

    /// An update with everything integrated that a replica with the state `known` lacks, and all
    /// integrated deletions; pending structs are left out.
    public byte[] encodeIntegrated(StateVector known) {
        return StateWriter.writeSince(store, known);
    }

    /// Whether structs or deletions are pending.
    public boolean isWaiting() {
        return pending.hasUpdates() || !pending.deletions().isEmpty();
    }

    /// Calls `listener` with the update and the origin of each change, local or applied.
    ///
    /// @return removes the listener
    public Runnable onUpdate(BiConsumer<byte[], @Nullable Object> listener) {
        updateListeners.add(listener);
        return () -> updateListeners.remove(listener);
    }

    /// [#onUpdate] with the updates in format v2 (`updateV2`).
    ///
    /// @return removes the listener
    public Runnable onUpdateV2(BiConsumer<byte[], @Nullable Object> listener) {
        return onUpdate(
                (update, origin) -> listener.accept(UpdateV2Encoder.fromDocument(update), origin));
    }

    /// Calls `listener` after each transaction, before its garbage is collected.
    ///
    /// @return removes the listener
    public Runnable afterTransaction(Consumer<Transaction> listener) {
        transactionListeners.add(listener);
        return () -> transactionListeners.remove(listener);
    }

    List<BiConsumer<byte[], @Nullable Object>> updateListeners() {
        return updateListeners;
    }

    List<Consumer<Transaction>> transactionListeners() {
        return transactionListeners;
    }

    /// Removes all listeners.
    @Override
    public void close() {
        updateListeners.clear();
        transactionListeners.clear();
    }

    /// Throws if an invariant of the document is violated. Slow; for tests.
    public void checkInvariants() {
        Invariants.check(this);
    }
}

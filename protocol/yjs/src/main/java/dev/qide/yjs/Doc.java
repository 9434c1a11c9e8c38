package dev.qide.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A shared document: named root types, and everything that any replica ever did to them.
///
/// Replicas send each other updates in any order, as often as they like; those that have seen the
/// same updates are equal. The bytes are those of Yjs 13.6. Owned by one thread: no method may be
/// called while another one runs on another thread.
public final class Doc implements AutoCloseable {
    /// What Yjs takes for its own client ids: 32 bits.
    private static final long CLIENT_IDS = 1L << 32;

    /// How a document behaves.
    ///
    /// @param clientId the author id of local edits; never use one twice at the same time
    /// @param collectsGarbage whether deleted content is freed; without, old states can be read
    /// @param cleansFormats whether redundant marks that concurrent edits leave are deleted after a
    ///   remote change, as Yjs does. That is an edit of its own: a server that may only pass on
    ///   what others wrote switches it off
    /// @param limits what an update may take
    public record Options(
            long clientId, boolean collectsGarbage, boolean cleansFormats, DecodeLimits limits) {
        public Options {
            clientId = new Id(clientId, 0).client();
        }

        /// What Yjs does by default, with an id drawn from `random`.
        public static Options standard(RandomGenerator random) {
            return of(random.nextLong(CLIENT_IDS));
        }

        /// What Yjs does by default.
        public static Options of(long clientId) {
            return new Options(clientId, true, true, DecodeLimits.STANDARD);
        }

        /// The same with a client id drawn from `random`.
        public Options withClientOf(RandomGenerator random) {
            long drawn = random.nextLong(CLIENT_IDS);
            return new Options(drawn, collectsGarbage, cleansFormats, limits);
        }
    }

    final StructStore store = new StructStore();
    final Pending pending = new Pending();
    private final Options options;
    private final Map<String, Branch> roots = new LinkedHashMap<>();
    private final List<BiConsumer<byte[], @Nullable Object>> updateListeners = new ArrayList<>();
    private final List<Consumer<Transaction>> transactionListeners = new ArrayList<>();

    /// The types whose children [Deletion] still has to delete, while it does.
    @Nullable ArrayDeque<Branch> deletionStack;

    /// Whether anybody ever asked for the events of a type: if not, none are gathered.
    boolean isObserved;

    private @Nullable Transaction running;
    private final ArrayDeque<Transaction> toFinish = new ArrayDeque<>();
    private boolean isFinishing;

    public Doc(Options options) {
        this.options = options;
    }

    /// A document with the standard behaviour and a random client id.
    public Doc() {
        this(Options.standard(RandomGenerator.getDefault()));
    }

    /// A document made of stored updates, in any order, for a fresh author: the client id of
    /// `options` is replaced by one drawn from `random` that nobody in the updates has. A client id
    /// that is used again after a loss would say two things about one id.
    ///
    /// They are joined first, which is faster than to apply one after the other. The document may
    /// be built on one thread and then belong to another, if it is handed over safely (through a
    /// queue, say).
    ///
    /// @param updates as they were accepted before: only the depth of values is limited
    /// @throws MalformedUpdateException when one of them is malformed
    public static Doc load(Options options, RandomGenerator random, List<byte[]> updates) {
        byte[] state = Updates.merge(updates);
        var doc = new Doc(options.withClientOf(random));
        doc.apply(new StructCursor(state, DecodeLimits.WIDEST), null);
        return doc.isAuthor(doc.clientId()) ? load(options, random, updates) : doc;
    }

    /// Integrates what can be of that which waits. Only for whoever applies updates whose
    /// predecessors may be missing: Yjs notes for each client one clock to wait for, not all, and
    /// so in rare histories goes on waiting though everything needed has come. A document that is
    /// loaded from its state does not.
    public void retryPending() {
        if (pending.hasUpdates()) {
            transact(
                    null,
                    transaction -> {
                        transaction.setRemote();
                        Applying.retryPending(transaction);
                    });
        }
    }

    /// Whether anything that came here, even if it still waits, was written by `client`.
    public boolean isAuthor(long client) {
        return store.state(client) > 0 || pending.isAuthor(client);
    }

    /// About how many bytes of memory the document holds, for whoever decides which to drop: found
    /// without a walk over it, in the order of the number of its authors. On documents measured it
    /// is within a third of what the heap says.
    public long retainedBytes() {
        return store.retainedBytes() + pending.retainedBytes();
    }

    public Options options() {
        return options;
    }

    /// The author id of local edits.
    public long clientId() {
        return options.clientId();
    }

    /// The root text `name`, created empty when there is none.
    ///
    /// @throws IllegalStateException when the root was asked for as another type before
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

    /// Runs `edit` as one change: one update event, one event a type. Inside another transaction it
    /// is part of that one.
    ///
    /// @param origin what listeners are told as the reason
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

    /// Runs `edit` as one change without an origin.
    public void transact(Runnable edit) {
        transact(null, _ -> edit.run());
    }

    /// Listeners may make further changes: these wait in line, so that every listener hears of the
    /// changes in their order.
    private void finishTransactions() {
        if (isFinishing) {
            return;
        }
        isFinishing = true;
        try {
            for (var next = toFinish.poll(); next != null; next = toFinish.poll()) {
                Finishing.finish(next);
            }
        } finally {
            isFinishing = false;
        }
    }

    /// Applies an update. What depends on something that is not there yet waits inside.
    ///
    /// @param origin what listeners are told as the reason
    /// @throws MalformedUpdateException when the bytes are no well-formed update; the document is
    ///   then as before
    public void applyUpdate(byte[] update, @Nullable Object origin) {
        apply(new StructCursor(update, options.limits()), origin);
    }

    private void apply(StructCursor cursor, @Nullable Object origin) {
        transact(
                origin,
                transaction -> {
                    transaction.setRemote();
                    Applying.apply(transaction, cursor);
                });
    }

    /// Applies an update without an origin.
    public void applyUpdate(byte[] update) {
        applyUpdate(update, null);
    }

    /// What this document has integrated.
    public StateVector stateVector() {
        return store.stateVector();
    }

    /// The whole state, what waits for something included, as one update.
    public byte[] encodeStateAsUpdate() {
        return encodeStateAsUpdate(StateVector.EMPTY);
    }

    /// What a replica with the state `known` lacks, as one update. All deletions are in it.
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

    /// What a replica with the state `known` lacks of what is integrated, as one update: what waits
    /// for something is left out. All integrated deletions are in it.
    public byte[] encodeIntegrated(StateVector known) {
        return StateWriter.writeSince(store, known);
    }

    /// Whether something waits for what has not come yet.
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

    /// Forgets all listeners.
    @Override
    public void close() {
        updateListeners.clear();
        transactionListeners.clear();
    }

    /// Throws when an invariant of the document is broken. Costs time; for tests.
    public void checkInvariants() {
        Invariants.check(this);
    }
}

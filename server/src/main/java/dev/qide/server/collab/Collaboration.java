package dev.qide.server.collab;

import dev.qide.server.collab.Access.Member;
import dev.qide.server.collab.AwarenessListener.Present;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.FrameSink;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shared documents of a server.
///
/// A socket that sends binary frames has a [HocuspocusConnection] here. Thread-safe.
public final class Collaboration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collaboration.class);
    private static final int BYTES_READ_ON_THE_POOL = 64 << 10;

    private final ConcurrentHashMap<DocumentPath, Entry> documents = new ConcurrentHashMap<>();
    private final LongAdder memoryBytes = new LongAdder();
    private final Set<HocuspocusConnection> sides = ConcurrentHashMap.newKeySet();
    private final List<DocumentListener> watchers = new CopyOnWriteArrayList<>();
    private final List<AwarenessListener> presenceWatchers = new CopyOnWriteArrayList<>();
    private final DocumentContext around;
    private final Scheduler scheduler;
    private final List<Scheduler.Timer> clockwork;

    /// Where a document lives.
    private record DocumentPath(WorkspaceId workspace, String path) {}

    /// A document in memory, and how many subscriptions hold it there.
    private record Entry(SharedDocument document, int subscriptions) {}

    /// What documents work with.
    ///
    /// @param texts where first contents come from
    /// @param random for ids; strong
    public record Parts(
            UpdateLog log,
            DocumentTable documents,
            WorkspaceTable workspaces,
            TextSource texts,
            CpuPool cpu,
            Scheduler scheduler,
            InstantSource clock,
            RandomGenerator random,
            Metrics metrics) {}

    public Collaboration(Parts parts, CollabLimits limits) {
        around =
                new DocumentContext(
                        parts.log(),
                        parts.documents(),
                        new LeaseEpochs(parts.workspaces()),
                        parts.texts(),
                        parts.cpu(),
                        parts.scheduler(),
                        parts.clock(),
                        parts.random(),
                        (workspace, path) ->
                                watchers.forEach(
                                        listener -> listener.documentChanged(workspace, path)),
                        (workspace, path) ->
                                presenceWatchers.forEach(
                                        listener -> listener.presenceChanged(workspace, path)),
                        CollabMetrics.in(
                                parts.metrics(), this::documentsInMemory, memoryBytes::doubleValue),
                        limits,
                        new Semaphore(DocumentContext.COMPACTIONS),
                        new GenesisRegistry(parts.documents()));
        scheduler = parts.scheduler();
        clockwork =
                List.of(
                        scheduler.every(
                                limits.ping(), () -> sides.forEach(HocuspocusConnection::ping)),
                        scheduler.every(limits.tick(), this::tick));
    }

    /// Adds the binary side of a socket.
    ///
    /// @param loggedIn who logged in at the handshake, or null on the endpoint that logs in in-band
    /// @param out where its frames go; nothing is sent before its first binary frame came
    public HocuspocusConnection connect(
            WorkspaceId workspace, Access access, @Nullable Member loggedIn, FrameReceiver out) {
        var connection = new HocuspocusConnection(this, workspace, access, loggedIn, out);
        sides.add(connection);
        if (loggedIn == null) {
            var _ = scheduler.after(around.limits().login(), connection::loginTimedOut);
        }
        return connection;
    }

    /// Adds a socket of one document in y-websocket framing.
    ///
    /// @param out where its frames go; nothing is sent before its first frame came
    public YWebsocketConnection connectPlain(
            WorkspaceId workspace, String path, Access access, Member member, FrameReceiver out) {
        var subscription = new Subscription(member, access, new FrameSink.Plain(out));
        return new YWebsocketConnection(this, workspace, path, subscription, out);
    }

    /// Adds somebody to tell of new committed content.
    public void watch(DocumentListener listener) {
        watchers.add(listener);
    }

    /// Adds somebody to tell who comes and goes.
    public void watchPresence(AwarenessListener listener) {
        presenceWatchers.add(listener);
    }

    /// Who is present in the document at this path. Answers at once.
    public List<Present> present(WorkspaceId workspace, String path) {
        var entry = documents.get(new DocumentPath(workspace, path));
        return entry == null ? List.of() : entry.document().members();
    }

    /// Who is present in which document of a workspace. Answers at once.
    public Map<String, List<Present>> present(WorkspaceId workspace) {
        var all = new TreeMap<String, List<Present>>();
        documents.forEach((documentPath, entry) -> {
            var members = entry.document().members();
            if (documentPath.workspace().equals(workspace) && !members.isEmpty()) {
                all.put(documentPath.path(), members);
            }
        });
        return all;
    }

    /// Whether anybody has the document at this path open.
    public boolean isOpen(WorkspaceId workspace, String path) {
        var entry = documents.get(new DocumentPath(workspace, path));
        return entry != null && entry.document().isServing();
    }

    /// The committed text of a document.
    ///
    /// @param text LF only
    public record CommittedText(
            DocumentId document, WorkspaceId workspace, String path, String text) {}

    /// The committed text of the living document at this path, loaded when it is not in memory;
    /// null when there is none. Blocks.
    ///
    /// @throws FailureException `DOCUMENT_UNAVAILABLE` when it cannot be loaded just now
    public @Nullable CommittedText committedText(WorkspaceId workspace, String path)
            throws InterruptedException {
        return edit(workspace, path, UnaryOperator.identity());
    }

    /// Changes the text of the living document at this path as the server; it is committed when
    /// this returns. Blocks. Changes of one document run one after the other.
    ///
    /// @param change the committed text to the wanted one, LF only; runs on the document's thread,
    ///   so that heavy work in it belongs on the CPU pool
    /// @return the text that it made; null when there is no living document at this path
    /// @throws FailureException `DOCUMENT_UNAVAILABLE` when it cannot be loaded or committed just
    ///   now, and what `change` throws
    public @Nullable CommittedText edit(
            WorkspaceId workspace, String path, UnaryOperator<String> change)
            throws InterruptedException {
        return with(workspace, path, document -> document.edit(change));
    }

    /// Ends the living generation at this path, since its file is gone: everybody who has it open
    /// is told `document-replaced`. Blocks.
    ///
    /// @return whether there was one
    public boolean retire(WorkspaceId workspace, String path) throws InterruptedException {
        return with(
                workspace,
                path,
                document ->
                        document.end("retired", stored -> around.documents().retire(stored.id())));
    }

    /// Moves the living document at this path to another; those who have it open under the old name
    /// are told `document-replaced`. Blocks.
    ///
    /// @return whether there was one
    /// @throws FailureException `PATH_CLASH` when another living document has that path
    public boolean move(WorkspaceId workspace, String from, String to) throws InterruptedException {
        return with(
                workspace,
                from,
                document ->
                        document.end("moved", stored -> around.documents().move(stored.id(), to)));
    }

    /// Ends everything that a workspace has in memory, since it was deleted and its documents are
    /// retired: everybody who has one open is told `document-replaced`. Blocks.
    public void retireAll(WorkspaceId workspace) throws InterruptedException {
        around.leaseEpochs().forget(workspace);
        for (var documentPath : documents.keySet()) {
            if (documentPath.workspace().equals(workspace)) {
                try {
                    var _ =
                            with(
                                    workspace,
                                    documentPath.path(),
                                    document -> document.end("retired", _ -> {}));
                } catch (FailureException failure) {
                    LOG.atWarn()
                            .addKeyValue("event.action", "collab.document_not_ended")
                            .addKeyValue("workspace", workspace)
                            .addKeyValue("failure", failure.failure().wireName())
                            .log(
                                    "a document of a deleted workspace does not answer; its sockets end");
                }
            }
        }
    }

    private interface Use<T extends @Nullable Object> {
        T of(SharedDocument document) throws InterruptedException;
    }

    private <T extends @Nullable Object> T with(WorkspaceId workspace, String path, Use<T> use)
            throws InterruptedException {
        var document = enter(workspace, path);
        try {
            return use.of(document);
        } finally {
            new Holds().subscriptionEnded(document);
        }
    }

    /// Ends the documents' threads; the log still writes what was given to it.
    @Override
    public void close() {
        clockwork.forEach(Scheduler.Timer::cancel);
        documents.values().forEach(entry -> entry.document().close());
        documents.clear();
    }

    CollabLimits limits() {
        return around.limits();
    }

    /// Reads a message of so many bytes, a large one on the CPU pool, and asks the database about
    /// the authors in it that may be those of a genesis: whoever sends them waits for it, and not
    /// the document.
    ClientMessage compute(WorkspaceId workspace, int bytes, Callable<ClientMessage> reading)
            throws InterruptedException {
        var message = compute(bytes, reading);
        try {
            around.registry().lookUp(workspace, message.possibleGeneses());
        } catch (RuntimeException _) {
            // The guard of the document finds no answer either, and refuses the message.
        }
        return message;
    }

    private ClientMessage compute(int bytes, Callable<ClientMessage> reading)
            throws InterruptedException {
        try {
            return bytes < BYTES_READ_ON_THE_POOL ? reading.call() : around.cpu().call(reading);
        } catch (RejectedExecutionException _) {
            return new ClientMessage.Refused(Failure.DOCUMENT_UNAVAILABLE);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    void disconnected(HocuspocusConnection connection) {
        sides.remove(connection);
    }

    /// The document at a path, held in memory for one more subscription.
    ///
    /// @throws FailureException `TOO_MANY_DOCUMENTS`
    SharedDocument enter(WorkspaceId workspace, String path) {
        var documentPath = new DocumentPath(workspace, path);
        if (documents.size() >= around.limits().openDocuments()
                && !documents.containsKey(documentPath)) {
            if (!letOneGo()) {
                throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
            }
        }
        return documents.compute(documentPath, (_, entry) -> held(documentPath, entry)).document();
    }

    /// How many documents are in memory.
    int documentsInMemory() {
        return documents.size();
    }

    /// Nobody took the subscription after all for which [#enter] held the document.
    void release(SharedDocument document) {
        new Holds().subscriptionEnded(document);
    }

    private Entry held(DocumentPath documentPath, @Nullable Entry entry) {
        if (entry != null) {
            return new Entry(entry.document(), entry.subscriptions() + 1);
        }
        return new Entry(
                new SharedDocument(
                        documentPath.workspace(), documentPath.path(), around, new Holds()),
                1);
    }

    /// Lets the document go that nobody has had open for longest.
    ///
    /// @return false when somebody has each of them open
    private boolean letOneGo() {
        return documents.values().stream()
                .map(Entry::document)
                .filter(SharedDocument::isIdle)
                .sorted(Comparator.comparing(SharedDocument::idleSince))
                .anyMatch(document -> new Holds().letGo(document));
    }

    private void tick() {
        documents.values().forEach(entry -> entry.document().tick());
    }

    /// Counts the subscriptions that hold documents in memory.
    private final class Holds implements SharedDocument.Keeper {
        @Override
        public void subscriptionEnded(SharedDocument document) {
            documents.computeIfPresent(
                    new DocumentPath(document.workspace(), document.path()),
                    (_, entry) ->
                            entry.document() == document
                                    ? new Entry(document, entry.subscriptions() - 1)
                                    : entry);
        }

        @Override
        public void idle(SharedDocument document) {
            var _ = letGo(document);
        }

        @Override
        public void grew(long bytes) {
            memoryBytes.add(bytes);
        }

        @Override
        public boolean makeRoom() {
            while (memoryBytes.sum() > around.limits().memoryBytes()) {
                if (!letOneGo()) {
                    return false;
                }
            }
            return true;
        }

        private boolean letGo(SharedDocument document) {
            var left =
                    documents.computeIfPresent(
                            new DocumentPath(document.workspace(), document.path()),
                            (_, entry) ->
                                    entry.document() == document && entry.subscriptions() == 0
                                            ? null
                                            : entry);
            if (left == null) {
                document.close();
            }
            return left == null;
        }
    }
}

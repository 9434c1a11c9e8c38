package dev.qide.server.collab;

import dev.qide.server.collab.Access.Member;
import dev.qide.server.collab.AwarenessListener.PresentClient;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.FrameSink;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.BaseChange;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shared documents of a server, by workspace and path.
///
/// Every socket that sends binary frames has a [HocuspocusConnection] or a [YWebsocketConnection].
/// Thread-safe.
public final class Collaboration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collaboration.class);

    private final ConcurrentHashMap<DocumentPath, Entry> documents = new ConcurrentHashMap<>();
    private final LongAdder memoryBytes = new LongAdder();
    private final Set<HocuspocusConnection> connections = ConcurrentHashMap.newKeySet();
    private final List<DocumentListener> documentListeners = new CopyOnWriteArrayList<>();
    private final List<AwarenessListener> presenceListeners = new CopyOnWriteArrayList<>();
    private final DocumentContext context;
    private final Scheduler scheduler;
    private final List<Scheduler.Timer> timers;

    private record DocumentPath(WorkspaceId workspace, String path) {}

    /// A document in memory and the number of subscriptions that keep it there.
    private record Entry(SharedDocument document, int subscriptions) {}

    /// The services that documents use.
    ///
    /// @param texts the source of initial contents
    /// @param random cryptographically strong; generates ids
    public record Dependencies(
            UpdateLog log,
            DocumentTable documents,
            WorkspaceLeases leases,
            TextSource texts,
            CpuPool cpu,
            Scheduler scheduler,
            InstantSource clock,
            RandomGenerator random,
            Metrics metrics) {}

    public Collaboration(Dependencies dependencies, CollabLimits limits) {
        context =
                new DocumentContext(
                        dependencies.log(),
                        dependencies.documents(),
                        dependencies.leases(),
                        dependencies.texts(),
                        dependencies.cpu(),
                        dependencies.scheduler(),
                        dependencies.clock(),
                        dependencies.random(),
                        (workspace, path) ->
                                documentListeners.forEach(
                                        listener -> listener.documentChanged(workspace, path)),
                        (workspace, path) ->
                                presenceListeners.forEach(
                                        listener -> listener.presenceChanged(workspace, path)),
                        CollabMetrics.in(
                                dependencies.metrics(),
                                this::documentsInMemory,
                                memoryBytes::doubleValue),
                        limits,
                        new Semaphore(DocumentContext.COMPACTIONS),
                        new GenesisRegistry(dependencies.documents()));
        scheduler = dependencies.scheduler();
        timers =
                List.of(
                        scheduler.every(
                                limits.ping(),
                                () -> connections.forEach(HocuspocusConnection::ping)),
                        scheduler.every(limits.tick(), this::tick));
    }

    /// Adds a socket in Hocuspocus framing.
    ///
    /// @param loggedIn the person whom the handshake authenticated, or null on the endpoint with
    ///   in-band login
    /// @param out receives the frames; nothing is sent before the first binary frame arrives
    public HocuspocusConnection connect(
            WorkspaceId workspace, Access access, @Nullable Member loggedIn, FrameSender out) {
        var connection = new HocuspocusConnection(this, workspace, access, loggedIn, out);
        connections.add(connection);
        if (loggedIn == null) {
            var _ = scheduler.after(context.limits().login(), connection::loginTimedOut);
        }
        return connection;
    }

    /// Adds a socket of one document in y-websocket framing.
    ///
    /// @param out receives the frames; nothing is sent before the first frame arrives
    public YWebsocketConnection connectPlain(
            WorkspaceId workspace, String path, Access access, Member member, FrameSender out) {
        var subscription = new Subscription(member, access, new FrameSink.Plain(out));
        return new YWebsocketConnection(this, workspace, path, subscription, out);
    }

    /// Adds a listener for newly committed content.
    public void addDocumentListener(DocumentListener listener) {
        documentListeners.add(listener);
    }

    /// Adds a listener for clients that join or leave.
    public void addAwarenessListener(AwarenessListener listener) {
        presenceListeners.add(listener);
    }

    /// The leases under which the documents are loaded.
    public WorkspaceLeases leases() {
        return context.leases();
    }

    /// The clients present in the document at this path. Does not block.
    public List<PresentClient> present(WorkspaceId workspace, String path) {
        var entry = documents.get(new DocumentPath(workspace, path));
        return entry == null ? List.of() : entry.document().members();
    }

    /// The clients present in each document of a workspace, by path. Does not block.
    public Map<String, List<PresentClient>> present(WorkspaceId workspace) {
        var all = new TreeMap<String, List<PresentClient>>();
        documents.forEach((documentPath, entry) -> {
            var members = entry.document().members();
            if (documentPath.workspace().equals(workspace) && !members.isEmpty()) {
                all.put(documentPath.path(), members);
            }
        });
        return all;
    }

    /// Whether any client has the document at this path open.
    public boolean isOpen(WorkspaceId workspace, String path) {
        var entry = documents.get(new DocumentPath(workspace, path));
        return entry != null && entry.document().isServing();
    }

    /// The committed text of the living document at this path, loaded if necessary; null when there
    /// is none. Blocks.
    ///
    /// @throws FailureException `DOCUMENT_UNAVAILABLE` when the document cannot currently be loaded
    public @Nullable CommittedText committedText(WorkspaceId workspace, String path)
            throws InterruptedException {
        return edit(workspace, path, UnaryOperator.identity());
    }

    /// Changes the text of the living document at this path as the server and waits for the commit.
    /// Edits of one document run one after another.
    ///
    /// @param change maps the committed text to the new one, LF only; runs on the document's
    ///   thread, so heavy work in it belongs on the CPU pool
    /// @return the resulting text; null when there is no living document at this path
    /// @throws FailureException `DOCUMENT_UNAVAILABLE` when the document cannot currently be loaded
    ///   or committed, and whatever `change` throws
    public @Nullable CommittedText edit(
            WorkspaceId workspace, String path, UnaryOperator<String> change)
            throws InterruptedException {
        return with(workspace, path, document -> document.edit(change, null));
    }

    /// [#edit(WorkspaceId, String, UnaryOperator)] for a merge of the file on disk: the text and
    /// the base of the next merge are committed together.
    ///
    /// @throws FailureException also `PRECONDITION_FAILED` when the base is another one by now;
    ///   nothing is changed then
    public @Nullable CommittedText merge(
            WorkspaceId workspace, String path, UnaryOperator<String> change, BaseChange base)
            throws InterruptedException {
        return with(workspace, path, document -> document.edit(change, base));
    }

    /// Ends the living generation at this path after its file was deleted. Clients that have it
    /// open receive `document-replaced`. Blocks.
    ///
    /// @return whether there was a living generation
    public boolean retire(WorkspaceId workspace, String path) throws InterruptedException {
        return end(workspace, path, GenerationEnd.retiring(context.documents()));
    }

    /// [#retire(WorkspaceId, String)] unless more was committed than the caller knows.
    ///
    /// @param newestRow the newest row in the log that the caller knows
    /// @throws FailureException `PRECONDITION_FAILED` when there is a newer one
    public boolean retire(WorkspaceId workspace, String path, long newestRow)
            throws InterruptedException {
        return end(workspace, path, GenerationEnd.retiring(context.documents(), newestRow));
    }

    /// Moves the living document at this path to another path. Clients that have it open under the
    /// old path receive `document-replaced`. Blocks.
    ///
    /// @return whether there was a living document
    /// @throws FailureException `PATH_CLASH` when another living document has the new path
    public boolean move(WorkspaceId workspace, String from, String to) throws InterruptedException {
        return end(workspace, from, GenerationEnd.moving(context.documents(), to));
    }

    /// The documents of a workspace that this server no longer serves.
    public WorkspaceDocuments in(WorkspaceId workspace) {
        return new WorkspaceDocuments(this, workspace);
    }

    /// The documents of a workspace that are in memory.
    List<SharedDocument> of(WorkspaceId workspace) {
        return documents.values().stream()
                .map(Entry::document)
                .filter(document -> document.workspace().equals(workspace))
                .toList();
    }

    /// Evicts a document; false when it has a subscription.
    boolean evict(SharedDocument document) {
        return new DocumentCache().evict(document);
    }

    /// Ends a generation in memory that the database records as retired.
    void endRetired(SharedDocument document) throws InterruptedException {
        var _ = end(document.workspace(), document.path(), GenerationEnd.recorded());
    }

    private boolean end(WorkspaceId workspace, String path, GenerationEnd end)
            throws InterruptedException {
        return with(workspace, path, document -> document.end(end));
    }

    private interface DocumentCall<T extends @Nullable Object> {
        T on(SharedDocument document) throws InterruptedException;
    }

    private <T extends @Nullable Object> T with(
            WorkspaceId workspace, String path, DocumentCall<T> call) throws InterruptedException {
        var document = enter(workspace, path);
        try {
            return call.on(document);
        } finally {
            new DocumentCache().subscriptionEnded(document);
        }
    }

    /// Ends the documents' threads. The log still writes the rows it has accepted.
    @Override
    public void close() {
        timers.forEach(Scheduler.Timer::cancel);
        documents.values().forEach(entry -> entry.document().close());
        documents.clear();
    }

    CollabLimits limits() {
        return context.limits();
    }

    /// Reads a message, on the CPU pool if it is large, and looks up those of its client ids that
    /// may be genesis authors. The socket's reader waits for the database here, so that the
    /// document's thread does not have to.
    ClientMessage compute(WorkspaceId workspace, int bytes, Callable<ClientMessage> reading)
            throws InterruptedException {
        var message = context.read(bytes, reading);
        try {
            context.registry().lookUp(workspace, message.possibleGeneses());
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.genesis_lookup_failed")
                    .addKeyValue("workspace", workspace)
                    .setCause(failure)
                    .log("cannot look up the genesis authors of a message; refusing it");
        }
        return message;
    }

    void disconnected(HocuspocusConnection connection) {
        connections.remove(connection);
    }

    /// The document at a path, kept in memory for one more subscription.
    ///
    /// @throws FailureException `TOO_MANY_DOCUMENTS`
    SharedDocument enter(WorkspaceId workspace, String path) {
        var documentPath = new DocumentPath(workspace, path);
        if (documents.size() >= context.limits().openDocuments()
                && !documents.containsKey(documentPath)) {
            if (!evictIdlest()) {
                throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
            }
        }
        return documents
                .compute(documentPath, (_, entry) -> withSubscription(documentPath, entry))
                .document();
    }

    int documentsInMemory() {
        return documents.size();
    }

    private Entry withSubscription(DocumentPath documentPath, @Nullable Entry entry) {
        if (entry != null) {
            return new Entry(entry.document(), entry.subscriptions() + 1);
        }
        return new Entry(
                new SharedDocument(
                        documentPath.workspace(),
                        documentPath.path(),
                        context,
                        new DocumentCache()),
                1);
    }

    /// Evicts the document that has been idle for longest.
    ///
    /// @return false when every document is in use
    private boolean evictIdlest() {
        return documents.values().stream()
                .map(Entry::document)
                .filter(SharedDocument::isIdle)
                .sorted(Comparator.comparing(SharedDocument::idleSince))
                .anyMatch(document -> new DocumentCache().evict(document));
    }

    private void tick() {
        documents.values().forEach(entry -> entry.document().tick());
    }

    /// Counts the subscriptions that keep documents in memory.
    private final class DocumentCache implements SharedDocument.Cache {
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
            var _ = evict(document);
        }

        @Override
        public void memoryChanged(long bytes) {
            memoryBytes.add(bytes);
        }

        @Override
        public boolean evictIdle() {
            while (memoryBytes.sum() > context.limits().memoryBytes()) {
                if (!evictIdlest()) {
                    return false;
                }
            }
            return true;
        }

        private boolean evict(SharedDocument document) {
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

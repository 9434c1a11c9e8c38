package dev.qide.server.collab;

import dev.qide.server.collab.Access.Member;
import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.CpuPool;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileMark;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.watch.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The shared documents of a server.
///
/// A socket that sends binary frames has a [BinarySide] here. Thread-safe.
public final class Collaboration implements AutoCloseable {
    private final ConcurrentHashMap<Place, Entry> documents = new ConcurrentHashMap<>();
    private final Set<BinarySide> sides = ConcurrentHashMap.newKeySet();
    private final List<DocumentWatcher> watchers = new CopyOnWriteArrayList<>();
    private final Surroundings around;
    private final Alarms alarms;
    private final List<Alarms.Alarm> clockwork;

    /// Where a document lives.
    private record Place(WorkspaceId workspace, String path) {}

    /// A document in memory, and how many seats hold it there.
    private record Entry(SharedDocument document, int seats) {}

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
            Alarms alarms,
            InstantSource clock,
            RandomGenerator random,
            Metrics metrics) {}

    public Collaboration(Parts parts, CollabLimits limits) {
        around =
                new Surroundings(
                        parts.log(),
                        parts.documents(),
                        new Epochs(parts.workspaces()),
                        parts.texts(),
                        parts.cpu(),
                        parts.clock(),
                        parts.random(),
                        (workspace, path) ->
                                watchers.forEach(
                                        watcher -> watcher.documentChanged(workspace, path)),
                        CollabMetrics.in(parts.metrics(), documents::size),
                        limits);
        alarms = parts.alarms();
        clockwork =
                List.of(
                        alarms.every(limits.ping(), () -> sides.forEach(BinarySide::ping)),
                        alarms.every(limits.tick(), this::tick));
    }

    /// Adds the binary side of a socket.
    ///
    /// @param loggedIn who logged in at the handshake, or null on the door that logs in in-band
    /// @param out where its frames go; nothing is sent before its first binary frame came
    public BinarySide connect(
            WorkspaceId workspace, Access access, @Nullable Member loggedIn, Subscriber out) {
        var side = new BinarySide(this, workspace, access, loggedIn, out);
        sides.add(side);
        if (loggedIn == null) {
            var _ = alarms.after(around.limits().login(), side::loginTimedOut);
        }
        return side;
    }

    /// Adds somebody to tell of new committed content.
    public void watch(DocumentWatcher watcher) {
        watchers.add(watcher);
    }

    /// Whether anybody has the document at this path open.
    public boolean isOpen(WorkspaceId workspace, String path) {
        var entry = documents.get(new Place(workspace, path));
        return entry != null && entry.document().isServing();
    }

    /// Whether this person has the document at this path open on some socket: what they save there
    /// comes from the document.
    public boolean isOpenBy(WorkspaceId workspace, String path, String memberKey) {
        return sides.stream()
                .anyMatch(side -> side.isOf(workspace, memberKey) && side.hasOpen(path));
    }

    /// The paths of documents that have no file: edits nobody had saved when the file was found to
    /// be another one.
    public List<String> withoutFile(WorkspaceId workspace) {
        return around.documents().withoutFile(workspace);
    }

    /// The file at this path was written with the text of the document, by somebody who has it
    /// open. Not for a file that was written in another way: that one is found to differ when the
    /// document is opened next. Waits for the database.
    ///
    /// @throws RuntimeException when the database cannot be reached; the next opening then finds a
    ///   difference, which costs nothing but a conflict copy
    public void fileSaved(WorkspaceId workspace, String path, FileMark mark)
            throws InterruptedException {
        var living = around.documents().living(workspace, path);
        if (living == null) {
            return;
        }
        long rows = around.documents().rowCount(living.id());
        around.documents().recordFile(living.id(), mark, rows);
        var entry = documents.get(new Place(workspace, path));
        if (entry != null) {
            entry.document().fileSaved(living.id(), mark, rows);
        }
    }

    /// Ends the documents' threads; the log still writes what was given to it.
    @Override
    public void close() {
        clockwork.forEach(Alarms.Alarm::cancel);
        documents.values().forEach(entry -> entry.document().close());
        documents.clear();
    }

    CollabLimits limits() {
        return around.limits();
    }

    CpuPool cpu() {
        return around.cpu();
    }

    void disconnected(BinarySide side) {
        sides.remove(side);
    }

    /// The document at a path, held in memory for one more seat.
    ///
    /// @throws FailureException `TOO_MANY_DOCUMENTS`
    SharedDocument enter(WorkspaceId workspace, String path) {
        var place = new Place(workspace, path);
        if (documents.size() >= around.limits().openDocuments() && !documents.containsKey(place)) {
            makeRoom();
        }
        return documents.compute(place, (_, entry) -> held(place, entry)).document();
    }

    private Entry held(Place place, @Nullable Entry entry) {
        if (entry != null) {
            return new Entry(entry.document(), entry.seats() + 1);
        }
        return new Entry(
                new SharedDocument(place.workspace(), place.path(), around, new Holds()), 1);
    }

    /// Lets a document go that nobody has open.
    private void makeRoom() {
        for (var entry : documents.values()) {
            if (entry.document().isIdle() && new Holds().letGo(entry.document())) {
                return;
            }
        }
        throw new FailureException(Failure.TOO_MANY_DOCUMENTS);
    }

    private void tick() {
        documents.values().forEach(entry -> entry.document().tick());
    }

    /// Counts the seats that hold documents in memory.
    private final class Holds implements SharedDocument.Keeper {
        @Override
        public void seatEnded(SharedDocument document) {
            documents.computeIfPresent(
                    new Place(document.workspace(), document.path()),
                    (_, entry) -> new Entry(entry.document(), entry.seats() - 1));
        }

        @Override
        public void idle(SharedDocument document) {
            var _ = letGo(document);
        }

        private boolean letGo(SharedDocument document) {
            var left =
                    documents.computeIfPresent(
                            new Place(document.workspace(), document.path()),
                            (_, entry) -> entry.seats() == 0 ? null : entry);
            if (left == null) {
                document.close();
            }
            return left == null;
        }
    }
}

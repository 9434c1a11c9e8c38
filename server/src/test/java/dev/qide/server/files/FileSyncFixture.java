package dev.qide.server.files;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.Access;
import dev.qide.server.collab.CollabLimits;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.FrameSender;
import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.collab.YWebsocketConnection;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.watch.FolderEvents;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.MoveTable;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.workspace.ManagedWorkspaces;
import dev.qide.server.workspace.Workspaces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Documents and their files over a real database and a real disk.
final class FileSyncFixture implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(60);
    private static final Access.Member ANN = new Access.Member("ann", "Ann");

    final Path root;
    final WorkspaceId workspace;
    final WorkspaceFiles files;
    final FileSyncTable syncTable;
    final FileTextSource source;
    final FileSync sync;
    final MoveTable moves;
    final TreeChanges tree;
    final ZipImport in;
    final ZipExport out;
    final ManagedWorkspaces managed;
    final Workspaces workspaces;
    final Collaboration documents;
    final FileReplication.Parts parts;
    final ConcurrentLinkedQueue<FileChange> heard = new ConcurrentLinkedQueue<>();
    private final Database database;
    private final CpuPool cpu = new CpuPool(2);
    private final Scheduler scheduler = new Scheduler();
    private final UpdateLog log;
    private final WorkspaceLeases leases;
    final FileWatcher watcher;

    /// The database that ends with the fixture; null when it is another's.
    private @Nullable TestDatabase own;

    interface Condition {
        boolean holds() throws Exception;
    }

    interface Action {
        void run() throws Exception;
    }

    /// Runs an action while holding the locks of these paths, so that the server sees its result as
    /// a whole: meanwhile no pass writes the files and no scan reports them.
    void withPathsLocked(Action action, String... paths) {
        var _ =
                files.exclusively(
                        files.workspace(workspace),
                        Stream.of(paths).map(WorkspacePath::new).toList(),
                        () -> {
                            try {
                                action.run();
                                return true;
                            } catch (InterruptedException | RuntimeException failure) {
                                throw failure;
                            } catch (Exception failure) {
                                throw new IllegalStateException(failure);
                            }
                        });
    }

    /// A fixture with a database of its own.
    FileSyncFixture(Path root) throws Exception {
        this(TestDatabase.create(), root);
    }

    private FileSyncFixture(TestDatabase own, Path root) throws IOException, InterruptedException {
        this(own.address(), root);
        this.own = own;
    }

    FileSyncFixture(DatabaseAddress address, Path root) throws IOException, InterruptedException {
        this(address, root, FolderEvents.open());
    }

    /// @param events null for a watch that polls
    FileSyncFixture(DatabaseAddress address, Path root, @Nullable FolderEvents events)
            throws IOException, InterruptedException {
        this.root = root;
        database = new Database(address);
        workspaces =
                new Workspaces(
                        Map.of("demo", root),
                        root.resolveSibling("data"),
                        new WorkspaceTable(database));
        workspace = workspaces.named("demo").id();
        files = new WorkspaceFiles(workspaces, cpu, new SecureRandom());
        files.changes().addListener(heard::add);
        syncTable = new FileSyncTable(database);
        var metrics = new Metrics();
        source = new FileTextSource(workspaces, files, syncTable, scheduler);
        log = new UpdateLog(database, metrics);
        leases = new WorkspaceLeases(new WorkspaceTable(database), new LeaseTable(database));
        documents =
                new Collaboration(
                        new Collaboration.Dependencies(
                                log,
                                new DocumentTable(database),
                                leases,
                                source,
                                cpu,
                                scheduler,
                                InstantSource.system(),
                                new SecureRandom(),
                                metrics),
                        CollabLimits.STANDARD);
        sync = new FileSync(source, documents, InstantSource.system(), metrics);
        in = new ZipImport(workspaces, files, root.resolveSibling("uploads"));
        parts =
                new FileReplication.Parts(
                        workspaces,
                        files,
                        source,
                        new InterruptedMoves(
                                workspaces, files, InterruptedMoves.Tables.of(database)),
                        leases,
                        FileReplication.Tables.of(database),
                        scheduler,
                        InstantSource.system());
        var replication =
                new FileReplication(
                        parts,
                        new FileReplication.Settings(
                                false, root.resolveSibling("copies"), 1 << 20, 1 << 20),
                        metrics);
        managed =
                new ManagedWorkspaces(
                        workspaces,
                        files,
                        in,
                        new ManagedWorkspaces.Tables(
                                new WorkspaceTable(database), syncTable, new TrustTable(database)),
                        replication,
                        root.resolveSibling("data"));
        managed.recover();
        moves = new MoveTable(database);
        var table = new DocumentTable(database);
        tree =
                new TreeChanges(
                        workspaces,
                        files,
                        sync,
                        documents,
                        new TreeChanges.Tables(table, syncTable, moves));
        tree.completeMoves();
        out = new ZipExport(workspaces, files, sync);
        sync.start();
        watcher = new FileWatcher(files, sync, scheduler, documents::isOpen, events);
    }

    /// Opens a document as an editor does, and waits until it is served.
    YWebsocketConnection open(String path) {
        return open(workspace, path);
    }

    YWebsocketConnection open(WorkspaceId workspace, String path) {
        var connection =
                documents.connectPlain(
                        workspace, path, new FullAccess(), ANN, new DiscardingReceiver());
        connection.receive(new byte[] {0, 0, 1, 0});
        await(path + " is open", () -> documents.isOpen(workspace, path));
        return connection;
    }

    /// Logs in to a document as a Hocuspocus provider does.
    ///
    /// @return every frame that the client is sent, as ISO 8859-1
    ConcurrentLinkedQueue<String> framesOf(String path) {
        var frames = new ConcurrentLinkedQueue<String>();
        var receiver =
                new DiscardingReceiver() {
                    @Override
                    public void frame(byte[] frame) {
                        frames.add(new String(frame, StandardCharsets.ISO_8859_1));
                    }
                };
        var name = (char) path.length() + path;
        documents
                .connect(workspace, new FullAccess(), null, receiver)
                .receive((name + "\2\0\0").getBytes(StandardCharsets.ISO_8859_1));
        return frames;
    }

    /// What a person types: committed when this returns.
    void type(String path, String before, String typed) throws InterruptedException {
        var text =
                documents.edit(
                        workspace, path, committed -> committed.replace(before, before + typed));
        Objects.requireNonNull(text);
    }

    String text(String path) throws InterruptedException {
        return Objects.requireNonNull(documents.committedText(workspace, path)).text();
    }

    String disk(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    DocumentId document(String path) throws InterruptedException {
        return Objects.requireNonNull(documents.committedText(workspace, path)).document();
    }

    /// The names in a folder of the project.
    Set<String> names(String folder) throws IOException {
        try (var all = Files.list(root.resolve(folder))) {
            return all.map(one -> "" + one.getFileName()).collect(Collectors.toSet());
        }
    }

    /// Writes a file and its folders, as a tool does.
    static void write(Path root, String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /// As tools that replace files do.
    void replace(String path, String text) throws IOException {
        var fresh = root.resolveSibling("fresh-" + Thread.currentThread().threadId());
        Files.writeString(fresh, text);
        Files.move(fresh, root.resolve(path), StandardCopyOption.REPLACE_EXISTING);
    }

    void awaitDisk(String path, String text) {
        await(
                path + " is " + text,
                () -> Files.exists(root.resolve(path)) && disk(path).equals(text));
    }

    void awaitText(String path, String text) {
        await(path + " says " + text, () -> text(path).equals(text));
    }

    /// Both are the same, and nothing is left to be written.
    void awaitEqual(String path) {
        await(
                path + " and its document are the same",
                () ->
                        Files.exists(root.resolve(path))
                                && sync.isSynced(workspace, path)
                                && text(path).equals(disk(path)));
    }

    static void await(String what, Condition condition) {
        long end = System.nanoTime() + SOON.toNanos();
        Throwable last = null;
        while (System.nanoTime() < end) {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception notYet) {
                last = notYet;
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("not in time: " + what, last);
    }

    FileContent content(String path) {
        return files.read("demo", path);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// In the order in which a server closes.
    @Override
    public void close() {
        watcher.close();
        sync.close();
        documents.close();
        leases.close();
        log.close();
        scheduler.close();
        cpu.close();
        database.close();
        if (own != null) {
            own.close();
        }
    }

    private static final class FullAccess implements Access {
        @Override
        public Member login(@Nullable Member loggedIn, String token) {
            return ANN;
        }

        @Override
        public boolean canRead(Member member) {
            return true;
        }

        @Override
        public boolean canEdit(Member member) {
            return true;
        }
    }

    private static class DiscardingReceiver implements FrameSender {
        @Override
        public void frame(byte[] frame) {}

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void onWritable(Runnable signal) {}

        @Override
        public boolean isDocumentsOnly() {
            return false;
        }

        @Override
        public void close(int code, String reason) {}
    }
}

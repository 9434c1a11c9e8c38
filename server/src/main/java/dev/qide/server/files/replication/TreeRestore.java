package dev.qide.server.files.replication;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.Workspace;
import dev.qide.server.linux.OpenFolder;
import dev.qide.server.store.BlobTable.Chunk;
import dev.qide.server.store.FileSyncTable.FileBase;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a directory equal to the workspace in the database: creates missing files, replaces
/// different ones, and deletes all others except ignored files and those that the database could
/// not have. Owned by one thread.
///
/// A file whose size, mode and time are those of its entry is not read. The file of a document gets
/// the last synced text; file sync then writes newer text.
public final class TreeRestore {
    private static final Logger LOG = LoggerFactory.getLogger(TreeRestore.class);
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /// As the tables of files and of documents say that the database is down.
    private static final Set<Failure> DOWN =
            Set.of(Failure.STORE_UNAVAILABLE, Failure.DOCUMENT_UNAVAILABLE);

    private static final Duration REPORT_INTERVAL = Duration.ofSeconds(10);
    private static final int DOCUMENTS_PER_READ = 64;
    private static final int BATCH_FILES = 500;
    private static final int DEFAULT_MODE = 0644;

    private final Workspace workspace;
    private final ReplicationContext context;
    private final DirectoryEntries directory;
    private final long end = System.nanoTime() + LIMIT.toNanos();
    private final Set<String> documents = new HashSet<>();
    private final Set<String> folders = new TreeSet<>();
    private long nextReport = System.nanoTime() + REPORT_INTERVAL.toNanos();
    private int written;
    private int deleted;

    public TreeRestore(Workspace workspace, ReplicationContext context) {
        this.workspace = workspace;
        this.context = context;
        directory =
                new DirectoryEntries(
                        workspace.directory(), context.files().diskAt(workspace.directory()));
    }

    /// Whether a directory is empty. Then its files were not deleted one by one: somebody freed
    /// space, or a disk is not mounted.
    public static boolean isEmpty(Workspace workspace) {
        try (var all = OpenFolder.open(workspace.directory())) {
            return !all.iterator().hasNext();
        } catch (DirectoryIteratorException failure) {
            throw DirectoryHandles.ioFailure(new IOException(failure));
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// The numbers of differences that a restore removed.
    ///
    /// @param written files and links that were created or replaced
    /// @param deleted files, links and folders that were deleted
    public record Result(int written, int deleted) {}

    /// Restores the directory. Blocks, for ten minutes at most.
    ///
    /// @param entries all entries of the workspace, in the order of their paths
    /// @throws FailureException `WORKSPACE_FILES_UNAVAILABLE` after that time, when a content is
    ///   missing or damaged, and when the disk refuses; `STORE_UNAVAILABLE` when the database is
    ///   down, which is no reason to refuse the clients that wait
    public Result run(List<Entry> entries) {
        try {
            return restored(entries);
        } catch (FailureException failure) {
            if (DOWN.contains(failure.failure())) {
                throw new FailureException(Failure.STORE_UNAVAILABLE, Map.of(), failure);
            }
            LOG.atError()
                    .addKeyValue("event.action", "files.restore_failed")
                    .addKeyValue("workspace", workspace.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .setCause(failure)
                    .log("the directory of a workspace cannot be restored from the database");
            var reason = failure.tags().getOrDefault("reason", failure.failure().wireName());
            throw new FailureException(
                    Failure.WORKSPACE_FILES_UNAVAILABLE, Map.of("reason", reason), failure);
        }
    }

    private Result restored(List<Entry> all) {
        var byPath = new HashMap<String, Entry>();
        all.forEach(entry -> byPath.put(entry.path(), entry));
        // A server that was killed may have written a file, but not deleted its former folder.
        var entries = all.stream().filter(entry -> !isBelowFile(entry.path(), byPath)).toList();
        folders(entries);
        documents(byPath);
        endedDocuments(entries);
        files(entries);
        for (var entry : entries) {
            if (entry.kind() == Kind.LINK && !entry.equals(directory.find(entry.path()))) {
                directory.link(entry);
                advance(1);
            }
        }
        deleteOthers(entries);
        for (var entry : entries) {
            if (entry.kind() == Kind.FOLDER && !entry.equals(directory.find(entry.path()))) {
                directory.setProperties(entry);
            }
        }
        directory.flush();
        return new Result(written, deleted);
    }

    private void folders(List<Entry> entries) {
        for (var entry : entries) {
            if (entry.kind() == Kind.FOLDER) {
                folders.add(entry.path());
            }
            addFoldersOf(entry.path());
        }
        for (var folder : folders) {
            directory.folder(folder);
            advance(0);
        }
    }

    private static boolean isBelowFile(String path, Map<String, Entry> entries) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            var above = entries.get(path.substring(0, end));
            if (above != null && above.kind() != Kind.FOLDER) {
                return true;
            }
        }
        return false;
    }

    private void addFoldersOf(String path) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            folders.add(path.substring(0, end));
        }
    }

    private void documents(Map<String, Entry> entries) {
        var table = context.syncTable();
        var page = table.bases(workspace.id(), "", DOCUMENTS_PER_READ);
        while (!page.isEmpty()) {
            for (var file : page) {
                var entry = entries.get(file.path());
                var hash = file.base().metadata().hash();
                boolean isBlob =
                        entry != null && entry.kind() == Kind.FILE && entry.content().equals(hash);
                // A tool put a folder in place of the file, or a file in place of its folder.
                boolean isReplaced =
                        folders.contains(file.path()) || isBelowFile(file.path(), entries);
                if (!isBlob && !isReplaced) {
                    document(file, entry == null ? 0 : entry.mode());
                    documents.add(file.path());
                    addFoldersOf(file.path());
                }
            }
            page = table.bases(workspace.id(), page.getLast().path(), DOCUMENTS_PER_READ);
        }
    }

    /// A document may have ended before its file was written to the database: its last text is
    /// better than nothing. Who deletes a file deletes the entry too.
    private void endedDocuments(List<Entry> entries) {
        for (var entry : entries) {
            if (entry.kind() == Kind.DOCUMENT && !documents.contains(entry.path())) {
                var last = context.syncTable().newestBase(workspace.id(), entry.path());
                if (last != null) {
                    document(last, entry.mode());
                    documents.add(entry.path());
                }
            }
        }
    }

    /// @param mode 0 for that of a new file
    private void document(FileBase file, int mode) {
        var base = file.base();
        var bytes = TextFile.of(base.text(), base.metadata()).encoded();
        var now = directory.find(file.path());
        int next = mode == 0 ? DEFAULT_MODE : mode;
        if (now == null || now.kind() != Kind.FILE || !hasBytes(now, bytes)) {
            int end = file.path().lastIndexOf('/');
            if (end > 0) {
                directory.folder(file.path().substring(0, end));
            }
            directory.file(
                    new Entry(file.path(), Kind.FILE, next, bytes.length, 0, ""),
                    channel -> write(channel, bytes));
            advance(1);
        } else if (now.mode() != next && mode != 0) {
            directory.setProperties(new Entry(file.path(), Kind.FILE, next, 0, 0, ""));
        }
    }

    private boolean hasBytes(Entry now, byte[] bytes) {
        return now.bytes() == bytes.length
                && hash(now).equals(context.files().hashed(bytes).hash());
    }

    private void files(List<Entry> entries) {
        var batch = new ArrayList<Entry>();
        long bytes = 0;
        for (var entry : entries) {
            if (entry.kind() != Kind.FILE || documents.contains(entry.path()) || isCurrent(entry)) {
                continue;
            }
            if (entry.bytes() > FileCapture.WHOLE_BYTES) {
                large(entry);
                continue;
            }
            if (batch.size() == BATCH_FILES || bytes + entry.bytes() > FileCapture.WHOLE_BYTES) {
                small(batch);
                batch.clear();
                bytes = 0;
            }
            batch.add(entry);
            bytes += entry.bytes();
        }
        small(batch);
    }

    /// Whether the file has the entry's content. A file with another mode or time is written again.
    private boolean isCurrent(Entry entry) {
        var now = directory.find(entry.path());
        if (now == null || now.kind() != Kind.FILE || now.bytes() != entry.bytes()) {
            return false;
        }
        if (now.mode() != entry.mode()) {
            return false;
        }
        return entry.modified() == 0
                ? hash(now).equals(entry.content())
                : now.modified() == entry.modified();
    }

    /// The hash of a file; empty when it cannot be read.
    private String hash(Entry file) {
        try (var channel = directory.open(file.path())) {
            return BlobContent.hash(context.files(), channel);
        } catch (IOException | FailureException _) {
            return "";
        }
    }

    private void small(List<Entry> batch) {
        if (batch.isEmpty()) {
            return;
        }
        var hashes = new HashSet<String>();
        batch.forEach(entry -> hashes.add(entry.content()));
        var contents = new HashMap<String, List<Chunk>>();
        for (var chunk : context.blobs().read(workspace.id(), hashes)) {
            contents.computeIfAbsent(chunk.hash(), _ -> new ArrayList<>()).add(chunk);
        }
        for (var entry : batch) {
            var bytes = joined(contents.getOrDefault(entry.content(), List.of()));
            if (!context.files().hashed(bytes).hash().equals(entry.content())) {
                throw BlobContent.damaged();
            }
            directory.file(entry, channel -> write(channel, bytes));
            advance(1);
        }
    }

    private byte[] joined(List<Chunk> chunks) {
        var parts = new ArrayList<byte[]>();
        int length = 0;
        for (var chunk : chunks) {
            parts.add(BlobContent.content(context.files(), chunk));
            length += parts.getLast().length;
        }
        var bytes = ByteBuffer.allocate(length);
        parts.forEach(bytes::put);
        return bytes.array();
    }

    private void large(Entry entry) {
        directory.file(
                entry,
                channel -> {
                    var digest = BlobContent.sha256();
                    long left = entry.bytes();
                    for (int number = 0; left > 0; number++) {
                        var chunks = context.blobs().read(workspace.id(), entry.content(), number);
                        if (chunks.isEmpty()) {
                            throw BlobContent.damaged();
                        }
                        var bytes = BlobContent.content(context.files(), chunks.getFirst());
                        var _ =
                                context.files()
                                        .compute(
                                                bytes.length,
                                                () -> {
                                                    digest.update(bytes);
                                                    return true;
                                                });
                        write(channel, bytes);
                        left -= bytes.length;
                        advance(0);
                    }
                    if (!BlobContent.hex(digest).equals(entry.content())) {
                        throw BlobContent.damaged();
                    }
                });
        advance(1);
    }

    private static void write(SeekableByteChannel channel, byte[] bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            var _ = channel.write(buffer);
        }
    }

    /// The rules are read after the files that contain them were written.
    private void deleteOthers(List<Entry> entries) {
        var known = new HashSet<>(folders);
        known.addAll(documents);
        known.addAll(context.copies().unstored(workspace.id()));
        for (var entry : entries) {
            // The document of another one has ended.
            if (entry.kind() != Kind.DOCUMENT) {
                known.add(entry.path());
            }
        }
        var replicated = new ReplicatedFiles(directory, context.rules(workspace));
        var all = replicated.all();
        var found = new ArrayList<>(all.entries().keySet());
        for (var folder : all.objects()) {
            found.addAll(replicated.below(folder, false).entries().keySet());
        }
        // What is in a folder goes before the folder.
        for (var path : found.reversed()) {
            if (!known.contains(path)) {
                directory.deleteUnlessFull(path);
                deleted++;
                advance(0);
            }
        }
    }

    private void advance(int files) {
        written += files;
        long now = System.nanoTime();
        if (now - end >= 0) {
            throw new FailureException(
                    Failure.WORKSPACE_FILES_UNAVAILABLE, Map.of("reason", "too-slow"));
        }
        if (now - nextReport >= 0) {
            nextReport = now + REPORT_INTERVAL.toNanos();
            LOG.atInfo()
                    .addKeyValue("event.action", "files.restoring")
                    .addKeyValue("workspace", workspace.id())
                    .addKeyValue("files", written)
                    .log("restoring the directory of a workspace from the database");
        }
    }
}

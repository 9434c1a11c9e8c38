package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// Writes a workspace as a zip file while it is sent, so only a part of it is in memory at a time.
/// Ignored files are left out; text that was typed but not yet written to disk is included.
/// Thread-safe.
public final class ZipExport {
    private static final long BYTES = 1L << 30;
    private static final int PIECE_BYTES = 256 << 10;

    /// The maximum number of archives sent at once.
    public static final int EXPORTS_AT_ONCE = 4;

    private static final Duration SYNC_WAIT = Duration.ofSeconds(2);

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSync sync;
    private final Semaphore running = new Semaphore(EXPORTS_AT_ONCE);

    public ZipExport(WorkspaceRegistry workspaces, WorkspaceFiles files, FileSync sync) {
        this.workspaces = workspaces;
        this.files = files;
        this.sync = sync;
    }

    /// An archive that has not begun. It has its place among those that are sent at once until it
    /// is written or closed.
    public final class Archive implements AutoCloseable {
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final Workspace workspace;
        private final List<FileTree.Entry> entries;

        private Archive(Workspace workspace, List<FileTree.Entry> entries) {
            this.workspace = workspace;
            this.entries = entries;
        }

        /// Writes it; a file that is gone meanwhile is left out.
        ///
        /// @throws IOException also when a file cannot be read to its end: the archive is cut then
        public void writeTo(OutputStream out) throws IOException {
            try (this) {
                new Writing(workspace, out).write(entries);
            } catch (FailureException cut) {
                throw new IOException(cut);
            }
        }

        /// Gives its place back; harmless when that was done before.
        @Override
        public void close() {
            if (isOver.compareAndSet(false, true)) {
                running.release();
            }
        }
    }

    /// The archive to send; the caller writes or closes it.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `TOO_MANY_FILES` above 20,000 entries,
    ///   `FILE_TOO_LARGE` above a gibibyte, `SERVER_CANCELLED` when four others are under way
    public Archive of(String name) {
        var workspace = workspaces.named(name);
        if (!running.tryAcquire()) {
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        boolean isBegun = false;
        try {
            var archive = new Archive(workspace, wanted(name));
            isBegun = true;
            return archive;
        } finally {
            if (!isBegun) {
                running.release();
            }
        }
    }

    private List<FileTree.Entry> wanted(String name) {
        var tree = files.list(name);
        if (tree.isTruncated()) {
            throw new FailureException(
                    Failure.TOO_MANY_FILES, Map.of("limit", "" + WorkspaceFiles.TREE_ENTRIES));
        }
        var entries = tree.entries().stream().filter(ZipExport::isWanted).toList();
        if (entries.stream().mapToLong(FileTree.Entry::bytes).sum() > BYTES) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + BYTES));
        }
        return entries;
    }

    private static boolean isWanted(FileTree.Entry entry) {
        return !entry.isIgnored()
                && (entry.kind() == FileTree.Kind.FILE || entry.kind() == FileTree.Kind.FOLDER);
    }

    private final class Writing {
        private final Workspace workspace;
        private final OutputStream out;
        private final ByteArrayOutputStream added = new ByteArrayOutputStream();
        private final ZipOutputStream zip = new ZipOutputStream(added);
        private final byte[] chunk = new byte[PIECE_BYTES];

        Writing(Workspace workspace, OutputStream out) {
            this.workspace = workspace;
            this.out = out;
        }

        void write(List<FileTree.Entry> entries) throws IOException {
            try (zip) {
                for (var entry : entries) {
                    write(entry);
                }
            }
            send();
        }

        private void write(FileTree.Entry entry) throws IOException {
            if (entry.kind() == FileTree.Kind.FOLDER) {
                zip.putNextEntry(new ZipEntry(entry.path() + "/"));
                zip.closeEntry();
                return;
            }
            var path = new WorkspacePath(entry.path());
            awaitText(path);
            var stamp = files.disk(workspace).stamp(path);
            try (var file = opened(path)) {
                if (file == null || stamp == null) {
                    return;
                }
                write(path, stamp.modified(), file);
            }
        }

        private void write(WorkspacePath path, FileTime modified, SeekableByteChannel file)
                throws IOException {
            var head = new ZipEntry(path.value());
            head.setLastModifiedTime(modified);
            zip.putNextEntry(head);
            for (int read = file.read(ByteBuffer.wrap(chunk));
                    read >= 0;
                    read = file.read(ByteBuffer.wrap(chunk))) {
                int count = read;
                // Packing is work for the pool, waiting for the client is not.
                var _ =
                        files.compute(
                                PIECE_BYTES,
                                () -> {
                                    zip.write(chunk, 0, count);
                                    return true;
                                });
                send();
            }
            zip.closeEntry();
            send();
        }

        private void send() throws IOException {
            added.writeTo(out);
            added.reset();
        }

        private @Nullable SeekableByteChannel opened(WorkspacePath path) {
            try {
                return files.disk(workspace).open(path);
            } catch (FailureException _) {
                return null;
            }
        }

        private void awaitText(WorkspacePath path) {
            try {
                var _ = sync.awaitSynced(workspace.id(), path.value(), SYNC_WAIT);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new FailureException(Failure.SERVER_STOPPING);
            }
        }
    }
}

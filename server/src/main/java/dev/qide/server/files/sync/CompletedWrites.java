package dev.qide.server.files.sync;

import dev.qide.server.files.Disk;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The pending writes that this server has completed and not yet confirmed. Thread-safe.
///
/// Whatever a file contains after a completed write is the work of another program, even the former
/// content: somebody restored it, as `git checkout` does. Without this knowledge the former content
/// looks like a write that did not happen. The knowledge ends with the process on purpose: after a
/// crash the disk may have lost a write that the process completed.
///
/// Holds at most one entry for each file with a pending pass in [SyncSchedule].
public final class CompletedWrites {
    private final ConcurrentHashMap<FileSnapshots.Key, Completed> writes =
            new ConcurrentHashMap<>();

    /// @param hash of the content
    /// @param directory the identity of the workspace's directory
    private record Completed(DocumentId document, String hash, Object directory) {}

    /// Records that the file has the content of the pending write.
    ///
    /// @param hash of that content
    void add(FileSnapshots.Key file, DocumentId document, String hash, Disk disk) {
        var directory = disk.identity();
        if (directory != null) {
            writes.put(file, new Completed(document, hash, directory));
        }
    }

    /// The text of the pending write if it is complete. It is not if another directory has taken
    /// the place of the workspace's directory since, for example because its disk was unmounted.
    ///
    /// @return null when nothing is being written, or it is unknown how far the write got
    public @Nullable FileText find(FileSnapshots.Key file, SyncedFile row, Disk disk) {
        var intent = row.intent();
        var write = writes.get(file);
        return intent != null
                        && write != null
                        && write.document().equals(row.document())
                        && write.hash().equals(intent.metadata().hash())
                        && write.directory().equals(disk.identity())
                ? intent
                : null;
    }

    /// Removes the entry of a file whose write was confirmed, or has begun again.
    public void remove(FileSnapshots.Key file) {
        writes.remove(file);
    }
}

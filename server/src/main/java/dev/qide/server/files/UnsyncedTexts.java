package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.sync.SyncSchedule;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The difference between what programs read from files and what people see in documents, whose
/// texts reach the files a little later ([FileSync]). Thread-safe.
///
/// It listens to changes after those who notify language servers: a request that is sent between
/// the two counts as sent before the change.
public final class UnsyncedTexts implements FileListener {
    /// The number of files of a workspace whose last change is remembered.
    private static final int CHANGES = 20_000;

    private final WorkspaceFiles files;
    private final Collaboration documents;
    private final SyncSchedule schedule;
    private final Map<WorkspaceId, Changes> changes = new ConcurrentHashMap<>();

    UnsyncedTexts(WorkspaceFiles files, Collaboration documents, SyncSchedule schedule) {
        this.files = files;
        this.documents = documents;
        this.schedule = schedule;
    }

    /// A file as a program knows it that has read it since a moment, compared with its document.
    public sealed interface State {
        /// The document has the same text, or there is none.
        record Synced() implements State {}

        /// The document has another text. Both have LF only.
        record Unsynced(String onDisk, String committed) implements State {}

        /// The file was changed on disk since then, by the server or a tool, so that it is unknown
        /// which text the program has read. A change by a tool counts when the watch reports it.
        record ChangedSince() implements State {}
    }

    /// When each file of a workspace was last changed on disk. Guarded by itself.
    private static final class Changes {
        private final Map<String, Long> latest =
                new LinkedHashMap<>() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                        boolean isTooMany = size() > CHANGES;
                        if (isTooMany) {
                            forgottenUntil = eldest.getValue();
                        }
                        return isTooMany;
                    }
                };

        /// Every file may have changed until then; null for none.
        private @Nullable Long forgottenUntil;

        private synchronized void add(String path, long nanos) {
            latest.remove(path);
            latest.put(path, nanos);
        }

        private synchronized boolean isSince(String path, long nanos) {
            var last = latest.get(path);
            var forgotten = forgottenUntil;
            return (last != null && last - nanos >= 0)
                    || (forgotten != null && forgotten - nanos >= 0);
        }
    }

    /// Writes what is committed to a workspace's documents to their files, and waits for that. Does
    /// not wait for a file that cannot be written.
    public void awaitSynced(WorkspaceId workspace, Duration atMost) throws InterruptedException {
        schedule.awaitOnDisk(workspace, atMost);
    }

    /// Compares a file with its document. Blocks while another writer has the file.
    ///
    /// @param since the moment, by `System.nanoTime`
    /// @throws FailureException `PATH_ILLEGAL`, `WORKSPACE_UNKNOWN`, `DOCUMENT_UNAVAILABLE`, and
    ///   `FILE_UNKNOWN` when the file has no text
    public State compare(WorkspaceId workspace, String path, long since)
            throws InterruptedException {
        var file = new WorkspacePath(path);
        var key = new FileSnapshots.Key(workspace, file);
        // Before the file is read: the write of a newer text in between counts as a change.
        var committed = schedule.isOnDisk(key) ? null : documents.committedText(workspace, path);
        var found = files.workspace(workspace);
        return files.exclusively(
                found,
                List.of(file),
                () -> {
                    var known = changes.get(workspace);
                    if (known != null && known.isSince(path, since)) {
                        return new State.ChangedSince();
                    }
                    return committed == null
                            ? new State.Synced()
                            : compared(onDisk(found, file), committed.text());
                });
    }

    /// Computes something about both texts on the pool, unless they are small.
    public <T extends @Nullable Object> T compute(State.Unsynced texts, Callable<T> work) {
        return files.compute(texts.onDisk().length() + texts.committed().length(), work);
    }

    private static State compared(String onDisk, String committed) {
        return onDisk.equals(committed)
                ? new State.Synced()
                : new State.Unsynced(onDisk, committed);
    }

    private String onDisk(Workspace workspace, WorkspacePath file) {
        var bytes = files.disk(workspace).readOrNull(file, WorkspaceFiles.FILE_BYTES);
        var text =
                bytes == null
                        ? null
                        : files.compute(bytes.length, () -> TextFile.decodedOrNull(bytes));
        if (text == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        return text.text();
    }

    @Override
    public void changed(FileChange change) {
        var known = changes.computeIfAbsent(change.workspace().id(), _ -> new Changes());
        long now = System.nanoTime();
        switch (change) {
            case FileChange.Saved _,
                    FileChange.ChangedExternally _,
                    FileChange.FolderCreated _,
                    FileChange.Deleted _,
                    FileChange.ExternalChange _ ->
                    known.add(change.path(), now);
            case FileChange.Moved(_, var path, var to, var below) -> {
                known.add(path, now);
                known.add(to, now);
                below.forEach(rest -> known.add(to + "/" + rest, now));
            }
            // Each file was published before.
            case FileChange.ManyExternalChanges _ -> {}
        }
    }

    @Override
    public void workspaceDeleted(WorkspaceId workspace) {
        changes.remove(workspace);
    }
}

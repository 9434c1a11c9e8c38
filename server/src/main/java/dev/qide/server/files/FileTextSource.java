package dev.qide.server.files;

import dev.qide.server.collab.TextSource;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.sync.CompletedWrites;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.sync.RecordedBases;
import dev.qide.server.files.sync.SyncSchedule;
import dev.qide.server.files.sync.TornWrite;
import dev.qide.server.store.BaseChange;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// Supplies the first text of a document from its file. [FileWatcher] watches every file that was
/// read here. Thread-safe.
public final class FileTextSource implements TextSource {
    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSyncTable syncTable;
    private final SyncSchedule schedule;
    private final CompletedWrites completedWrites = new CompletedWrites();
    private final RecordedBases recordedBases = new RecordedBases();

    public FileTextSource(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileSyncTable syncTable,
            Scheduler scheduler) {
        this.workspaces = workspaces;
        this.files = files;
        this.syncTable = syncTable;
        schedule = new SyncSchedule(scheduler);
    }

    @Override
    public void requireShared(WorkspaceId workspace, String path) {
        files.requireShared(workspaces.of(workspace), new WorkspacePath(path), false);
    }

    @Override
    public FirstText read(WorkspaceId workspace, String path, boolean mayCreate) {
        var found = workspaces.of(workspace);
        var legal = new WorkspacePath(path);
        if (files.pendingMoves().covers(workspace, path)) {
            // The client opens the document, or learns that it is gone, when the move has ended.
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        var content = content(found, legal, mayCreate);
        var text = files.compute(content.bytes().length, () -> TextFile.decoded(content.bytes()));
        files.snapshots().remember(new FileSnapshots.Key(workspace, legal), content.hash());
        return new FirstText(
                text.text(),
                content.hash(),
                text.lineEnd().wireName(),
                text.hasBom(),
                text.encoding());
    }

    @Override
    public Comparison compare(StoredDocument document) {
        var found = workspaces.of(document.workspace());
        var file = key(document.workspace(), document.path());
        var row = syncTable.find(document.workspace(), document.path());
        if (row == null || !row.document().equals(document.id())) {
            return Comparison.NOTHING;
        }
        var now = contentOrNull(found, file.path());
        if (now == null) {
            return committed -> missing(file, row, committed);
        }
        var written = completedWrites.find(file, row, files.disk(found));
        files.snapshots().remember(file, now.hash());
        if (recordedBases.isLost(row) || (written == null && isTorn(row, now))) {
            // The next pass of file sync records the base again, or writes the whole file.
            schedule.expedite(file);
            return Comparison.NOTHING;
        }
        var base =
                written != null
                        ? written
                        : files.compute(now.bytes().length, () -> TornWrite.base(row, now));
        if (base.metadata().hash().equals(now.hash())) {
            return Comparison.NOTHING;
        }
        if (row.intent() != null) {
            // The next pass of file sync finds out what became of the pending write.
            schedule.expedite(file);
            return Comparison.NOTHING;
        }
        var text = files.compute(now.bytes().length, () -> TextFile.decoded(now.bytes()));
        if (base.metadata().hash().isEmpty()) {
            syncTable.begin(document.id());
        }
        var next = new FileText(text.metadata(now.hash()), text.text());
        // A base that a pass of file sync records from here on makes the merge fail.
        recordedBases.remove(document.id());
        return committed ->
                files.compute(
                        committed.length() + next.text().length(),
                        () ->
                                new Merged(
                                        ThreeWayMerge.merge(base.text(), committed, next.text()),
                                        BaseChange.of(row, next)));
    }

    /// @return always null: nothing is merged
    private @Nullable Merged missing(FileSnapshots.Key file, SyncedFile row, String committed) {
        if (files.pendingMoves().covers(file.workspace(), file.path().value())) {
            return null;
        }
        if (row.intent() == null && committed.equals(row.base().text())) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        schedule.expedite(file);
        return null;
    }

    private boolean isTorn(SyncedFile row, FileContent now) {
        return files.compute(now.bytes().length, () -> TornWrite.intended(row, now.bytes()))
                != null;
    }

    @Override
    public boolean isReadOnly(WorkspaceId workspace, String path) {
        return files.disk(workspaces.of(workspace)).isReadOnly(new WorkspacePath(path));
    }

    @Override
    public boolean isSynced(WorkspaceId workspace, String path) {
        return schedule.isOnDisk(key(workspace, path));
    }

    WorkspaceRegistry workspaces() {
        return workspaces;
    }

    WorkspaceFiles files() {
        return files;
    }

    FileSyncTable syncTable() {
        return syncTable;
    }

    /// Schedules when a file is compared with its document; [FileSync] starts and closes it.
    SyncSchedule schedule() {
        return schedule;
    }

    /// The writes that [FileSync] completed; a document that is opened meanwhile depends on them.
    CompletedWrites completedWrites() {
        return completedWrites;
    }

    /// The bases that [FileSync] recorded.
    RecordedBases recordedBases() {
        return recordedBases;
    }

    private static FileSnapshots.Key key(WorkspaceId workspace, String path) {
        return new FileSnapshots.Key(workspace, new WorkspacePath(path));
    }

    private @Nullable FileContent contentOrNull(Workspace workspace, WorkspacePath path) {
        try {
            return content(workspace, path, false);
        } catch (FailureException failure) {
            if (Disk.isNoFile(failure)) {
                return null;
            }
            throw failure;
        }
    }

    private FileContent content(Workspace workspace, WorkspacePath path, boolean mayCreate) {
        try {
            return files.read(workspace, path, TextFile.SHARED_TEXT_BYTES);
        } catch (FailureException failure) {
            if (failure.failure() != Failure.FILE_UNKNOWN || !mayCreate) {
                throw failure;
            }
        }
        files.createEmpty(workspace, path);
        return files.read(workspace, path, TextFile.SHARED_TEXT_BYTES);
    }
}

package dev.qide.server.files;

import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.List;

/// Opens files of workspaces to be sent. Thread-safe; calls block on the disk.
public final class FileDownloads {
    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;

    public FileDownloads(WorkspaceRegistry workspaces, WorkspaceFiles files) {
        this.workspaces = workspaces;
        this.files = files;
    }

    /// Opens a file; the caller closes it. What is being moved or deleted just now is opened when
    /// that has ended: who was told that a document is over must not find its file once more.
    ///
    /// @param isEditor whether somebody opens it who may edit, and so open an ignored text
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE` above 32 MiB and, of ignored texts, 5 MiB,
    ///   `REQUEST_FAILED` when the disk refuses
    public FileDownload open(String workspace, String path, boolean isEditor) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        if (files.inMotion().covers(found.id(), path)) {
            files.alone(found, List.of(legal), () -> true);
        }
        if (!isEditor) {
            files.requireShared(found, legal, false);
        } else if (files.rules(found).isOpenedByHand(legal)) {
            files.requireText(files.disk(found).read(legal, TextFile.SHARED_TEXT_BYTES));
        }
        var channel = files.disk(found).open(legal);
        try {
            return new FileDownload(files, channel);
        } catch (IOException failure) {
            DirectoryHandles.closeQuietly(channel);
            throw DirectoryHandles.notDone(failure);
        } catch (FailureException refused) {
            DirectoryHandles.closeQuietly(channel);
            throw refused;
        }
    }

    /// What a file takes in memory when it is read as a whole to be compared or merged: its bytes
    /// and a copy; 0 when there is none.
    ///
    /// @throws FailureException as [#open]
    public long wholeBytes(String workspace, String path) {
        var stamp = files.disk(workspaces.named(workspace)).stamp(new WorkspacePath(path));
        return stamp == null ? 0 : 2 * Math.min(stamp.bytes(), WorkspaceFiles.FILE_BYTES);
    }
}

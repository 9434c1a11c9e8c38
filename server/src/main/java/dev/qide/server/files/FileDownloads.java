package dev.qide.server.files;

import dev.qide.wire.FailureException;
import dev.qide.wire.TextFormat;
import java.io.IOException;
import java.util.List;

/// Opens files of workspaces for download. Thread-safe; calls block on the disk.
public final class FileDownloads {
    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;

    public FileDownloads(WorkspaceRegistry workspaces, WorkspaceFiles files) {
        this.workspaces = workspaces;
        this.files = files;
    }

    /// Opens a file; the caller closes it. A file that is being moved or deleted is opened
    /// afterwards: a client whose document has ended must not find its file again.
    ///
    /// @param isEditor whether the caller may edit, and so may read an ignored text
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE` above 32 MiB and, of ignored texts, 5 MiB,
    ///   `REQUEST_FAILED` when the disk refuses
    public FileDownload open(String workspace, String path, boolean isEditor) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        if (files.pendingMoves().covers(found.id(), path)) {
            files.exclusively(found, List.of(legal), () -> true);
        }
        if (!isEditor) {
            files.requireShared(found, legal, false);
        } else if (files.rules(found).isOpenedByNameOnly(legal)) {
            files.requireText(files.disk(found).read(legal, TextFile.SHARED_TEXT_BYTES));
        }
        var channel = files.disk(found).open(legal);
        try {
            return new FileDownload(files, channel);
        } catch (IOException failure) {
            DirectoryHandles.closeQuietly(channel);
            throw DirectoryHandles.ioFailure(failure);
        } catch (FailureException refused) {
            DirectoryHandles.closeQuietly(channel);
            throw refused;
        }
    }

    /// How the text of a file is stored on disk.
    ///
    /// @param isEditor as for [#open]
    /// @throws FailureException as [#open], and `FILE_NOT_TEXT`
    public TextFormat textFormat(String workspace, String path, boolean isEditor) {
        if (!isEditor) {
            files.requireShared(workspaces.named(workspace), new WorkspacePath(path), false);
        }
        var bytes = files.read(workspace, path).bytes();
        return files.compute(bytes.length, () -> TextFile.decoded(bytes)).format();
    }

    /// The memory for reading a file as a whole to compare or merge it, in bytes: its bytes and a
    /// copy; 0 when there is no file.
    ///
    /// @throws FailureException as [#open]
    public long wholeBytes(String workspace, String path) {
        var stamp = files.disk(workspaces.named(workspace)).stamp(new WorkspacePath(path));
        return stamp == null ? 0 : 2 * Math.min(stamp.bytes(), WorkspaceFiles.FILE_BYTES);
    }
}

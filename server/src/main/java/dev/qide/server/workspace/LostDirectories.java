package dev.qide.server.workspace;

import dev.qide.server.files.Disk;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.WorkspaceTable.Managed;
import dev.qide.server.workspace.ManagedDirectories.Stage;
import dev.qide.server.workspace.ManagedDirectories.Staged;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the directories of managed workspaces again that are not there any more, from what the
/// database holds. Used once, at the start.
final class LostDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(LostDirectories.class);
    private static final int FILES_AT_A_TIME = 16;

    private final WorkspaceFiles files;
    private final ManagedDirectories directories;
    private final ManagedWorkspaces.Tables tables;

    LostDirectories(
            WorkspaceFiles files, ManagedDirectories directories, ManagedWorkspaces.Tables tables) {
        this.files = files;
        this.directories = directories;
        this.tables = tables;
    }

    /// Its directory is lost, as after a restore on another machine: the files of its documents are
    /// written as they were last, and file sync writes what is newer. What never was a document is
    /// not in the database. Trust was in the lost one.
    ///
    /// Where the disk refuses, the workspace is there without a directory, and nothing is ended.
    void write(Managed managed) {
        int count = 0;
        try {
            tables.trusts().withdraw(managed.id());
            var again = new Staged(Stage.AGAIN, managed.id());
            var disk = files.diskAt(directories.begin(again));
            var given = tables.syncTable().given(managed.id(), "", FILES_AT_A_TIME);
            for (; !given.isEmpty(); given = after(managed, given)) {
                for (var file : given) {
                    count += write(managed, disk, file) ? 1 : 0;
                }
            }
            directories.place(again, managed.name());
        } catch (IOException | FailureException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "workspace.not_written")
                    .addKeyValue("workspace", managed.id())
                    .setCause(failure)
                    .log("a workspace has no directory, and it cannot be written again");
            return;
        }
        LOG.atWarn()
                .addKeyValue("event.action", "workspace.written")
                .addKeyValue("workspace", managed.id())
                .addKeyValue("files", count)
                .log("a workspace had no directory: the files of its documents were written again");
    }

    private List<FileSyncTable.Given> after(Managed managed, List<FileSyncTable.Given> given) {
        return tables.syncTable().given(managed.id(), given.getLast().path(), FILES_AT_A_TIME);
    }

    /// One file that cannot be written does not keep the others from being there.
    private static boolean write(Managed managed, Disk disk, FileSyncTable.Given file) {
        try {
            var base = file.base();
            return disk.create(
                    new WorkspacePath(file.path()),
                    TextFile.marked(base.text(), base.metadata()).encoded());
        } catch (FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.document_not_written")
                    .addKeyValue("workspace", managed.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("the file of a document cannot be written again");
            return false;
        }
    }
}

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

/// Recreates missing directories of managed workspaces from the database, once at the start.
final class LostDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(LostDirectories.class);
    private static final int FILES_PER_READ = 16;

    private final WorkspaceFiles files;
    private final ManagedDirectories directories;
    private final ManagedWorkspaces.Tables tables;

    LostDirectories(
            WorkspaceFiles files, ManagedDirectories directories, ManagedWorkspaces.Tables tables) {
        this.files = files;
        this.directories = directories;
        this.tables = tables;
    }

    /// Recreates the directory of a workspace, which is missing for example after a restore on
    /// another machine. Writes the last synced text of each document; file sync then writes newer
    /// text. Files that never were documents are not in the database. Trust is withdrawn, since it
    /// belongs to the lost directory.
    ///
    /// If the disk refuses, the workspace stays without a directory, and its documents stay.
    void recreate(Managed managed) {
        int count = 0;
        try {
            tables.trusts().revoke(managed.id());
            var recreated = new Staged(Stage.AGAIN, managed.id());
            var disk = files.diskAt(directories.create(recreated));
            var page = tables.syncTable().bases(managed.id(), "", FILES_PER_READ);
            for (; !page.isEmpty(); page = nextPage(managed, page)) {
                for (var file : page) {
                    count += write(managed, disk, file) ? 1 : 0;
                }
            }
            directories.publish(recreated, ManagedDirectories.name(managed));
        } catch (IOException | FailureException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "workspace.not_written")
                    .addKeyValue("workspace", managed.id())
                    .setCause(failure)
                    .log("a workspace has no directory, and recreating it failed");
            return;
        }
        LOG.atWarn()
                .addKeyValue("event.action", "workspace.written")
                .addKeyValue("workspace", managed.id())
                .addKeyValue("files", count)
                .log("a workspace had no directory; the files of its documents were recreated");
    }

    private List<FileSyncTable.FileBase> nextPage(
            Managed managed, List<FileSyncTable.FileBase> page) {
        return tables.syncTable().bases(managed.id(), page.getLast().path(), FILES_PER_READ);
    }

    /// Writes one file. A failure is logged and does not affect the other files.
    private static boolean write(Managed managed, Disk disk, FileSyncTable.FileBase file) {
        try {
            var base = file.base();
            return disk.create(
                    new WorkspacePath(file.path()),
                    TextFile.of(base.text(), base.metadata()).encoded());
        } catch (FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.document_not_written")
                    .addKeyValue("workspace", managed.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("cannot recreate the file of a document");
            return false;
        }
    }
}

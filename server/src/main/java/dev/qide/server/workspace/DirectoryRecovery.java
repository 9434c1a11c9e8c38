package dev.qide.server.workspace;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.Disk;
import dev.qide.server.files.FileReplication;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable.Managed;
import dev.qide.server.workspace.ManagedDirectories.Stage;
import dev.qide.server.workspace.ManagedDirectories.Staged;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Settles the directories of managed workspaces at the start: completes interrupted creations and
/// deletions, and recreates missing directories from the database.
final class DirectoryRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryRecovery.class);
    private static final int FILES_PER_READ = 16;

    private final WorkspaceFiles files;
    private final ManagedDirectories directories;
    private final ManagedWorkspaces.Tables tables;
    private final FileReplication replication;

    DirectoryRecovery(
            WorkspaceFiles files,
            ManagedDirectories directories,
            ManagedWorkspaces.Tables tables,
            FileReplication replication) {
        this.replication = replication;
        this.files = files;
        this.directories = directories;
        this.tables = tables;
    }

    /// Whether a workspace that another server created has a directory here. Creates an empty one
    /// if its files are in the database; the directory is restored when this server takes the
    /// lease.
    boolean ensureDirectory(Managed managed) {
        var name = ManagedDirectories.name(managed);
        if (!directories.exists(name)
                && replication.isOn()
                && replication.complete().contains(managed.id())) {
            try {
                var empty = new Staged(Stage.AGAIN, managed.id());
                var _ = directories.create(empty);
                directories.publish(empty, name);
            } catch (IOException failure) {
                throw DirectoryHandles.ioFailure(failure);
            }
        }
        return directories.exists(name);
    }

    /// Completes or removes a staged directory.
    ///
    /// @param managed its workspace, or null if there is none
    void settle(Staged staged, @Nullable Managed managed) throws IOException {
        if (managed != null
                && staged.stage() != Stage.AGAIN
                && !directories.exists(ManagedDirectories.name(managed))) {
            directories.publish(staged, ManagedDirectories.name(managed));
            logRecovered(staged, "there");
        } else if (staged.stage() != Stage.GONE || tables.workspaces().isRetired(staged.id())) {
            directories.deleteOrWarn(staged);
            logRecovered(staged, "not-there");
        } else {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.directory_unknown")
                    .addKeyValue("workspace", staged.id())
                    .log("a directory that was being deleted has no workspace and is left alone");
        }
    }

    private static void logRecovered(Staged staged, String reason) {
        LOG.atInfo()
                .addKeyValue("event.action", "workspace.recovered")
                .addKeyValue("workspace", staged.id())
                .addKeyValue("reason", reason)
                .log("an interrupted creation or deletion of a workspace was completed");
    }

    /// Withdraws this server's directories of deleted workspaces, so that no later workspace of the
    /// same name finds their files.
    void withdrawDeleted(Set<WorkspaceId> existing) {
        for (var workspace : replication.copies().keySet()) {
            if (!existing.contains(workspace) && tables.workspaces().isRetired(workspace)) {
                var _ = withdraw(workspace);
            }
        }
    }

    /// Withdraws this server's directory of a deleted workspace.
    ///
    /// @return whether there was one
    boolean withdraw(WorkspaceId workspace) {
        var name = replication.copies().get(workspace);
        if (name == null) {
            return false;
        }
        try {
            boolean isThere = directories.exists(name);
            if (isThere) {
                directories.withdraw(name, new Staged(Stage.GONE, workspace));
            }
            replication.forgetCopy(workspace);
            return isThere;
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// Recreates the directory of a workspace, which is missing for example after a restore on
    /// another machine. Writes the last synced text of each document; file sync then writes newer
    /// text. Files that never were documents are not in the database. Trust is withdrawn, since it
    /// belongs to the lost directory.
    ///
    /// If the disk refuses, the workspace stays without a directory, and its documents stay.
    void recreate(Managed managed) {
        if (ensureDirectory(managed)) {
            return;
        }
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
                    .addKeyValue("event.action", "workspace.directory_recreation_failed")
                    .addKeyValue("workspace", managed.id())
                    .setCause(failure)
                    .log("a workspace has no directory, and recreating it failed");
            return;
        }
        LOG.atWarn()
                .addKeyValue("event.action", "workspace.directory_recreated")
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
                    .addKeyValue("event.action", "workspace.document_recreation_failed")
                    .addKeyValue("workspace", managed.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("cannot recreate the file of a document");
            return false;
        }
    }
}

package dev.qide.server.workspace;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.FileReplication;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.ZipImport;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.store.WorkspaceTable.Managed;
import dev.qide.server.workspace.ManagedDirectories.Stage;
import dev.qide.server.workspace.ManagedDirectories.Staged;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Creates workspaces while the server runs (empty, from a template or from a zip file) and deletes
/// them. Thread-safe; calls block on the disk and the database.
///
/// The database row decides: it reserves the name, and after a kill the next server follows it. A
/// new workspace's directory is filled under a staged name, then the row is inserted, then the
/// directory gets its name. A deleted workspace's directory loses its name, then its row is retired
/// together with its documents, then its files are deleted. So [#recover()] finds out for each
/// staged directory whether its workspace exists, and completes or removes it: a workspace exists
/// as a whole or not at all. A directory without a row is left alone.
public final class ManagedWorkspaces {
    /// The largest number of workspaces.
    public static final int WORKSPACES = 200;

    private static final Logger LOG = LoggerFactory.getLogger(ManagedWorkspaces.class);

    private final Workspaces workspaces;
    private final WorkspaceFiles files;
    private final ZipImport archives;
    private final Tables tables;
    private final ManagedDirectories directories;
    private final DirectoryRecovery recovery;
    private final FileReplication replication;

    /// The tables with data of managed workspaces.
    public record Tables(WorkspaceTable workspaces, FileSyncTable syncTable, TrustTable trusts) {}

    /// The files of a new workspace.
    ///
    /// @param count the number of files
    /// @param skipped the first 100 entries of the zip file that are on the ignore list
    public record InitialFiles(int count, List<String> skipped) {
        public InitialFiles {
            skipped = List.copyOf(skipped);
        }
    }

    /// @param dataDirectory the server's own
    public ManagedWorkspaces(
            Workspaces workspaces,
            WorkspaceFiles files,
            ZipImport archives,
            Tables tables,
            FileReplication replication,
            Path dataDirectory)
            throws IOException {
        this.workspaces = workspaces;
        this.files = files;
        this.archives = archives;
        this.tables = tables;
        directories = new ManagedDirectories(dataDirectory.resolve(Workspaces.MANAGED));
        this.replication = replication;
        recovery = new DirectoryRecovery(files, directories, tables, replication);
    }

    /// Completes or undoes the operations that an earlier server left incomplete, and opens all
    /// managed workspaces. Must run before any document is opened.
    ///
    /// @throws StartRefusedException when a workspace on the command line has the name of one
    public void recover() throws IOException {
        archives.removeLeftovers();
        var existing = new HashMap<WorkspaceId, Managed>();
        tables.workspaces().managed().forEach(managed -> existing.put(managed.id(), managed));
        for (var managed : existing.values()) {
            requireUniqueName(managed);
        }
        recovery.withdrawDeleted(existing.keySet());
        for (var staged : directories.staged()) {
            recovery.settle(staged, existing.get(staged.id()));
        }
        for (var managed : existing.values()) {
            if (!directories.exists(ManagedDirectories.name(managed))) {
                recovery.recreate(managed);
            }
            var _ = open(managed);
        }
        for (var name : directories.published()) {
            if (workspaces.find(ManagedDirectories.reference(name)) == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "workspace.directory_unknown")
                        .log("a directory belongs to no workspace and is left alone");
            }
        }
    }

    /// Opens the workspaces that other servers of the database have created, and forgets those that
    /// they have deleted.
    public void refresh() {
        var living = new HashMap<WorkspaceId, Managed>();
        tables.workspaces().committedManaged().forEach(one -> living.put(one.id(), one));
        for (var known : workspaces.all()) {
            if (known.isManaged()
                    && living.remove(known.id()) == null
                    && tables.workspaces().isRetired(known.id())
                    && workspaces.startLeaving(known)) {
                workspaces.forget(known);
                files.forget(known);
                if (recovery.withdraw(known.id())) {
                    directories.deleteInBackground(new Staged(Stage.GONE, known.id()));
                }
                workspaces.freeName(known);
            }
        }
        for (var added : living.values()) {
            if (workspaces.existingName(WorkspaceAddress.of(added).reference()) == null
                    && recovery.ensureDirectory(added)
                    && !tables.workspaces().isRetired(added.id())) {
                var _ = open(added);
            }
        }
    }

    /// Creates an empty workspace, or one with a template's files.
    ///
    /// @param template null for an empty workspace
    /// @throws FailureException `WORKSPACE_NAME_ILLEGAL`, `WORKSPACE_EXISTS`, `TEMPLATE_UNKNOWN`,
    ///   `TOO_MANY_WORKSPACES`, `STORE_UNAVAILABLE`, `REQUEST_FAILED` when the disk refuses
    public InitialFiles create(WorkspaceAddress address, @Nullable String template) {
        var chosen = template == null ? null : Templates.named(template);
        return create(
                address,
                folder -> {
                    if (chosen == null) {
                        return new InitialFiles(0, List.of());
                    }
                    Templates.write(chosen, folder);
                    return new InitialFiles(chosen.files().size(), List.of());
                });
    }

    /// Creates a workspace from a zip file, which is checked as a whole first.
    ///
    /// @throws FailureException as [#create(WorkspaceAddress, String)] and [ZipImport#merge(String,
    ///   InputStream, String)]
    public InitialFiles create(WorkspaceAddress address, InputStream archive) {
        return create(
                address,
                folder -> {
                    var unpacked = archives.unpack(archive, folder);
                    return new InitialFiles(unpacked.files(), unpacked.skipped());
                });
    }

    /// Deletes a managed workspace with its directory. Its documents end with `document-replaced`.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `WORKSPACE_NOT_MANAGED`, `STORE_UNAVAILABLE`,
    ///   or `SERVER_CANCELLED` while others change its files; then nothing was deleted
    public void delete(String name, Collaboration documents, WorkspaceListener listener)
            throws InterruptedException {
        var found = workspaces.named(name);
        if (!found.isManaged()) {
            throw new FailureException(Failure.WORKSPACE_NOT_MANAGED);
        }
        if (!workspaces.startLeaving(found)) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        retireExclusively(found);
        try {
            documents.in(found.id()).retireAll();
        } finally {
            finishDeletion(found, listener);
        }
    }

    /// Stops all work for a deleted workspace. A failure here does not undo the deletion.
    private void finishDeletion(Workspace found, WorkspaceListener listener) {
        try {
            listener.deleted(found);
        } finally {
            workspaces.freeName(found);
            directories.deleteInBackground(new Staged(Stage.GONE, found.id()));
        }
        LOG.atInfo()
                .addKeyValue("event.action", "workspace.deleted")
                .addKeyValue("workspace", found.id())
                .log("a workspace was deleted");
    }

    private interface InitialContent {
        InitialFiles fill(Path folder) throws IOException;
    }

    private InitialFiles create(WorkspaceAddress address, InitialContent content) {
        var managed =
                new Managed(new WorkspaceId(UUID.randomUUID()), address.owner(), address.name());
        requireFree(managed);
        var staged = new Staged(Stage.NEW, managed.id());
        boolean isRecorded = false;
        InitialFiles initial;
        try {
            initial = content.fill(directories.create(staged));
            tables.workspaces().createManaged(managed, WORKSPACES);
            isRecorded = true;
            directories.publish(staged, ManagedDirectories.name(managed));
        } catch (IOException failure) {
            undo(managed, isRecorded);
            throw DirectoryHandles.ioFailure(failure);
        } catch (RuntimeException failure) {
            // If the database went away, the row may have been committed: the next start decides.
            if (isRecorded || !isUnavailable(failure)) {
                undo(managed, isRecorded);
            }
            throw failure;
        }
        replicate(open(managed));
        LOG.atInfo()
                .addKeyValue("event.action", "workspace.created")
                .addKeyValue("workspace", managed.id())
                .log("a workspace was created");
        return initial;
    }

    /// Writes a new workspace to the database if files are kept there, or deletes it. One that
    /// cannot be deleted either stays, under its name.
    private void replicate(Workspace workspace) {
        try {
            replication.replicateAll(workspace);
        } catch (RuntimeException failure) {
            try {
                withdraw(workspace);
            } catch (RuntimeException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        }
    }

    private void withdraw(Workspace workspace) {
        if (workspaces.startLeaving(workspace)) {
            retireExclusively(workspace);
            workspaces.freeName(workspace);
            directories.deleteInBackground(new Staged(Stage.GONE, workspace.id()));
        }
    }

    /// Retires a workspace that is leaving, or lets it stay.
    private void retireExclusively(Workspace workspace) {
        boolean isRetired = false;
        try {
            isRetired = files.exclusivelyInWorkspace(workspace, () -> retire(workspace));
        } finally {
            if (!isRetired) {
                workspaces.cancelLeaving(workspace);
            }
        }
    }

    private static boolean isUnavailable(RuntimeException failure) {
        return failure instanceof FailureException known
                && known.failure() == Failure.STORE_UNAVAILABLE;
    }

    private void requireFree(Managed managed) {
        if (!Workspaces.isName(managed.name())) {
            throw new FailureException(Failure.WORKSPACE_NAME_ILLEGAL);
        }
        var other = workspaces.existingName(WorkspaceAddress.of(managed).reference());
        if (other != null) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
        try {
            var directory = directories.existingName(ManagedDirectories.name(managed));
            if (directory != null) {
                throw new FailureException(
                        Failure.WORKSPACE_EXISTS, Map.of("name", directory, "reason", "directory"));
            }
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
        tables.workspaces().requireCapacity(managed, WORKSPACES);
    }

    private void undo(Managed managed, boolean isRecorded) {
        try {
            if (isRecorded) {
                tables.workspaces().retire(managed.id());
            }
            directories.delete(new Staged(Stage.NEW, managed.id()));
        } catch (IOException | FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.creation_rolled_back")
                    .addKeyValue("workspace", managed.id())
                    .setCause(failure)
                    .log("files of a workspace that was not created stay until the next start");
        }
    }

    private Workspace open(Managed managed) {
        var workspace =
                new Workspace(
                        managed.id(),
                        managed.owner().organisation(),
                        WorkspaceAddress.of(managed).reference(),
                        directories.of(ManagedDirectories.name(managed)),
                        true);
        workspaces.add(workspace);
        return workspace;
    }

    /// Renames the directory, retires the row and stops all writes. Runs while nobody else changes
    /// files of the workspace. Returns true.
    private boolean retire(Workspace workspace) {
        var gone = new Staged(Stage.GONE, workspace.id());
        try {
            if (directories.exists(ManagedDirectories.name(workspace))) {
                directories.withdraw(ManagedDirectories.name(workspace), gone);
            }
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
        try {
            tables.workspaces().retire(workspace.id());
        } catch (RuntimeException failure) {
            publishAgain(workspace, gone);
            throw failure;
        }
        files.forget(workspace);
        replication.forgetCopy(workspace.id());
        return true;
    }

    private void publishAgain(Workspace workspace, Staged gone) {
        try {
            if (directories.exists(gone)) {
                directories.publish(gone, ManagedDirectories.name(workspace));
            }
        } catch (IOException | FailureException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "workspace.deletion_resumed")
                    .addKeyValue("workspace", workspace.id())
                    .setCause(failure)
                    .log("a workspace's directory will get its name back at the next start");
        }
    }

    private void requireUniqueName(Managed managed) {
        var other = workspaces.existingName(WorkspaceAddress.of(managed).reference());
        if (other != null && !other.equals(SampleWorkspace.NAME)) {
            throw new StartRefusedException(
                    "--workspace %s has the name of the managed workspace %s: use another name, or"
                                    .formatted(other, WorkspaceAddress.of(managed).reference())
                            + " start without --workspace and delete the managed one first.");
        }
    }
}

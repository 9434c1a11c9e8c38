package dev.qide.server.workspace;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.DirectoryHandles;
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

/// Makes workspaces while the server runs, empty, from a template or from a zip file, and deletes
/// them again. Thread-safe; calls block on the disk and the database.
///
/// What counts is the row: it is what decides about a name, and what a server that was killed
/// between two steps is followed by. A new workspace is filled under a name that is none, then
/// recorded, then gets its name; a deleted one loses its name, then its row is retired together
/// with its documents, then its files are deleted. So [#begin()] finds for each directory whether
/// its workspace is there, and brings the rest to its end: there is a whole one or none. A
/// directory that is nobody's is left alone.
public final class ManagedWorkspaces {
    /// How many there may be.
    public static final int WORKSPACES = 200;

    private static final Logger LOG = LoggerFactory.getLogger(ManagedWorkspaces.class);

    private final Workspaces workspaces;
    private final WorkspaceFiles files;
    private final ZipImport archives;
    private final Tables tables;
    private final ManagedDirectories directories;
    private final LostDirectories lostDirectories;

    /// The tables that it needs.
    public record Tables(WorkspaceTable workspaces, FileSyncTable syncTable, TrustTable trusts) {}

    /// What a new workspace begins with.
    ///
    /// @param files how many files
    /// @param skipped entries of the archive that are on the ignore list, the first 100
    public record Beginning(int files, List<String> skipped) {
        public Beginning {
            skipped = List.copyOf(skipped);
        }
    }

    /// @param dataDirectory the server's own
    public ManagedWorkspaces(
            Workspaces workspaces,
            WorkspaceFiles files,
            ZipImport archives,
            Tables tables,
            Path dataDirectory)
            throws IOException {
        this.workspaces = workspaces;
        this.files = files;
        this.archives = archives;
        this.tables = tables;
        directories = new ManagedDirectories(dataDirectory.resolve(Workspaces.MADE));
        lostDirectories = new LostDirectories(files, directories, tables);
    }

    /// Brings to its end what an earlier server had begun, and opens all that there are. Comes
    /// before any document is opened.
    ///
    /// @throws StartRefusedException when one of them has a name that was given at the start
    public void begin() throws IOException {
        archives.removeLeftovers();
        var living = new HashMap<WorkspaceId, Managed>();
        tables.workspaces().made().forEach(managed -> living.put(managed.id(), managed));
        for (var managed : living.values()) {
            requireOwnName(managed);
        }
        for (var staged : directories.staged()) {
            settle(staged, living.get(staged.id()));
        }
        for (var managed : living.values()) {
            if (!directories.isThere(managed.name())) {
                lostDirectories.write(managed);
            }
            open(managed);
        }
        for (var name : directories.named()) {
            if (workspaces.find(name) == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "workspace.directory_unknown")
                        .log("a directory among those of workspaces belongs to none and is left");
            }
        }
    }

    /// Makes one that is empty or has a template's files.
    ///
    /// @param template null for an empty one
    /// @throws FailureException `WORKSPACE_NAME_ILLEGAL`, `WORKSPACE_EXISTS`, `TEMPLATE_UNKNOWN`,
    ///   `TOO_MANY_WORKSPACES`, `STORE_UNAVAILABLE`, `REQUEST_FAILED` when the disk refuses
    public Beginning make(String name, @Nullable String template) {
        var chosen = template == null ? null : Templates.named(template);
        return make(
                name,
                folder -> {
                    if (chosen == null) {
                        return new Beginning(0, List.of());
                    }
                    Templates.write(chosen, folder);
                    return new Beginning(chosen.files().size(), List.of());
                });
    }

    /// Makes one from a zip file, which is checked as a whole before there is anything.
    ///
    /// @throws FailureException as [#make(String, String)] and [ZipImport#merge(String,
    ///   InputStream, String)]
    public Beginning make(String name, InputStream archive) {
        return make(
                name,
                folder -> {
                    var unpacked = archives.unpack(archive, folder);
                    return new Beginning(unpacked.files(), unpacked.skipped());
                });
    }

    /// Deletes one that was made here, with its directory. Its documents end: whoever has one open
    /// is told `document-replaced`.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `WORKSPACE_NOT_MANAGED`, `STORE_UNAVAILABLE`
    ///   and `SERVER_CANCELLED` when others are busy in it: nothing has happened then
    public void delete(String name, Collaboration documents, WorkspaceListener listener)
            throws InterruptedException {
        var found = workspaces.named(name);
        if (!found.isManaged()) {
            throw new FailureException(Failure.WORKSPACE_NOT_MANAGED);
        }
        if (!workspaces.leave(found)) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        boolean isDeleted = false;
        try {
            isDeleted = files.aloneInAll(found, () -> retired(found));
        } finally {
            if (!isDeleted) {
                workspaces.stay(found);
            }
        }
        try {
            documents.retireAll(found.id());
        } finally {
            ended(found, listener);
        }
    }

    /// It is deleted whatever happens now: nothing of it goes on.
    private void ended(Workspace found, WorkspaceListener listener) {
        try {
            listener.deleted(found);
        } finally {
            workspaces.forget(found);
            deleteInTime(new Staged(Stage.GONE, found.id()));
        }
        LOG.atInfo()
                .addKeyValue("event.action", "workspace.deleted")
                .addKeyValue("workspace", found.id())
                .log("a workspace was deleted");
    }

    private interface Filler {
        Beginning fill(Path folder) throws IOException;
    }

    private Beginning make(String name, Filler filler) {
        requireFree(name);
        var managed = new Managed(new WorkspaceId(UUID.randomUUID()), name);
        var fresh = new Staged(Stage.NEW, managed.id());
        boolean isRecorded = false;
        try {
            var beginning = filler.fill(directories.begin(fresh));
            isRecorded = isRecorded(managed);
            directories.place(fresh, name);
            open(managed);
            LOG.atInfo()
                    .addKeyValue("event.action", "workspace.created")
                    .addKeyValue("workspace", managed.id())
                    .log("a workspace was made");
            return beginning;
        } catch (IOException failure) {
            undo(managed, isRecorded);
            throw DirectoryHandles.notDone(failure);
        } catch (RuntimeException failure) {
            // Perhaps the row is there, though nobody could say so: then the next start goes on.
            if (isRecorded || !isUnavailable(failure)) {
                undo(managed, isRecorded);
            }
            throw failure;
        }
    }

    private static boolean isUnavailable(RuntimeException failure) {
        return failure instanceof FailureException known
                && known.failure() == Failure.STORE_UNAVAILABLE;
    }

    private boolean isRecorded(Managed managed) {
        tables.workspaces().make(managed, WORKSPACES);
        return true;
    }

    private void requireFree(String name) {
        if (!Workspaces.isName(name)) {
            throw new FailureException(Failure.WORKSPACE_NAME_ILLEGAL);
        }
        var other = workspaces.taken(name);
        if (other != null) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
        try {
            var directory = directories.taken(name);
            if (directory != null) {
                throw new FailureException(
                        Failure.WORKSPACE_EXISTS, Map.of("name", directory, "reason", "directory"));
            }
        } catch (IOException failure) {
            throw DirectoryHandles.notDone(failure);
        }
        tables.workspaces().requireRoom(name, WORKSPACES);
    }

    private void undo(Managed managed, boolean isRecorded) {
        try {
            if (isRecorded) {
                tables.workspaces().retire(managed.id());
            }
            directories.delete(new Staged(Stage.NEW, managed.id()));
        } catch (IOException | FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.creation_undone")
                    .addKeyValue("workspace", managed.id())
                    .setCause(failure)
                    .log(
                            "what is left of a workspace that was not made is there until the next start");
        }
    }

    private void open(Managed managed) {
        workspaces.add(
                new Workspace(managed.id(), managed.name(), directories.of(managed.name()), true));
    }

    /// Alone in the workspace: its directory loses its name, its row is retired, nobody writes
    /// there any more.
    private boolean retired(Workspace workspace) {
        var gone = new Staged(Stage.GONE, workspace.id());
        try {
            if (directories.isThere(workspace.name())) {
                directories.take(workspace.name(), gone);
            }
        } catch (IOException failure) {
            throw DirectoryHandles.notDone(failure);
        }
        try {
            tables.workspaces().retire(workspace.id());
        } catch (RuntimeException failure) {
            takeBack(workspace, gone);
            throw failure;
        }
        files.end(workspace);
        return true;
    }

    private void takeBack(Workspace workspace, Staged gone) {
        try {
            if (directories.isThere(gone)) {
                directories.place(gone, workspace.name());
            }
        } catch (IOException | FailureException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "workspace.deletion_resumed")
                    .addKeyValue("workspace", workspace.id())
                    .setCause(failure)
                    .log("a workspace's directory gets its name back at the next start");
        }
    }

    /// How long its content takes is nobody's wait; what is left goes at the next start.
    private void deleteInTime(Staged gone) {
        BackgroundTask.start(Thread.ofVirtual().name("workspace-delete"), () -> delete(gone));
    }

    private void delete(Staged staged) {
        try {
            directories.delete(staged);
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.deletion_left")
                    .addKeyValue("workspace", staged.id())
                    .setCause(failure)
                    .log("a deleted workspace's directory stays, hidden, until the next start");
        }
    }

    private void requireOwnName(Managed managed) {
        var other = workspaces.taken(managed.name());
        if (other != null && !other.equals(SampleWorkspace.NAME)) {
            throw new StartRefusedException(
                    "--workspace %s has the name of workspace %s, which was made in the server: give the"
                                    .formatted(other, managed.name())
                            + " directory another name, or start without it and delete the other one"
                            + " first.");
        }
    }

    /// @param managed the living workspace that it is of, or null
    private void settle(Staged staged, @Nullable Managed managed) throws IOException {
        if (managed != null
                && staged.stage() != Stage.AGAIN
                && !directories.isThere(managed.name())) {
            directories.place(staged, managed.name());
            logSettled(staged, "there");
        } else if (staged.stage() != Stage.GONE || tables.workspaces().isRetired(staged.id())) {
            delete(staged);
            logSettled(staged, "not-there");
        } else {
            LOG.atWarn()
                    .addKeyValue("event.action", "workspace.directory_unknown")
                    .addKeyValue("workspace", staged.id())
                    .log("a directory that was being deleted belongs to no workspace and is left");
        }
    }

    private static void logSettled(Staged staged, String reason) {
        LOG.atInfo()
                .addKeyValue("event.action", "workspace.settled")
                .addKeyValue("workspace", staged.id())
                .addKeyValue("reason", reason)
                .log("a workspace that was being made or deleted has been brought to its end");
    }
}

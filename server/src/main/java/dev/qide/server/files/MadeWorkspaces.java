package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.MadeDirectories.Stage;
import dev.qide.server.files.MadeDirectories.Staged;
import dev.qide.server.owner.BackgroundTask;
import dev.qide.server.store.MirrorTable;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.TrustTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.store.WorkspaceTable.Made;
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
public final class MadeWorkspaces {
    /// How many there may be.
    public static final int WORKSPACES = 200;

    private static final Logger LOG = LoggerFactory.getLogger(MadeWorkspaces.class);
    private static final int FILES_AT_A_TIME = 16;

    private final Workspaces workspaces;
    private final WorkspaceFiles files;
    private final ZipImport archives;
    private final Tables tables;
    private final MadeDirectories directories;

    /// The tables that it needs.
    public record Tables(WorkspaceTable workspaces, MirrorTable mirrors, TrustTable trusts) {}

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
    public MadeWorkspaces(
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
        directories = new MadeDirectories(dataDirectory.resolve(Workspaces.MADE));
    }

    /// Brings to its end what an earlier server had begun, and opens all that there are. Comes
    /// before any document is opened.
    ///
    /// @throws StartRefusedException when one of them has a name that was given at the start
    public void begin() throws IOException {
        archives.removeLeftovers();
        var living = new HashMap<WorkspaceId, Made>();
        tables.workspaces().made().forEach(made -> living.put(made.id(), made));
        for (var made : living.values()) {
            requireOwnName(made);
        }
        for (var staged : directories.staged()) {
            settle(staged, living.get(staged.id()));
        }
        for (var made : living.values()) {
            if (!directories.isThere(made.name())) {
                writeAgain(made);
            }
            open(made);
        }
        for (var name : directories.named()) {
            if (workspaces.find(name) == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "files.directory_unknown")
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
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `WORKSPACE_NOT_MADE`, `STORE_UNAVAILABLE` and
    ///   `SERVER_CANCELLED` when others are busy in it: nothing has happened then
    public void delete(String name, Collaboration documents, WorkspaceListener listener)
            throws InterruptedException {
        var found = workspaces.named(name);
        if (!found.isMade()) {
            throw new FailureException(Failure.WORKSPACE_NOT_MADE);
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
                .addKeyValue("event.action", "files.workspace_deleted")
                .addKeyValue("workspace", found.id())
                .log("a workspace was deleted");
    }

    private interface Filler {
        Beginning fill(Path folder) throws IOException;
    }

    private Beginning make(String name, Filler filler) {
        requireFree(name);
        var made = new Made(new WorkspaceId(UUID.randomUUID()), name);
        var fresh = new Staged(Stage.NEW, made.id());
        boolean isRecorded = false;
        try {
            var beginning = filler.fill(directories.begin(fresh));
            isRecorded = isRecorded(made);
            directories.place(fresh, name);
            open(made);
            LOG.atInfo()
                    .addKeyValue("event.action", "files.workspace_made")
                    .addKeyValue("workspace", made.id())
                    .log("a workspace was made");
            return beginning;
        } catch (IOException failure) {
            undo(made, isRecorded);
            throw Folders.notDone(failure);
        } catch (RuntimeException failure) {
            // Perhaps the row is there, though nobody could say so: then the next start goes on.
            if (isRecorded || !isUnavailable(failure)) {
                undo(made, isRecorded);
            }
            throw failure;
        }
    }

    private static boolean isUnavailable(RuntimeException failure) {
        return failure instanceof FailureException known
                && known.failure() == Failure.STORE_UNAVAILABLE;
    }

    private boolean isRecorded(Made made) {
        tables.workspaces().make(made, WORKSPACES);
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
            throw Folders.notDone(failure);
        }
        tables.workspaces().requireRoom(name, WORKSPACES);
    }

    private void undo(Made made, boolean isRecorded) {
        try {
            if (isRecorded) {
                tables.workspaces().retire(made.id());
            }
            directories.delete(new Staged(Stage.NEW, made.id()));
        } catch (IOException | FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.workspace_half_made")
                    .addKeyValue("workspace", made.id())
                    .setCause(failure)
                    .log(
                            "what is left of a workspace that was not made is there until the next start");
        }
    }

    private void open(Made made) {
        workspaces.add(new Workspace(made.id(), made.name(), directories.of(made.name()), true));
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
            throw Folders.notDone(failure);
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
                    .addKeyValue("event.action", "files.workspace_half_deleted")
                    .addKeyValue("workspace", workspace.id())
                    .setCause(failure)
                    .log("a workspace's directory gets its name back at the next start");
        }
    }

    /// How long its content takes is nobody's wait; what is left goes at the next start.
    private void deleteInTime(Staged gone) {
        var _ =
                BackgroundTask.start(
                        Thread.ofVirtual().name("workspace-delete"), () -> delete(gone));
    }

    private void delete(Staged staged) {
        try {
            directories.delete(staged);
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.deletion_left")
                    .addKeyValue("workspace", staged.id())
                    .setCause(failure)
                    .log("a deleted workspace's directory stays, hidden, until the next start");
        }
    }

    private void requireOwnName(Made made) {
        var other = workspaces.taken(made.name());
        if (other != null && !other.equals(SampleWorkspace.NAME)) {
            throw new StartRefusedException(
                    "--workspace %s has the name of workspace %s, which was made in the server: give the"
                                    .formatted(other, made.name())
                            + " directory another name, or start without it and delete the other one"
                            + " first.");
        }
    }

    /// @param made the living workspace that it is of, or null
    private void settle(Staged staged, @Nullable Made made) throws IOException {
        if (made != null && staged.stage() != Stage.AGAIN && !directories.isThere(made.name())) {
            directories.place(staged, made.name());
            logSettled(staged, "there");
        } else if (staged.stage() != Stage.GONE || tables.workspaces().isRetired(staged.id())) {
            delete(staged);
            logSettled(staged, "not-there");
        } else {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.directory_unknown")
                    .addKeyValue("workspace", staged.id())
                    .log("a directory that was being deleted belongs to no workspace and is left");
        }
    }

    private static void logSettled(Staged staged, String reason) {
        LOG.atInfo()
                .addKeyValue("event.action", "files.workspace_settled")
                .addKeyValue("workspace", staged.id())
                .addKeyValue("reason", reason)
                .log("a workspace that was being made or deleted has been brought to its end");
    }

    /// Its directory is lost, as after a restore on another machine: the files of its documents are
    /// written as they were last, and the mirror writes what is newer. What never was a document is
    /// not in the database. Trust was in the lost one.
    ///
    /// Where the disk refuses, the workspace is there without a directory, and nothing is ended.
    private void writeAgain(Made made) {
        int count = 0;
        try {
            tables.trusts().withdraw(made.id());
            var again = new Staged(Stage.AGAIN, made.id());
            var disk = files.diskAt(directories.begin(again));
            var given = tables.mirrors().given(made.id(), "", FILES_AT_A_TIME);
            for (; !given.isEmpty(); given = after(made, given)) {
                for (var file : given) {
                    count += write(made, disk, file) ? 1 : 0;
                }
            }
            directories.place(again, made.name());
        } catch (IOException | FailureException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "files.workspace_not_written")
                    .addKeyValue("workspace", made.id())
                    .setCause(failure)
                    .log("a workspace has no directory, and it cannot be written again");
            return;
        }
        LOG.atWarn()
                .addKeyValue("event.action", "files.workspace_written")
                .addKeyValue("workspace", made.id())
                .addKeyValue("files", count)
                .log("a workspace had no directory: the files of its documents were written again");
    }

    private List<MirrorTable.Given> after(Made made, List<MirrorTable.Given> given) {
        return tables.mirrors().given(made.id(), given.getLast().path(), FILES_AT_A_TIME);
    }

    /// One file that cannot be written does not keep the others from being there.
    private static boolean write(Made made, Disk disk, MirrorTable.Given file) {
        try {
            var base = file.base();
            return disk.create(
                    new WorkspacePath(file.path()),
                    TextFile.marked(base.text(), base.mark()).encoded());
        } catch (FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.document_not_written")
                    .addKeyValue("workspace", made.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("the file of a document cannot be written again");
            return false;
        }
    }
}

package dev.qide.server.files.sync;

import dev.qide.server.files.Disk;
import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileContent;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.sync.SyncSchedule.Outcome;
import dev.qide.server.store.FileMetadata;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pass of file sync for one file and its document: merges a tool's changes, then writes the
/// committed text. Owned by one thread, which holds the path's lock.
///
/// Each write is first recorded as an intent, goes to a temporary file and is exchanged with the
/// file. It stays an intent until the file that came out of the exchange has been checked a second
/// time. Recovery after a crash is the same step: [#settled(SyncedFile)]. [CompletedWrites] knows
/// this server's own writes; [TornWrite] finds out how far the write of a killed server got, even
/// in place and without a temporary file. [BaseRecovery] helps where the database has lost what was
/// recorded of the file, as an asynchronous failover may.
public final class SyncPass {
    /// How long a tool that had the file open during the exchange may go on writing in place.
    static final Duration SECOND_CHECK_DELAY = Duration.ofSeconds(1);

    /// How long a file may be missing (a checkout unlinks and creates) before it counts as deleted.
    public static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration MISSING_RECHECK_DELAY = Duration.ofMillis(250);
    private static final Duration UNSTABLE_RETRY_DELAY = Duration.ofMillis(300);
    private static final Logger LOG = LoggerFactory.getLogger(SyncPass.class);
    private static final int ROUNDS = 8;

    private final SyncContext context;
    private final Workspace workspace;
    private final WorkspacePath path;
    private final Disk disk;
    private final SyncedDocument document;
    private final BaseRecovery baseRecovery;

    public SyncPass(SyncContext around, Workspace workspace, WorkspacePath path, Disk disk) {
        this.context = around;
        this.workspace = workspace;
        this.path = path;
        this.disk = disk;
        document = new SyncedDocument(around, workspace, path);
        baseRecovery = new BaseRecovery(around, path, disk, document);
    }

    /// Merges and writes until file and document are equal.
    public Outcome run() throws InterruptedException {
        return run("", null);
    }

    /// Merges a save into the document and writes the result.
    ///
    /// @param old the file that the author had loaded; null for none
    /// @param saved the saved content
    /// @return the hash of the resulting file; null when there is no document
    /// @throws FailureException `SERVER_CANCELLED` for a new file while the document of a moved one
    ///   has yet to leave this path
    @Nullable
    public String save(@Nullable FileContent old, byte[] saved, String by)
            throws InterruptedException {
        var row = document.row();
        if (row == null) {
            return null;
        }
        if (old == null && context.isMoving(key())) {
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        boolean isTorn = old != null && meant(row, old.bytes()) != null;
        row = settled(row);
        var next = TextFile.decodedOrNull(saved);
        if (next == null) {
            document.retire();
            return null;
        }
        if (old == null && document.isFileCurrent(row) && document.retireUnchanged(row)) {
            // A new file replaces a deleted one.
            return null;
        }
        if (old != null && !isTorn && !old.hash().equals(row.base().metadata().hash())) {
            row = mergeFile(row, old.bytes());
            if (row == null) {
                return null;
            }
        }
        var base = row.base().text();
        if (document.edit(text -> document.merge(base, text, next.text())) == null) {
            return null;
        }
        run(by, next);
        var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
        if (now == null) {
            throw new FailureException(Failure.REQUEST_FAILED);
        }
        return FileContent.of(now).hash();
    }

    /// Writes what is committed and completes the second check of the last write at once, since the
    /// file is about to be moved, or the server to stop.
    public Outcome finish() throws InterruptedException {
        var outcome = run();
        var row = document.row();
        if (row != null) {
            var _ = settled(row);
        }
        return outcome;
    }

    /// Retires the document of a path without a file, unless it has text that the file never had.
    ///
    /// @return whether the path has no document now
    public boolean retireIfMissing() throws InterruptedException {
        var row = document.row();
        if (row == null) {
            return true;
        }
        row = settled(row);
        if (context.isMoving(key()) || disk.stamp(path) != null || !document.isFileCurrent(row)) {
            return false;
        }
        return document.retireUnchanged(row);
    }

    private Outcome run(String by, @Nullable TextFile form) throws InterruptedException {
        try {
            return synced(by, form);
        } catch (FailureException failure) {
            var stamp = failure.failure() == Failure.FILE_TOO_LARGE ? disk.stamp(path) : null;
            if (stamp == null || stamp.bytes() <= WorkspaceFiles.FILE_BYTES) {
                throw failure;
            }
            // A tool made a file of it that is too large to be a text, as if it were binary.
            document.retire();
            context.completedWrites().remove(key());
            context.clearMissing(key());
            return Outcome.DONE;
        }
    }

    private Outcome synced(String by, @Nullable TextFile form) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            var row = document.row();
            if (row == null) {
                context.completedWrites().remove(key());
                context.clearMissing(key());
                return Outcome.DONE;
            }
            row = settled(row);
            var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
            if (now == null) {
                var away = fileMissing(row, by);
                if (away != null) {
                    return away;
                }
                continue;
            }
            context.clearMissing(key());
            if (!context.files().hashed(now).hash().equals(row.base().metadata().hash())) {
                var quiet = disk.readQuiet(path, WorkspaceFiles.FILE_BYTES);
                if (quiet != null && mergeFile(row, quiet) == null) {
                    return Outcome.DONE;
                }
                continue;
            }
            var given = writeFile(row, by, form);
            if (given != null) {
                return given;
            }
        }
        return new Outcome(UNSTABLE_RETRY_DELAY, false);
    }

    /// Settles the last write: after a crash, or at the second check after an exchange.
    private SyncedFile settled(SyncedFile found) throws InterruptedException {
        var row = baseRecovery.recovered(found);
        var intent = row.intent();
        if (intent == null) {
            return row;
        }
        var temporary = Disk.temporaryOf(row.document());
        var aside = path.sibling(temporary);
        var left = disk.readQuiet(aside, WorkspaceFiles.FILE_BYTES);
        if (left != null && TornWrite.isForeign(row, intent, left)) {
            var text = TextFile.decodedOrNull(left);
            if (text == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "files.replaced_file_unreadable")
                        .addKeyValue("document", row.document())
                        .log("discarded what another program wrote during a write: it is not text");
            } else {
                var _ = document.merged(row, text.text(), intent);
                document.publishChange(intent.metadata().hash());
            }
        }
        var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
        var meant = left == null && now != null ? meant(row, now) : null;
        if (meant != null) {
            LOG.atInfo()
                    .addKeyValue("event.action", "files.torn_write_completed")
                    .addKeyValue("document", row.document())
                    .log("rewrote a file that an earlier server had written in part");
            disk.rewrite(path, meant);
            now = meant;
        }
        var content = now == null ? null : context.files().hashed(now);
        var leftover = left == null ? null : new TornWrite.Leftover(left, disk.id(aside));
        boolean isConfirmed = false;
        if (isCompleted(row) || TornWrite.isWritten(row, intent, leftover, content)) {
            isConfirmed = context.table().confirmIntent(row.document(), intent);
            context.recordedBases().confirmed(row.document(), intent.metadata().hash());
        } else {
            context.table().discardIntent(row.document());
            context.recordedBases().remove(row.document());
        }
        context.completedWrites().remove(key());
        if (left != null) {
            disk.deleteTemporary(path, temporary);
        }
        return isConfirmed ? row.confirmed() : Objects.requireNonNullElse(document.row(), row);
    }

    /// The complete content of an interrupted write in place, or null.
    private byte @Nullable [] meant(SyncedFile row, byte[] now) {
        return isCompleted(row)
                ? null
                : context.files().compute(now.length, () -> TornWrite.intended(row, now));
    }

    private boolean isCompleted(SyncedFile row) {
        return context.completedWrites().find(key(), row, disk) != null;
    }

    /// Merges the content on disk.
    ///
    /// @return the new sync state; null when there is no document any more
    private @Nullable SyncedFile mergeFile(SyncedFile row, byte[] bytes)
            throws InterruptedException {
        var content = context.files().hashed(bytes);
        var text = TextFile.decodedOrNull(bytes);
        if (text == null) {
            document.retire();
            document.publishChange(content.hash());
            return null;
        }
        if (row.base().metadata().hash().isEmpty()) {
            context.table().begin(row.document());
        }
        try {
            var base = new FileText(text.metadata(content.hash()), text.text());
            if (document.merged(row, text.text(), base) == null) {
                return null;
            }
        } catch (FailureException failure) {
            if (failure.failure() == Failure.PRECONDITION_FAILED) {
                // The document was opened meanwhile, and the file merged then.
                return document.row();
            }
            throw failure;
        }
        context.files().snapshots().saved(key(), content.hash());
        document.publishChange(content.hash());
        return document.row();
    }

    /// Writes the committed text, unless the disk has it.
    ///
    /// @param form the file whose line ends and encoding to use; null for the present ones
    /// @return null when the file changed meanwhile
    private @Nullable Outcome writeFile(SyncedFile row, String by, @Nullable TextFile form)
            throws InterruptedException {
        var wanted = document.toWrite(row, form);
        if (wanted == null) {
            return Outcome.DONE;
        }
        var file = wanted.file();
        if (file.text().equals(row.base().text()) && isLike(row.base().metadata(), form)) {
            if (row.baseRow() < wanted.row()) {
                context.table().markCurrent(row.document(), wanted.row());
            }
            return Outcome.DONE;
        }
        var bytes = context.files().compute(file.text().length(), file::encoded);
        var hash = context.files().hashed(bytes).hash();
        var base = row.base().metadata().hash();
        if (hash.equals(base)) {
            return Outcome.DONE;
        }
        recordIntent(row, wanted, hash);
        var temporary = Disk.temporaryOf(row.document());
        return switch (disk.exchange(path, bytes, temporary, base)) {
            case NOTHING -> null;
            case REPLACED, EXCHANGED -> {
                completed(row, wanted, hash, by, false);
                yield isUntouched(temporary, base) ? new Outcome(SECOND_CHECK_DELAY, true) : null;
            }
        };
    }

    /// Whether the exchange took out the expected content.
    private boolean isUntouched(String temporary, String base) {
        var left = disk.readOrNull(path.sibling(temporary), WorkspaceFiles.FILE_BYTES);
        return left == null || context.files().hashed(left).hash().equals(base);
    }

    /// Handles a missing file, or something else in its place: a folder, a link.
    ///
    /// @return null when it was written again, or text was committed meanwhile
    /// @throws FailureException `IS_A_FOLDER`, `PATH_ILLEGAL` when text that the file never had
    ///   cannot be written, since something else is in its place
    private @Nullable Outcome fileMissing(SyncedFile row, String by) throws InterruptedException {
        boolean isCurrent = document.isFileCurrent(row);
        boolean isSaving = !by.isEmpty();
        if (!isSaving && context.isMoving(key())) {
            return new Outcome(MISSING_RECHECK_DELAY, isCurrent);
        }
        if (!isSaving && context.missingSince(key()).plus(GRACE).isAfter(context.now())) {
            return new Outcome(MISSING_RECHECK_DELAY, false);
        }
        if (isCurrent) {
            if (!document.retireUnchanged(row)) {
                return null;
            }
            context.clearMissing(key());
            context.files().snapshots().saved(key(), "");
            document.publishChange(null);
            return Outcome.DONE;
        }
        disk.requireNothingElse(path);
        context.clearMissing(key());
        var wanted = document.toWrite(row, null);
        if (wanted == null) {
            return Outcome.DONE;
        }
        var file = wanted.file();
        var bytes = context.files().compute(file.text().length(), file::encoded);
        var hash = context.files().hashed(bytes).hash();
        recordIntent(row, wanted, hash);
        if (disk.place(path, bytes, Disk.temporaryOf(row.document()))) {
            completed(row, wanted, hash, by, true);
        }
        return null;
    }

    /// Records the text that is about to be written.
    private void recordIntent(SyncedFile row, SyncedDocument.Wanted wanted, String hash) {
        // What a server left that was killed after a confirmation belongs to no pending write.
        disk.deleteTemporary(path, Disk.temporaryOf(row.document()));
        context.completedWrites().remove(key());
        var intent = new FileText(wanted.file().metadata(hash), wanted.file().text());
        context.table().recordIntent(row.document(), intent, wanted.row(), disk.id(path));
    }

    private void completed(
            SyncedFile row, SyncedDocument.Wanted wanted, String hash, String by, boolean isNew) {
        document.recorded(row, hash, wanted.load());
        context.completedWrites().add(key(), row.document(), hash, disk);
        context.files().snapshots().saved(key(), hash);
        context.files()
                .changes()
                .publish(new FileChange.Saved(workspace, path.value(), hash, by, isNew));
    }

    private static boolean isLike(FileMetadata metadata, @Nullable TextFile form) {
        return form == null || form.metadata(metadata.hash()).equals(metadata);
    }

    private FileSnapshots.Key key() {
        return new FileSnapshots.Key(workspace.id(), path);
    }
}

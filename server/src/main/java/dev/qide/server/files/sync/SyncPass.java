package dev.qide.server.files.sync;

import dev.qide.server.collab.Collaboration;
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
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.server.text.WellFormed;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one file and its document together: takes in what a tool wrote, gives out what was
/// committed. Owned by one thread, which holds the path's lock.
///
/// Each write is recorded as an intent first, goes to a temporary file, is exchanged with the file,
/// and stays an intent until what came out of the exchange has been looked at for a second time. A
/// file that is written in place has no temporary file; [TornWrite] tells how far it came. Going on
/// after a crash is the same step: [#settled(Mirrored)].
public final class SyncPass {
    /// How long an in-place writer that had the file open at the exchange may take.
    static final Duration SECOND_LOOK = Duration.ofSeconds(1);

    /// How long a file may be away (a checkout unlinks and creates) before it counts as deleted.
    public static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration AWAY_LOOK = Duration.ofMillis(250);
    private static final Duration UNSTEADY = Duration.ofMillis(300);
    private static final Logger LOG = LoggerFactory.getLogger(SyncPass.class);
    private static final int ROUNDS = 8;

    private final SyncContext around;
    private final Workspace workspace;
    private final WorkspacePath path;
    private final Disk disk;

    public SyncPass(SyncContext around, Workspace workspace, WorkspacePath path, Disk disk) {
        this.around = around;
        this.workspace = workspace;
        this.path = path;
        this.disk = disk;
    }

    /// Takes in, then gives out, until both are the same.
    public Outcome run() throws InterruptedException {
        return run("", null);
    }

    /// Merges what somebody saved into the document, and writes the result.
    ///
    /// @param old the file that they had loaded; null for none
    /// @param saved what they saved
    /// @return the hash of the file as it is then; null when there is no document to merge into
    @Nullable
    public String put(@Nullable FileContent old, byte[] saved, String by)
            throws InterruptedException {
        var row = row();
        if (row == null) {
            return null;
        }
        boolean isTorn = old != null && meant(row, old.bytes()) != null;
        row = settled(row);
        var next = textOrNull(saved);
        if (next == null || (old == null && isGivenOut(row))) {
            // It is text no more, or another file takes the place of one that is gone.
            around.documents().retire(workspace.id(), path.value());
            return null;
        }
        if (old != null && !isTorn && !old.hash().equals(row.base().metadata().hash())) {
            row = takenIn(row, old.bytes());
            if (row == null) {
                return null;
            }
        }
        var base = row.base().text();
        if (edited(base, next.text()) == null) {
            return null;
        }
        run(by, next);
        var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
        if (now == null) {
            throw new FailureException(Failure.REQUEST_FAILED);
        }
        return FileContent.of(now).hash();
    }

    /// Gives out what is committed and looks at the last write for the second time already now,
    /// since the file is about to leave its place.
    public void finish() throws InterruptedException {
        var _ = run();
        var row = row();
        if (row != null) {
            var _ = settled(row);
        }
    }

    /// Ends the document of a path that has no file, unless it has text that the file never had.
    ///
    /// @return whether the path has no document now
    public boolean vacated() throws InterruptedException {
        var row = row();
        if (row == null) {
            return true;
        }
        row = settled(row);
        if (disk.stamp(path) != null || !isGivenOut(row)) {
            return false;
        }
        return around.documents().retire(workspace.id(), path.value()) || row() == null;
    }

    /// What counts as the base, given what is on disk.
    public static FileText base(SyncedFile row, FileContent now) {
        var intent = row.intent();
        if (intent == null || now.hash().equals(row.base().metadata().hash())) {
            return row.base();
        }
        if (now.hash().equals(intent.metadata().hash())) {
            return intent;
        }
        // Written and then changed by a tool, or changed by a tool before it was written.
        var text = textOrNull(now.bytes());
        return text != null && ThreeWayMerge.contains(row.base().text(), intent.text(), text.text())
                ? intent
                : row.base();
    }

    private Outcome run(String by, @Nullable TextFile form) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            var row = row();
            if (row == null) {
                return Outcome.DONE;
            }
            row = settled(row);
            var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
            if (now == null) {
                var away = away(row, by);
                if (away != null) {
                    return away;
                }
                continue;
            }
            around.isThere(key());
            if (!around.files().hashed(now).hash().equals(row.base().metadata().hash())) {
                var quiet = disk.readQuiet(path, WorkspaceFiles.FILE_BYTES);
                if (quiet != null && takenIn(row, quiet) == null) {
                    return Outcome.DONE;
                }
                continue;
            }
            var given = givenOut(row, by, form);
            if (given != null) {
                return given;
            }
        }
        return new Outcome(UNSTEADY, false);
    }

    /// Looks what became of the last write: after a crash, or a second time after an exchange.
    private SyncedFile settled(SyncedFile row) throws InterruptedException {
        var intent = row.intent();
        if (intent == null) {
            return row;
        }
        var temporary = Disk.temporaryOf(row.document());
        var left =
                disk.readQuiet(
                        new WorkspacePath(path.folder() + temporary), WorkspaceFiles.FILE_BYTES);
        if (left != null && TornWrite.isForeign(row, intent, left)) {
            var text = textOrNull(left);
            if (text == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "files.swapped_out_unreadable")
                        .addKeyValue("document", row.document())
                        .log("what a tool wrote during a write is no text, and is dropped");
            } else {
                var _ = edited(row.base().text(), text.text());
                around.tell(
                        new FileChange.FoundDifferent(
                                workspace, path.value(), intent.metadata().hash()));
            }
        }
        var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
        var meant = left == null && now != null ? meant(row, now) : null;
        if (meant != null) {
            LOG.atInfo()
                    .addKeyValue("event.action", "files.torn_write_completed")
                    .addKeyValue("document", row.document())
                    .log("a file that was partly written when the server ended is written again");
            disk.rewrite(path, meant);
            now = meant;
        }
        if (isWritten(row, intent, left, now)) {
            around.table().confirm(row.document());
        } else {
            around.table().giveUp(row.document());
        }
        if (left != null) {
            disk.deleteTemporary(path, temporary);
        }
        return Objects.requireNonNullElse(row(), row);
    }

    /// The content of a write in place that was cut, or null.
    private byte @Nullable [] meant(SyncedFile row, byte[] now) {
        return around.files().compute(now.length, () -> TornWrite.meant(row, now));
    }

    /// Whether the exchange happened. What is under the temporary name tells it where the file was
    /// changed or deleted since.
    private boolean isWritten(
            SyncedFile row, FileText intent, byte @Nullable [] left, byte @Nullable [] now) {
        if (left != null && TornWrite.isForeign(row, intent, left)) {
            return true;
        }
        if (now == null) {
            return left != null && FileContent.of(left).hash().equals(row.base().metadata().hash());
        }
        return base(row, around.files().hashed(now)).equals(intent);
    }

    /// Takes in what is on disk.
    ///
    /// @return file sync after it; null when there is no document any more
    private @Nullable SyncedFile takenIn(SyncedFile row, byte[] bytes) throws InterruptedException {
        var content = around.files().hashed(bytes);
        var text = textOrNull(bytes);
        if (text == null) {
            around.documents().retire(workspace.id(), path.value());
            around.tell(new FileChange.FoundDifferent(workspace, path.value(), content.hash()));
            return null;
        }
        if (edited(row.base().text(), text.text()) == null) {
            return null;
        }
        around.table()
                .takenIn(row.document(), new FileText(text.metadata(content.hash()), text.text()));
        around.files().known().saved(key(), content.hash());
        around.tell(new FileChange.FoundDifferent(workspace, path.value(), content.hash()));
        return row();
    }

    /// Writes what was committed, if the disk has it not.
    ///
    /// @param form whose line ends and encoding the file gets; null for those it has
    /// @return null when something came between
    private @Nullable Outcome givenOut(SyncedFile row, String by, @Nullable TextFile form)
            throws InterruptedException {
        var file = toWrite(row, form);
        if (file == null) {
            return Outcome.DONE;
        }
        if (file.text().equals(row.base().text()) && isLike(row.base().metadata(), form)) {
            if (!row.isCurrent()) {
                around.table().current(row.document(), row.newestRow());
            }
            return Outcome.DONE;
        }
        var bytes = around.files().compute(file.text().length(), file::encoded);
        var hash = around.files().hashed(bytes).hash();
        var base = row.base().metadata().hash();
        if (hash.equals(base)) {
            return Outcome.DONE;
        }
        around.table()
                .intend(
                        row.document(),
                        new FileText(file.metadata(hash), file.text()),
                        row.newestRow());
        var temporary = Disk.temporaryOf(row.document());
        return switch (disk.exchange(path, bytes, temporary, base)) {
            case NOTHING -> null;
            case REPLACED, EXCHANGED -> {
                around.files().known().saved(key(), hash);
                around.tell(new FileChange.Saved(workspace, path.value(), hash, by, false));
                yield isUntouched(temporary, base) ? new Outcome(SECOND_LOOK, true) : null;
            }
        };
    }

    /// Whether what came out of the exchange is what was expected there.
    private boolean isUntouched(String temporary, String base) {
        var left =
                disk.readOrNull(
                        new WorkspacePath(path.folder() + temporary), WorkspaceFiles.FILE_BYTES);
        return left == null || around.files().hashed(left).hash().equals(base);
    }

    /// The file is not there.
    ///
    /// @return null when it was written again
    private @Nullable Outcome away(SyncedFile row, String by) throws InterruptedException {
        boolean isGivenOut = isGivenOut(row);
        boolean isSaving = !by.isEmpty();
        if (!isSaving && around.awaySince(key()).plus(GRACE).isAfter(around.now())) {
            return new Outcome(AWAY_LOOK, isGivenOut);
        }
        around.isThere(key());
        if (isGivenOut) {
            around.documents().retire(workspace.id(), path.value());
            around.files().known().saved(key(), "");
            around.tell(new FileChange.FoundDifferent(workspace, path.value(), null));
            return Outcome.DONE;
        }
        var file = toWrite(row, null);
        if (file == null) {
            return Outcome.DONE;
        }
        var bytes = around.files().compute(file.text().length(), file::encoded);
        var hash = around.files().hashed(bytes).hash();
        around.table()
                .intend(
                        row.document(),
                        new FileText(file.metadata(hash), file.text()),
                        row.newestRow());
        if (disk.place(path, bytes, Disk.temporaryOf(row.document()))) {
            around.files().known().saved(key(), hash);
            around.tell(new FileChange.Saved(workspace, path.value(), hash, by, true));
        }
        return null;
    }

    private boolean isGivenOut(SyncedFile row) throws InterruptedException {
        var file = toWrite(row, null);
        return file == null || file.text().equals(row.base().text());
    }

    private @Nullable TextFile toWrite(SyncedFile row, @Nullable TextFile form)
            throws InterruptedException {
        var committed = around.documents().committedText(workspace.id(), path.value());
        if (committed == null || !committed.document().equals(row.document())) {
            return null;
        }
        var text = WellFormed.of(committed.text());
        var metadata = form == null ? row.base().metadata() : form.metadata("");
        return around.files().compute(text.length(), () -> TextFile.marked(text, metadata));
    }

    private static boolean isLike(FileMetadata metadata, @Nullable TextFile form) {
        return form == null || form.metadata(metadata.hash()).equals(metadata);
    }

    private Collaboration.@Nullable CommittedText edited(String base, String theirs)
            throws InterruptedException {
        return around.documents()
                .edit(
                        workspace.id(),
                        path.value(),
                        text ->
                                around.files()
                                        .compute(
                                                text.length() + theirs.length(),
                                                () -> ThreeWayMerge.merge(base, text, theirs)));
    }

    private @Nullable SyncedFile row() {
        return around.table().find(workspace.id(), path.value());
    }

    private FileSnapshots.Key key() {
        return new FileSnapshots.Key(workspace.id(), path);
    }

    /// The file of a document may be larger than what becomes one: it has grown in here.
    public static @Nullable TextFile textOrNull(byte[] bytes) {
        try {
            return TextFile.decoded(bytes, WorkspaceFiles.FILE_BYTES);
        } catch (FailureException _) {
            return null;
        }
    }
}

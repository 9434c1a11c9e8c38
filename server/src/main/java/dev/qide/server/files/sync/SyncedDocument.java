package dev.qide.server.files.sync;

import dev.qide.server.collab.CommittedText;
import dev.qide.server.files.FileChange;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.BaseChange;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.server.text.WellFormed;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The document of a pass of file sync: its committed text, and its state in the database. Owned by
/// one thread, which holds the path's lock.
final class SyncedDocument {
    private final SyncContext context;
    private final Workspace workspace;
    private final WorkspacePath path;

    /// A text to write to the file.
    ///
    /// @param row the newest row of the log that it certainly has
    /// @param load as [CommittedText#load]
    record Wanted(TextFile file, long row, Object load) {}

    SyncedDocument(SyncContext context, Workspace workspace, WorkspacePath path) {
        this.context = context;
        this.workspace = workspace;
        this.path = path;
    }

    /// Its file sync state; null when there is no living document.
    @Nullable SyncedFile row() {
        return context.table().find(workspace.id(), path.value());
    }

    /// The committed text as a file.
    ///
    /// @param form the file whose line ends and encoding to use; null for the present ones
    /// @return null when the document has ended
    @Nullable Wanted toWrite(SyncedFile row, @Nullable TextFile form) throws InterruptedException {
        var committed = context.documents().committedText(workspace.id(), path.value());
        if (committed == null || !committed.document().equals(row.document())) {
            return null;
        }
        var text = WellFormed.of(committed.text());
        var metadata = form == null ? row.base().metadata() : form.metadata("");
        var file = context.files().compute(text.length(), () -> TextFile.of(text, metadata));
        long newest = committed.isWhole() ? row.newestRow() : row.baseRow();
        return new Wanted(file, newest, committed.load());
    }

    /// Whether the document has been in memory since it was loaded this time.
    boolean isLoad(SyncedFile row, Object load) throws InterruptedException {
        var committed = context.documents().committedText(workspace.id(), path.value());
        return committed != null
                && committed.document().equals(row.document())
                && committed.load().equals(load);
    }

    /// Whether its file has everything that was committed.
    boolean isFileCurrent(SyncedFile row) throws InterruptedException {
        var wanted = toWrite(row, null);
        if (wanted == null) {
            return true;
        }
        return wanted.row() == row.newestRow() && wanted.file().text().equals(row.base().text());
    }

    /// Merges the changes that a tool made to the base.
    ///
    /// @param base the base from then on
    /// @return null when the document has ended
    @Nullable CommittedText merged(SyncedFile row, String theirs, FileText base)
            throws InterruptedException {
        var change = context.files().compute(base.text().length(), () -> BaseChange.of(row, base));
        // The outcome of a merge that fails may be unknown.
        context.recordedBases().remove(row.document());
        var merged =
                context.documents()
                        .merge(
                                workspace.id(),
                                path.value(),
                                text -> merge(row.base().text(), text, theirs),
                                change);
        if (merged != null) {
            recorded(row, base.metadata().hash(), merged.load());
        }
        return merged;
    }

    /// Remembers that the base is now, or will be, the file with this content.
    void recorded(SyncedFile row, String hash, Object load) {
        var former = row.base().metadata().hash();
        context.recordedBases().put(row.document(), new RecordedBases.Recorded(load, hash, former));
    }

    String merge(String base, String text, String theirs) {
        return context.files()
                .compute(
                        text.length() + theirs.length(),
                        () -> ThreeWayMerge.merge(base, text, theirs));
    }

    /// Changes the text.
    ///
    /// @return null when the document has ended
    @Nullable CommittedText edit(UnaryOperator<String> change) throws InterruptedException {
        return context.documents().edit(workspace.id(), path.value(), change);
    }

    /// Ends the document.
    void retire() throws InterruptedException {
        var _ = context.documents().retire(workspace.id(), path.value());
    }

    /// Ends the document unless more was committed than its state says.
    ///
    /// @return whether it has ended
    boolean retireUnchanged(SyncedFile row) throws InterruptedException {
        try {
            var _ = context.documents().retire(workspace.id(), path.value(), row.newestRow());
            return true;
        } catch (FailureException failure) {
            if (failure.failure() == Failure.PRECONDITION_FAILED) {
                return false;
            }
            throw failure;
        }
    }

    /// Reports what a tool did to the file.
    ///
    /// @param hash of the content; null when the file was deleted
    void publishChange(@Nullable String hash) {
        context.files()
                .changes()
                .publish(new FileChange.ChangedExternally(workspace, path.value(), hash));
    }
}

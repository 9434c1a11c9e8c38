package dev.qide.server.files.sync;

import dev.qide.server.files.Disk;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records a base again that the database has lost. Owned by one thread, which holds the path's
/// lock.
///
/// Only while the file is as this server left it, and the document has been in memory since, so
/// that it has the text of the file. Otherwise the file is merged with the base that the database
/// has: that loses nothing, but may insert text a second time.
final class BaseRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(BaseRecovery.class);

    private final SyncContext context;
    private final WorkspacePath path;
    private final Disk disk;
    private final SyncedDocument document;

    BaseRecovery(SyncContext context, WorkspacePath path, Disk disk, SyncedDocument document) {
        this.context = context;
        this.path = path;
        this.disk = disk;
        this.document = document;
    }

    /// The state with this server's newest base.
    SyncedFile recovered(SyncedFile row) throws InterruptedException {
        var lost = context.recordedBases().lost(row);
        if (lost == null) {
            return row;
        }
        var now = disk.readOrNull(path, WorkspaceFiles.FILE_BYTES);
        var text = now == null ? null : TextFile.decodedOrNull(now);
        if (now == null
                || text == null
                || !context.files().hashed(now).hash().equals(lost.hash())
                || !document.isLoad(row, lost.load())
                || !isTemporaryOwn(row, lost)) {
            context.recordedBases().remove(row.document());
            return row;
        }
        var base = new FileText(text.metadata(lost.hash()), text.text());
        if (context.table().replaceBase(row, base)) {
            disk.deleteTemporary(path, Disk.temporaryOf(row.document()));
            LOG.atInfo()
                    .addKeyValue("event.action", "files.base_recovered")
                    .addKeyValue("document", row.document())
                    .log("recorded the state of a file again, which the database had lost");
        }
        return Objects.requireNonNullElse(document.row(), row);
    }

    /// Whether no other program changed the file while it was replaced.
    private boolean isTemporaryOwn(SyncedFile row, RecordedBases.Recorded lost) {
        var temporary = path.sibling(Disk.temporaryOf(row.document()));
        var left = disk.readOrNull(temporary, WorkspaceFiles.FILE_BYTES);
        if (left == null) {
            return true;
        }
        var hash = context.files().hashed(left).hash();
        return hash.equals(lost.formerHash()) || hash.equals(lost.hash());
    }
}

package dev.qide.server.files.sync;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.FileChange;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.store.FileSyncTable;
import java.time.Instant;

/// What the passes of file sync work with. Thread-safe.
public interface SyncContext {
    Collaboration documents();

    FileSyncTable table();

    WorkspaceFiles files();

    /// Since when the file has been away; begins to count at the first call.
    Instant awaySince(FileSnapshots.Key file);

    void isThere(FileSnapshots.Key file);

    void tell(FileChange change);

    Instant now();
}

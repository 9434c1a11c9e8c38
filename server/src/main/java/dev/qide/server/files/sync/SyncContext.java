package dev.qide.server.files.sync;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.store.FileSyncTable;
import java.time.Instant;

/// The parts of the server that a pass of file sync uses. Thread-safe.
public interface SyncContext {
    Collaboration documents();

    FileSyncTable table();

    WorkspaceFiles files();

    CompletedWrites completedWrites();

    RecordedBases recordedBases();

    /// Whether the document has yet to follow the file to another path. Asked by the holder of the
    /// path's lock, hence while no move runs.
    boolean isMoving(FileSnapshots.Key file);

    /// Since when the file has been missing; counts from the first call.
    Instant missingSince(FileSnapshots.Key file);

    /// Ends the count of [#missingSince].
    void clearMissing(FileSnapshots.Key file);

    Instant now();
}

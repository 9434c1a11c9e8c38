package dev.qide.server.files.replication;

import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.store.BlobTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileTreeTable;

/// The dependencies of file replication. Thread-safe.
public interface ReplicationContext {
    WorkspaceFiles files();

    FileTreeTable tree();

    /// How many times another PostgreSQL has become the primary since this server started.
    long failovers();

    BlobTable blobs();

    FileSyncTable syncTable();

    LocalCopies copies();

    Bounds bounds();

    IgnoreRules rules(Workspace workspace);

    /// A tool may have changed the file of a document. Never blocks.
    void documentFileChanged(Workspace workspace, String path);

    /// Waits, for three seconds at most, until documents have what tools wrote to their files, as
    /// far as [#documentFileChanged] told.
    ///
    /// @return whether any had not
    boolean awaitMerges(Workspace workspace);

    /// The bounds up to which files are replicated.
    ///
    /// @param fileBytes of one file
    /// @param workspaceBytes of all files of a workspace
    /// @param entries files, links and folders of a workspace
    record Bounds(long fileBytes, long workspaceBytes, int entries) {}
}

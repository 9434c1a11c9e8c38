package dev.qide.server.files;

import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.ReplicationContext;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.BlobTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileTreeTable;
import java.time.Duration;

/// The dependencies that [FileReplication] passes to `files.replication`. Thread-safe.
record FileReplicationContext(
        FileReplication.Parts parts, LocalCopies copies, ReplicationContext.Bounds bounds)
        implements ReplicationContext {
    private static final Duration MERGE_WAIT = Duration.ofSeconds(3);

    @Override
    public WorkspaceFiles files() {
        return parts.files();
    }

    @Override
    public FileTreeTable tree() {
        return parts.tables().tree();
    }

    @Override
    public long failovers() {
        return tree().failovers();
    }

    @Override
    public BlobTable blobs() {
        return parts.tables().blobs();
    }

    @Override
    public FileSyncTable syncTable() {
        return parts.tables().syncTable();
    }

    @Override
    public IgnoreRules rules(Workspace workspace) {
        return parts.files().rules(workspace);
    }

    @Override
    public void documentFileChanged(Workspace workspace, String path) {
        parts.source()
                .schedule()
                .expedite(new FileSnapshots.Key(workspace.id(), new WorkspacePath(path)));
    }

    @Override
    public boolean awaitMerges(Workspace workspace) {
        try {
            return parts.source().schedule().awaitPasses(workspace.id(), MERGE_WAIT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}

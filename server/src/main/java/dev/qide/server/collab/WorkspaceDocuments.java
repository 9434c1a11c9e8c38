package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The documents in memory of one workspace that this server no longer serves. Thread-safe.
public final class WorkspaceDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceDocuments.class);
    private static final Duration POLL = Duration.ofMillis(10);

    private final Collaboration documents;
    private final WorkspaceId workspace;

    WorkspaceDocuments(Collaboration documents, WorkspaceId workspace) {
        this.documents = documents;
        this.workspace = workspace;
    }

    /// Closes every document of a deleted workspace, whose generations are already retired. Clients
    /// that have one open receive `document-replaced`. Blocks.
    public void retireAll() throws InterruptedException {
        for (var document : documents.of(workspace)) {
            try {
                documents.endRetired(document);
            } catch (FailureException failure) {
                LOG.atWarn()
                        .addKeyValue("event.action", "collab.document_unresponsive")
                        .addKeyValue("workspace", workspace)
                        .addKeyValue("failure", failure.failure().wireName())
                        .log(
                                "a document of a deleted workspace does not respond; closing its sockets");
            }
        }
        documents.leases().forget(workspace);
    }

    /// The paths of those in memory. Does not block.
    public List<String> paths() {
        return documents.of(workspace).stream().map(SharedDocument::path).toList();
    }

    /// Takes them out of memory: each as soon as nobody has it open, and it is in the database and
    /// in its file. Blocks.
    ///
    /// @return whether none is left after this time
    public boolean unload(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            boolean isEmpty = true;
            for (var document : documents.of(workspace)) {
                document.check();
                isEmpty &= document.isIdle() && documents.evict(document);
            }
            if (isEmpty || System.nanoTime() - end > 0) {
                return isEmpty;
            }
            Thread.sleep(POLL);
        }
    }
}

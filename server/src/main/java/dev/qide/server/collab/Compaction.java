package dev.qide.server.collab;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.UpdateLog;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges the rows of a document in the database when there are many, so that loading stays fast.
/// The log keeps the merged rows as history.
///
/// Compaction reads and writes rows only and leaves memory untouched, so it never blocks an edit.
/// Owned by the document's thread; merging runs on a separate virtual thread.
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    /// Loading a document with this many rows is slow.
    private static final long LARGE_ROWS = 1_000;

    private final DocumentContext context;
    private final Runnable ended;
    private volatile @Nullable Long merged;
    private @Nullable DocumentId running;
    private long failedAt;

    /// @param ended raised when a compaction has finished; must not block
    Compaction(DocumentContext context, Runnable ended) {
        this.context = context;
        this.ended = ended;
    }

    boolean isRunning() {
        return running != null;
    }

    void compactIfLarge(UpdatePipeline pipeline) {
        begin(pipeline, LARGE_ROWS);
    }

    void beforeEviction(UpdatePipeline pipeline) {
        begin(pipeline, context.limits().leavingRows());
    }

    /// @param document the document in memory; null when it was dropped meanwhile
    void ended(@Nullable LiveDocument document) {
        var rows = merged;
        var id = running;
        running = null;
        merged = null;
        if (document == null || !document.stored().id().equals(id)) {
            failedAt = 0;
        } else if (rows != null && rows > 0) {
            document.compacted(rows);
            failedAt = 0;
        } else {
            // The database may be down: retry only after the document has grown.
            failedAt = document.rows();
        }
    }

    private void begin(UpdatePipeline pipeline, long rows) {
        long count = pipeline.document().rows();
        if (running != null || count < rows || (failedAt > 0 && count < failedAt + LARGE_ROWS)) {
            return;
        }
        var stored = pipeline.document().stored();
        running = stored.id();
        long epoch = pipeline.epoch();
        BackgroundTask.start(
                Thread.ofVirtual().name("compaction-" + stored.id()),
                () -> {
                    try {
                        merged = compactWithPermit(stored, epoch);
                    } finally {
                        ended.run();
                    }
                });
    }

    /// Waits for a permit. At most one compaction per document in memory waits, and none holds a
    /// database connection while it waits.
    private long compactWithPermit(StoredDocument stored, long epoch) throws InterruptedException {
        context.compactions().acquire();
        try {
            return compact(stored, epoch);
        } finally {
            context.compactions().release();
        }
    }

    private long compact(StoredDocument stored, long epoch) {
        try {
            return context.log()
                    .compact(
                            new UpdateLog.LogTarget(stored.workspace(), epoch, stored.id()),
                            updates -> merged(stored, updates));
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.compaction_failed")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("compaction failed; the document keeps its rows");
            return 0;
        }
    }

    private byte[] merged(StoredDocument stored, List<byte[]> updates) {
        try {
            return context.cpu().call(() -> CompactedRow.of(stored, updates));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new RejectedExecutionException(stop);
        }
    }
}

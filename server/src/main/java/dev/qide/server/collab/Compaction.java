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

/// Joins the rows of a document in the database when there are many: a document is loaded from few
/// rows, and its history keeps what was joined.
///
/// It works on rows alone and changes nothing in memory, so that nobody waits for it. Owned by the
/// document's thread; the joining runs on a thread of its own.
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    /// So many rows make a document slow to load.
    private static final long LONG_ROWS = 1_000;

    private final DocumentContext around;
    private final Runnable ended;
    private volatile @Nullable Long joined;
    private @Nullable DocumentId running;
    private long failedAt;

    /// @param ended raised when a compaction came to its end; must not block
    Compaction(DocumentContext around, Runnable ended) {
        this.around = around;
        this.ended = ended;
    }

    boolean isRunning() {
        return running != null;
    }

    void whenLong(UpdatePipeline pipeline) {
        begin(pipeline, LONG_ROWS);
    }

    void beforeLeaving(UpdatePipeline pipeline) {
        begin(pipeline, around.limits().leavingRows());
    }

    void ended(LiveDocument document) {
        var rows = joined;
        boolean isSame = document.stored().id().equals(running);
        running = null;
        joined = null;
        if (!isSame) {
            failedAt = 0;
        } else if (rows != null && rows > 0) {
            document.compacted(rows);
            failedAt = 0;
        } else {
            // Not again before it has grown: the database may be down.
            failedAt = document.rows();
        }
    }

    private void begin(UpdatePipeline pipeline, long rows) {
        long has = pipeline.document().rows();
        if (running != null || has < rows || (failedAt > 0 && has < failedAt + LONG_ROWS)) {
            return;
        }
        var stored = pipeline.document().stored();
        running = stored.id();
        long epoch = pipeline.epoch();
        BackgroundTask.start(
                Thread.ofVirtual().name("compaction-" + stored.id()),
                () -> {
                    try {
                        joined = inTurn(stored, epoch);
                    } finally {
                        ended.run();
                    }
                });
    }

    /// Waits while as many as may run at once are at work. No more wait than documents are in
    /// memory, each without a connection.
    private long inTurn(StoredDocument stored, long epoch) throws InterruptedException {
        around.compactions().acquire();
        try {
            return compact(stored, epoch);
        } finally {
            around.compactions().release();
        }
    }

    private long compact(StoredDocument stored, long epoch) {
        try {
            return around.log()
                    .compact(
                            new UpdateLog.LogTarget(stored.workspace(), epoch, stored.id()),
                            updates -> joined(stored, updates));
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.compaction_failed")
                    .addKeyValue("document", stored.id())
                    .setCause(failure)
                    .log("the rows of a document could not be joined: they stay as they are");
            return 0;
        }
    }

    private byte[] joined(StoredDocument stored, List<byte[]> updates) {
        try {
            return around.cpu().call(() -> JoinedRow.of(stored, updates));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new RejectedExecutionException(stop);
        }
    }
}

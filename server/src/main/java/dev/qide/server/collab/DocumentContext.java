package dev.qide.server.collab;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.UpdateLog;
import java.time.InstantSource;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every document of a server works with.
record DocumentContext(
        UpdateLog log,
        DocumentTable documents,
        LeaseEpochs leaseEpochs,
        TextSource texts,
        CpuPool cpu,
        Scheduler scheduler,
        InstantSource clock,
        RandomGenerator random,
        DocumentListener listener,
        AwarenessListener presence,
        CollabMetrics metrics,
        CollabLimits limits,
        Semaphore compactions,
        GenesisRegistry registry) {
    /// How many documents are joined at once: each takes a thread of the CPU pool for a while.
    static final int COMPACTIONS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(DocumentContext.class);

    /// Work on so many bytes takes less than a millisecond.
    private static final long LIGHT_BYTES = 128 << 10;

    /// Computes where it harms nobody: on the CPU pool while the calling thread waits, or at once
    /// when it is little.
    ///
    /// @param bytes about how much the work goes through
    <T> T heavy(long bytes, Supplier<T> work) {
        if (bytes < LIGHT_BYTES) {
            return work.get();
        }
        try {
            return cpu.call(work::get);
        } catch (RejectedExecutionException _) {
            // The pool is full or closed: slow is better than not at all.
            return work.get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return work.get();
        }
    }

    void tellGeneration(String change, StoredDocument document) {
        metrics.generations().increment(change);
        LOG.atInfo()
                .addKeyValue("event.action", "collab.generation_" + change)
                .addKeyValue("workspace", document.workspace())
                .addKeyValue("document", document.id())
                .log("an incarnation of a document");
    }
}

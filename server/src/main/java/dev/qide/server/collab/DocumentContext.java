package dev.qide.server.collab;

import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The services shared by all documents of a server.
record DocumentContext(
        UpdateLog log,
        DocumentTable documents,
        WorkspaceLeases leases,
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
    /// Concurrent compactions; each occupies a thread of the CPU pool for a while.
    static final int COMPACTIONS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(DocumentContext.class);
    private static final int BYTES_READ_ON_THE_POOL = 64 << 10;

    /// Work on this many bytes takes less than a millisecond.
    private static final long LIGHT_BYTES = 128 << 10;

    /// Runs work on the CPU pool and waits for the result, or runs it directly if it is small.
    ///
    /// @param bytes approximate size of the data to process
    <T> T runCpuWork(long bytes, Supplier<T> work) {
        if (bytes < LIGHT_BYTES) {
            return work.get();
        }
        try {
            return cpu.call(work::get);
        } catch (RejectedExecutionException _) {
            // The pool is full or closed: slow work is better than none.
            return work.get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return work.get();
        }
    }

    /// Reads a message, on the CPU pool if it is large.
    ClientMessage read(int bytes, Callable<ClientMessage> reading) throws InterruptedException {
        try {
            return bytes < BYTES_READ_ON_THE_POOL ? reading.call() : cpu.call(reading);
        } catch (RejectedExecutionException _) {
            return new ClientMessage.Refused(Failure.DOCUMENT_UNAVAILABLE);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    void reportGeneration(String change, StoredDocument document) {
        metrics.generations().increment(change);
        LOG.atInfo()
                .addKeyValue("event.action", "collab.generation_" + change)
                .addKeyValue("workspace", document.workspace())
                .addKeyValue("document", document.id())
                .log("the generation of a document changed");
    }
}

package dev.qide.server.collab;

import dev.qide.server.owner.CpuPool;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.UpdateLog;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// What every document of a server works with.
record Surroundings(
        UpdateLog log,
        DocumentTable documents,
        Epochs epochs,
        TextSource texts,
        CpuPool cpu,
        InstantSource clock,
        RandomGenerator random,
        DocumentWatcher watcher,
        CollabMetrics metrics,
        CollabLimits limits) {}

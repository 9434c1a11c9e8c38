package dev.qide.server.language;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;

/// The executors of language servers' background work: the server's timers and its pool for CPU
/// work.
public record BackgroundExecutors(Scheduler scheduler, CpuPool cpu) {}

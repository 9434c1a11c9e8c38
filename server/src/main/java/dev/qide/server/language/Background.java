package dev.qide.server.language;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;

/// What language servers use in the background: the server's timers and its pool for CPU work.
public record Background(Scheduler scheduler, CpuPool cpu) {}

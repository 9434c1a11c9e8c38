package dev.qide.server.language;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;

/// The server's alarms and its pool for CPU work.
public record Clockwork(Scheduler scheduler, CpuPool cpu) {}

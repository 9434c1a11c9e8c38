package dev.qide.server.language;

import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.CpuPool;

/// The server's alarms and its pool for CPU work.
public record Clockwork(Alarms alarms, CpuPool cpu) {}

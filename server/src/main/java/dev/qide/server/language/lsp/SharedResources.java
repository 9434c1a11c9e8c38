package dev.qide.server.language.lsp;

import dev.qide.server.language.ExternalDocuments;
import dev.qide.server.language.process.ResourceMonitor;
import dev.qide.server.telemetry.Metrics;
import java.util.concurrent.atomic.AtomicInteger;

/// What the links of a session, and of the host, count together.
public record SharedResources(
        AtomicInteger requests,
        ServerMetrics serverMetrics,
        ResourceMonitor monitor,
        ExternalDocuments external) {
    /// @param running servers that run
    /// @param stops servers that ended on their own
    public record ServerMetrics(Metrics.Gauge running, Metrics.Counter stops) {}
}

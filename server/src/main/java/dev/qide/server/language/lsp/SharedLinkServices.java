package dev.qide.server.language.lsp;

import dev.qide.server.language.ExternalDocuments;
import dev.qide.server.language.process.ResourceMonitor;
import dev.qide.server.telemetry.Metrics;
import java.util.concurrent.atomic.AtomicInteger;

/// The services that all links of a session share, and those that all links of the host share.
public record SharedLinkServices(
        AtomicInteger requests,
        LanguageServerMetrics serverMetrics,
        ResourceMonitor monitor,
        ExternalDocuments external) {
    /// @param running servers that run
    /// @param stops servers that ended on their own
    /// @param answers requests by outcome
    /// @param answerSeconds from the arrival of a request to its answer, by method
    public record LanguageServerMetrics(
            Metrics.Gauge running,
            Metrics.Counter stops,
            Metrics.LabelledCounter answers,
            Metrics.LabelledHistogram answerSeconds) {
        /// Registers the metrics of all language servers of a node.
        public static LanguageServerMetrics in(Metrics metrics) {
            return new LanguageServerMetrics(
                    metrics.gauge("qide_language_servers", "Running language servers."),
                    metrics.counter(
                            "qide_language_stops_total",
                            "Language servers that ended on their own."),
                    metrics.counter(
                            "qide_language_answers_total",
                            "Requests to language servers, by outcome: completed, cancelled,"
                                    + " failed, expired.",
                            "outcome"),
                    metrics.histogram(
                            "qide_language_answer_seconds",
                            "From the arrival of a request to the answer of its language server, by"
                                    + " method.",
                            "method"));
        }
    }
}

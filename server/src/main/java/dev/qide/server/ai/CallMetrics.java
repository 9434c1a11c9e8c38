package dev.qide.server.ai;

import dev.qide.server.telemetry.Metrics;
import java.util.List;
import java.util.Set;

/// The metrics of model calls. Their label is the model's name in the models file.
///
/// @param calls calls by outcome
/// @param seconds from the start of a call to its end
/// @param firstTokenSeconds from the start of a call to the first text of its answer
/// @param inputTokens input tokens
/// @param outputTokens output tokens
/// @param costMicros cost in millionths of the currency
/// @param shown inline completions with text that were sent to an editor
/// @param accepted inline completions that a user accepted
record CallMetrics(
        Metrics.LabelledCounter calls,
        Metrics.LabelledHistogram seconds,
        Metrics.LabelledHistogram firstTokenSeconds,
        Metrics.LabelledCounter inputTokens,
        Metrics.LabelledCounter outputTokens,
        Metrics.LabelledCounter costMicros,
        Metrics.LabelledCounter shown,
        Metrics.LabelledCounter accepted) {
    private static final String MODEL = "model";

    static CallMetrics in(Metrics metrics) {
        return new CallMetrics(
                metrics.counter(
                        "qide_ai_calls_total",
                        "Model calls, by outcome: completed, cancelled, failed.",
                        "outcome"),
                metrics.histogram(
                        "qide_ai_call_seconds",
                        "From the start of a model call to its end.",
                        MODEL),
                metrics.histogram(
                        "qide_ai_first_token_seconds",
                        "From the start of a model call to the first text of its answer.",
                        MODEL),
                metrics.counter(
                        "qide_ai_input_tokens_total", "Input tokens of model calls.", MODEL),
                metrics.counter(
                        "qide_ai_output_tokens_total", "Output tokens of model calls.", MODEL),
                metrics.counter(
                        "qide_ai_cost_micros_total",
                        "Cost of model calls in millionths of the currency.",
                        MODEL),
                metrics.counter(
                        "qide_ai_completions_shown_total",
                        "Inline completions with text, sent to an editor that waited for them.",
                        MODEL),
                metrics.counter(
                        "qide_ai_completions_accepted_total",
                        "Inline completions that a user accepted.",
                        MODEL));
    }

    /// Removes the series of all models but these. A call of another model that ends later is not
    /// recorded.
    void retain(Set<String> models) {
        List.of(seconds, firstTokenSeconds, inputTokens, outputTokens, costMicros, shown, accepted)
                .forEach(metric -> metric.retain(models));
    }
}

package dev.qide.server.ai.provider;

import dev.qide.server.ai.Model;
import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One request to a model provider as a step of a trace: the provider gets its id as parent id.
/// Thread-safe.
final class ModelCallSpan {
    private final Model model;
    private final @Nullable Trace trace;
    private final long begunNanos = System.nanoTime();
    private final AtomicBoolean isEnded = new AtomicBoolean();

    private ModelCallSpan(Model model, @Nullable Trace trace) {
        this.model = model;
        this.trace = trace;
    }

    /// Begins a step of this thread's trace.
    static ModelCallSpan begun(Model model) {
        var current = Trace.current();
        return new ModelCallSpan(model, current == null ? null : current.step());
    }

    /// The step; null without a trace.
    @Nullable Trace trace() {
        return trace;
    }

    /// Records the end, once.
    ///
    /// @param isWhole whether the whole answer arrived
    void ended(boolean isWhole) {
        if (trace != null && trace.isRecorded() && isEnded.compareAndSet(false, true)) {
            var provider = model.provider().name().toLowerCase(Locale.ROOT);
            Map<String, Object> attributes =
                    Map.of(
                            "gen_ai.provider.name",
                            provider,
                            "gen_ai.request.model",
                            model.name(),
                            "qide.outcome",
                            isWhole ? "completed" : "ended early");
            trace.ended(
                    new Span(
                            "model " + model.name(),
                            Span.Kind.CLIENT,
                            begunNanos,
                            !isWhole,
                            attributes));
        }
    }
}

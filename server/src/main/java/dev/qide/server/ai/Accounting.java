package dev.qide.server.ai;

import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.store.UsageTable.Suggested;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reserves, meters and records the cost of model calls, and writes one audit line for each,
/// without content. Thread-safe.
///
/// A completed call is recorded as the provider reports it. An aborted call is recorded as an
/// estimate, never below what was sent to the client; the estimate uses the ratios of bytes to
/// tokens in the model's completed calls.
final class Accounting {
    private static final Logger LOG = LoggerFactory.getLogger(Accounting.class);
    private static final double BYTES_PER_TOKEN = 4.0;

    /// The weight of a model's latest call in its ratios.
    private static final double LEARNING = 0.05;

    private final Budgets budgets;
    private final UsageLedger ledger;
    private final CallListener listener;
    private final Map<String, Ratios> ratios = new ConcurrentHashMap<>();

    /// Ratios from a model's completed calls.
    ///
    /// @param outputBytes bytes per output token
    /// @param input input tokens per estimated input token
    private record Ratios(double outputBytes, double input) {
        static final Ratios UNKNOWN = new Ratios(BYTES_PER_TOKEN, 1);
    }

    /// The outcome of a call.
    enum Outcome {
        COMPLETED("completed"),
        CANCELLED("cancelled"),
        /// Cancelled while no provider worked on it.
        WITHDRAWN("cancelled"),
        FAILED("failed");

        private final String wireName;

        Outcome(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }
    }

    Accounting(Budgets budgets, UsageLedger ledger, CallListener listener) {
        this.listener = listener;
        this.budgets = budgets;
        this.ledger = ledger;
    }

    /// The counts and durations of calls.
    CallMetrics metrics() {
        return ledger.metrics();
    }

    /// Records an inline completion that was sent to an editor.
    void shown(Caller caller, Suggestion suggestion) {
        metrics().shown().increment(suggestion.model());
        // The share that is accepted is 0, not unknown, before the first one.
        metrics().accepted().add(suggestion.model(), 0);
        ledger.book(caller, suggestion.model(), new Suggested(1, 0));
    }

    /// Records an inline completion that a user accepted.
    void accepted(Caller caller, Suggestion suggestion) {
        metrics().accepted().increment(suggestion.model());
        ledger.book(caller, suggestion.model(), new Suggested(0, 1));
    }

    /// Reserves the maximum cost of a call.
    ///
    /// @throws dev.qide.wire.FailureException `BUDGET_EXHAUSTED`
    Meter begin(Caller caller, Model model, Model.Purpose purpose, ModelRequest request) {
        long estimate = TokenEstimate.of(request);
        var wanted =
                switch (request) {
                    case ModelRequest.Chat chat -> chat.options().maxTokens();
                    case ModelRequest.FillIn fillIn -> fillIn.options().maxTokens();
                };
        long output = wanted == null ? model.limits().outputTokens() : wanted;
        var most = new Usage(estimate, 0, 0, output, 0);
        var reservation =
                budgets.reserve(caller, estimate + output, UsageLedger.micros(model.price(), most));
        return new Meter(caller, model, purpose, estimate, reservation);
    }

    /// Meters one call. Owned by one thread.
    final class Meter {
        private final Caller caller;
        private final Model model;
        private final Model.Purpose purpose;
        private final long estimate;
        private final Budgets.Reservation reservation;
        private final long startedAt = System.nanoTime();
        private Usage reported = Usage.NONE;
        private long deltas;
        private long bytes;
        private int secrets;
        private boolean isFinished;
        private boolean isSettled;

        private Meter(
                Caller caller,
                Model model,
                Model.Purpose purpose,
                long estimate,
                Budgets.Reservation reservation) {
            this.caller = caller;
            this.model = model;
            this.purpose = purpose;
            this.estimate = estimate;
            this.reservation = reservation;
        }

        /// The approximate size of the request's text.
        int textBytes() {
            return (int) Math.min(Integer.MAX_VALUE, estimate * TokenEstimate.BYTES_PER_TOKEN);
        }

        /// Records the number of secrets replaced in the request.
        void replaced(int count) {
            secrets = count;
        }

        void count(ModelEvent event) {
            switch (event) {
                case ModelEvent.Text(var text) -> relayed(text);
                case ModelEvent.Thinking(var text) -> relayed(text);
                case ModelEvent.ToolArguments(_, var json) -> relayed(json);
                case ModelEvent.ToolCall(_, _, var name) -> relayed(name);
                case ModelEvent.Used(var usage) -> reported = usage;
                case ModelEvent.Finished _ -> isFinished = true;
                case ModelEvent.Started _,
                        ModelEvent.Signature _,
                        ModelEvent.RedactedThinking _,
                        ModelEvent.Image _ -> {}
            }
        }

        private void relayed(String text) {
            if (deltas == 0) {
                ledger.metrics()
                        .firstTokenSeconds()
                        .recordNanos(model.name(), System.nanoTime() - startedAt);
            }
            deltas++;
            bytes += TokenEstimate.bytes(text);
        }

        /// Records the call; later calls have no effect.
        void settle(Outcome outcome) {
            if (isSettled) {
                return;
            }
            isSettled = true;
            boolean isExact = isFinished && reported.output() > 0;
            var usage = isExact ? reported : estimated(outcome);
            if (isExact) {
                learn();
            }
            reservation.settle(
                    usage.input() + usage.output(), UsageLedger.micros(model.price(), usage));
            if (usage.input() + usage.output() > 0) {
                ledger.book(caller, model, purpose, usage, !isExact);
            }
            long took = System.nanoTime() - startedAt;
            var ended = (isFinished ? Outcome.COMPLETED : outcome).wireName();
            ledger.metrics().calls().increment(ended);
            ledger.metrics().seconds().recordNanos(model.name(), took);
            LOG.atInfo()
                    .addKeyValue("event.action", "ai.called")
                    .addKeyValue("principal", caller.principal())
                    .addKeyValue("model", model.name())
                    .addKeyValue("purpose", purpose.wireName())
                    .addKeyValue("outcome", ended)
                    .addKeyValue("inputTokens", usage.input())
                    .addKeyValue("outputTokens", usage.output())
                    .addKeyValue("secrets", secrets)
                    .addKeyValue("milliseconds", took / 1_000_000)
                    .log("a model was called");
            listener.called(caller, model.name(), ended);
        }

        /// A call that the provider refused, or never received, is free.
        private Usage estimated(Outcome outcome) {
            boolean isFree = outcome == Outcome.FAILED || outcome == Outcome.WITHDRAWN;
            if (isFree && deltas == 0 && reported.equals(Usage.NONE)) {
                return Usage.NONE;
            }
            var known = ratios.getOrDefault(model.name(), Ratios.UNKNOWN);
            long input =
                    reported.input() > 0
                            ? reported.input()
                            : (long) Math.ceil(estimate * known.input());
            long output =
                    Math.max(
                            reported.output(),
                            Math.max(deltas, Math.round(bytes / known.outputBytes())));
            return new Usage(input, reported.cacheRead(), reported.cacheWrite(), output, 0);
        }

        private void learn() {
            if (bytes == 0 || estimate == 0 || reported.input() == 0) {
                return;
            }
            double outputBytes = (double) bytes / reported.output();
            double input = (double) reported.input() / estimate;
            ratios.merge(
                    model.name(),
                    new Ratios(outputBytes, input),
                    (old, now) ->
                            new Ratios(
                                    old.outputBytes()
                                            + LEARNING * (now.outputBytes() - old.outputBytes()),
                                    old.input() + LEARNING * (now.input() - old.input())));
        }
    }
}

package dev.qide.server.ai;

import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Inline completion: one suggestion from the first model of that purpose.
///
/// Thread-safe. Each call has one virtual thread; cancelling it ends its upstream call at once, in
/// every phase.
public final class Completions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);
    private static final int CALLS = 256;
    private static final int CALLS_PER_PRINCIPAL = 64;
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final long CLOSE_SECONDS = 1;
    private static final int MAX_TOKENS = 96;
    private static final int ANSWER_CHARS = 4_000;

    private final FillInCalls fillIn;
    private final PrivateFiles privateFiles;
    private final Models models;
    private final Accounting accounting;
    private final Scheduler scheduler;
    private final Metrics.LabelledCounter outcomes;
    private final Metrics.Histogram seconds;
    private final Semaphore calls = new Semaphore(CALLS);
    private final PerPrincipalLimit callsPerPrincipal = new PerPrincipalLimit(CALLS_PER_PRINCIPAL);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("completion-", 0).factory());

    public Completions(
            ModelCalls modelCalls,
            PrivateFiles privateFiles,
            Scheduler scheduler,
            Metrics metrics) {
        this.privateFiles = privateFiles;
        this.fillIn = new FillInCalls(modelCalls);
        this.models = modelCalls.models();
        this.accounting = modelCalls.accounting();
        this.scheduler = scheduler;
        outcomes =
                metrics.counter(
                        "qide_ai_completions_total", "Inline completions by outcome.", "outcome");
        seconds =
                metrics.histogram(
                        "qide_ai_completion_seconds",
                        "From the start of an inline completion to its text.");
    }

    /// Whether a model is configured.
    public boolean isConfigured() {
        return models.serve(Model.Purpose.COMPLETION);
    }

    /// Starts a completion. Exactly one method of the listener is called, once, on another thread.
    ///
    /// @param caller the requesting person
    /// @throws FailureException `MODEL_NOT_CONFIGURED`, `FILE_IGNORED`, `TOO_MANY_REQUESTS` when 64
    ///   calls of this person are running, `SERVER_CANCELLED` when 256 are running in total;
    ///   nothing is started then
    public Running start(Caller caller, CompletionRequest request, Listener listener) {
        var _ = models.chosen(null, Model.Purpose.COMPLETION, caller.workspace());
        privateFiles.requireShareable(caller.workspace(), request.path());
        var permit = callsPerPrincipal.tryAcquire(caller.principal());
        if (permit == null) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of("reason", "at-once", "limit", "" + CALLS_PER_PRINCIPAL));
        }
        if (!calls.tryAcquire()) {
            permit.close();
            throw new FailureException(
                    Failure.SERVER_CANCELLED, Map.of("limit", Integer.toString(CALLS)));
        }
        var cancellation = new Cancellation();
        threads.execute(
                Trace.wrap(() -> {
                    try {
                        run(caller, request, cancellation, listener);
                    } finally {
                        calls.release();
                        permit.close();
                    }
                }));
        return cancellation::cancel;
    }

    private void run(
            Caller caller,
            CompletionRequest request,
            Cancellation cancellation,
            Listener listener) {
        long startedAt = System.nanoTime();
        var isExpired = new AtomicBoolean();
        var timer =
                scheduler.after(
                        CALL_TIMEOUT,
                        () -> {
                            isExpired.set(!cancellation.isCancelled());
                            threads.execute(cancellation::cancel);
                        });
        try {
            var suggestion = complete(caller, request, cancellation);
            outcomes.increment("completed");
            seconds.recordNanos(System.nanoTime() - startedAt);
            listener.completed(suggestion);
        } catch (CancelledException _) {
            if (isExpired.get()) {
                failed(
                        new FailureException(
                                Failure.MODEL_UNAVAILABLE, Map.of("reason", "timeout")),
                        listener);
            } else {
                outcomes.increment("cancelled");
                listener.cancelled();
            }
        } catch (FailureException failure) {
            failed(failure, listener);
        } catch (RuntimeException bug) {
            outcomes.increment("failed");
            LOG.atError()
                    .addKeyValue("event.action", "ai.completion_failed")
                    .addKeyValue("failure", bug.getClass().getSimpleName())
                    .log("a completion failed unexpectedly");
            listener.failed(new FailureException(Failure.INTERNAL, Map.of(), bug));
        } finally {
            timer.cancel();
        }
    }

    private void failed(FailureException failure, Listener listener) {
        outcomes.increment("failed");
        LOG.atWarn()
                .addKeyValue("event.action", "ai.completion_failed")
                .addKeyValue("failure", failure.failure().wireName())
                .addKeyValue("reason", failure.tags().getOrDefault("reason", ""))
                .log("a model did not answer");
        listener.failed(failure);
    }

    private Suggestion complete(
            Caller caller, CompletionRequest request, Cancellation cancellation) {
        var model = models.chosen(null, Model.Purpose.COMPLETION, caller.workspace());
        var fillInRequest =
                new ModelRequest.FillIn(
                        request.path(),
                        request.languageId(),
                        request.prefix(),
                        request.suffix(),
                        new ModelRequest.Options(MAX_TOKENS, null, null, List.of(), null, null));
        var text = new StringBuilder();
        String answering;
        try (var answer = fillIn.open(caller, model, fillInRequest, cancellation)) {
            answering = answer.model().name();
            for (var event = answer.next();
                    event != null && text.length() <= ANSWER_CHARS;
                    event = answer.next()) {
                if (event instanceof ModelEvent.Text(var part)) {
                    text.append(part);
                }
            }
        }
        return new Suggestion(FillInCalls.withoutFence(text.toString()), answering);
    }

    /// Counts a suggestion that was sent to an editor which still waited for it.
    ///
    /// @param caller who requested it
    public void shown(Caller caller, Suggestion suggestion) {
        accounting.shown(caller, suggestion);
    }

    /// Records a suggestion that a user accepted.
    ///
    /// @param caller who requested it
    public void accepted(Caller caller, Suggestion suggestion) {
        accounting.accepted(caller, suggestion);
        LOG.atInfo()
                .addKeyValue("event.action", "ai.completion_accepted")
                .addKeyValue("principal", caller.principal())
                .addKeyValue("model", suggestion.model())
                .log("a user accepted a completion");
    }

    /// Cancels all calls and waits until they have ended, for a second at most.
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            var _ = threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Receives the outcome of a completion.
    public interface Listener {
        /// The completion, which may be empty.
        void completed(Suggestion suggestion);

        /// The completion was cancelled, or a newer request replaced it.
        void cancelled();

        /// The completion has failed.
        void failed(FailureException failure);
    }

    /// A running completion.
    public interface Running {
        /// Ends the upstream call; does nothing after the end.
        void cancel();
    }
}

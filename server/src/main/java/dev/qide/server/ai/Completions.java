package dev.qide.server.ai;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Inline completion: one suggestion from the configured model.
///
/// Thread-safe. Each call has one virtual thread; cancelling it closes its upstream connection at
/// once, in every phase.
public final class Completions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);
    private static final int CALLS = 256;
    private static final int CALLS_PER_PRINCIPAL = 64;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    private final @Nullable OpenAiUpstream upstream;
    private final Scheduler scheduler;
    private final Metrics.LabelledCounter outcomes;
    private final Semaphore calls = new Semaphore(CALLS);
    private final PerPrincipalLimit callsPerPrincipal = new PerPrincipalLimit(CALLS_PER_PRINCIPAL);
    private final HttpClient http =
            HttpClient.newBuilder()
                    .connectTimeout(CONNECT_TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("completion-", 0).factory());

    public Completions(List<Model> models, Scheduler scheduler, Metrics metrics) {
        this.scheduler = scheduler;
        upstream = models.stream().findFirst().map(OpenAiUpstream::new).orElse(null);
        outcomes =
                metrics.counter(
                        "qide_ai_completions_total", "Inline completions by outcome.", "outcome");
    }

    /// Whether a model is configured.
    public boolean isConfigured() {
        return upstream != null;
    }

    /// Starts a completion. Exactly one method of the listener is called, once, on another thread.
    ///
    /// @param principal the requesting person
    /// @throws FailureException `MODEL_NOT_CONFIGURED`, `TOO_MANY_REQUESTS` when 64 calls of this
    ///   person are running, `SERVER_CANCELLED` when 256 are running in total; nothing is started
    ///   then
    public Running start(String principal, CompletionRequest request, Listener listener) {
        var model = upstream;
        if (model == null) {
            throw new FailureException(
                    Failure.MODEL_NOT_CONFIGURED, Map.of("purpose", "completion"));
        }
        var permit = callsPerPrincipal.take(principal);
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
        var call = new UpstreamCall(http);
        threads.execute(() -> {
            try {
                run(model, request, call, listener);
            } finally {
                calls.release();
                permit.close();
            }
        });
        return call::cancel;
    }

    private void run(
            OpenAiUpstream model, CompletionRequest request, UpstreamCall call, Listener listener) {
        var timer = scheduler.after(CALL_TIMEOUT, call::expire);
        try {
            var text = model.complete(request, call);
            outcomes.increment("completed");
            listener.completed(text);
        } catch (UpstreamCall.CancelledException _) {
            outcomes.increment("cancelled");
            listener.cancelled();
        } catch (FailureException failure) {
            outcomes.increment("failed");
            LOG.atWarn()
                    .addKeyValue("event.action", "ai.completion_failed")
                    .addKeyValue("failure", failure.failure().wireName())
                    .addKeyValue("reason", failure.tags().getOrDefault("reason", ""))
                    .log("a model did not answer");
            listener.failed(failure);
        } catch (RuntimeException bug) {
            outcomes.increment("failed");
            LOG.atError()
                    .addKeyValue("event.action", "ai.completion_broke")
                    .addKeyValue("failure", bug.getClass().getSimpleName())
                    .log("a completion failed unexpectedly");
            listener.failed(new FailureException(Failure.INTERNAL, Map.of(), bug));
        } finally {
            timer.cancel();
            call.cancel();
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }

    /// Receives the outcome of a completion.
    public interface Listener {
        /// @param text the text to insert at the caret; empty for no suggestion
        void completed(String text);

        void cancelled();

        void failed(FailureException failure);
    }

    /// A running completion.
    public interface Running {
        /// Closes the upstream connection; does nothing after the end.
        void cancel();
    }
}

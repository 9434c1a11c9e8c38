package dev.qide.server.ai.provider;

import dev.qide.server.ai.Cancellation;
import dev.qide.server.ai.CancelledException;
import dev.qide.server.ai.Model;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The provider of one model over HTTP, in the model's dialect. Thread-safe.
///
/// Every answer is streamed, even for a reader that wants it whole: a cancellation then stops the
/// generation and not only the transfer, and the generated part is known.
public final class HttpModelProvider implements ModelProvider {
    private static final int ERROR_BYTES = 64 << 10;

    private final Model model;
    private final Shared shared;
    private final @Nullable OllamaModelLoader loader;

    /// The resources that all providers of a server share.
    public record Shared(
            Supplier<HttpClient> http,
            Scheduler scheduler,
            DestinationCheck destinations,
            java.time.InstantSource clock,
            java.util.random.RandomGenerator random) {}

    public HttpModelProvider(Model model, Shared shared) {
        this(
                model,
                shared,
                model.provider() == Model.Provider.OLLAMA ? new OllamaModelLoader(shared) : null);
    }

    private HttpModelProvider(Model model, Shared shared, @Nullable OllamaModelLoader loader) {
        this.model = model;
        this.shared = shared;
        this.loader = loader;
    }

    /// The provider of the same model with another key. The two load it only once.
    public HttpModelProvider with(Model.Key key) {
        return new HttpModelProvider(model.with(key), shared, loader);
    }

    @Override
    public ModelStream stream(ModelRequest request, Cancellation cancellation) {
        shared.destinations().require(model.url().getHost(), model.isLocal());
        var dialect = dialectOf(request);
        var call = dialect.encode(model, request);
        if (loader != null) {
            loader.loadUnlessWarm(model);
        }
        // Ghost text that waits is useless: it fails at once, and the next model is tried.
        int retries = request instanceof ModelRequest.Chat ? HttpRetryPolicy.RETRIES : 0;
        for (int retry = 1; ; retry++) {
            var stream = attempt(dialect, call, cancellation, retry <= retries ? retry : 0);
            if (stream != null) {
                return stream;
            }
        }
    }

    /// Makes one attempt.
    ///
    /// @param retry the number of the retry that may follow; 0 for none
    /// @return null when a retry is due
    private @Nullable ModelStream attempt(
            Dialect dialect, HttpCall encoded, Cancellation cancellation, int retry) {
        var limits = model.limits();
        var upstream =
                new UpstreamCall(
                        shared.http().get(), shared.scheduler(), limits.start(), limits.gap());
        var registration = cancellation.onCancel(upstream::cancel);
        var span = ModelCallSpan.begun(model);
        boolean isHandedOver = false;
        try {
            HttpResponse<InputStream> response;
            try {
                response = upstream.send(request(encoded, model, span.trace()).build());
            } catch (FailureException failure) {
                if (retry > 0 && "unreachable".equals(failure.tags().get("reason"))) {
                    wait(cancellation, retry, null);
                    return null;
                }
                throw withLoadingReason(failure);
            }
            if (response.statusCode() == 200) {
                isHandedOver = true;
                return new HttpModelStream(
                        dialect,
                        upstream,
                        response.body(),
                        new HttpModelStream.Listener(registration, this::answered, span::ended));
            }
            var policy = policy();
            var retryAfter = policy.retryAfter(response.headers());
            if (retry > 0
                    && HttpRetryPolicy.allowsRetry(response.statusCode(), response.headers())) {
                upstream.close();
                wait(cancellation, retry, retryAfter);
                return null;
            }
            throw ProviderFailures.status(
                    response.statusCode(),
                    body(upstream, response),
                    retryAfter == null ? null : retryAfter.toMillis());
        } finally {
            if (!isHandedOver) {
                registration.run();
                upstream.close();
                span.ended(false);
            }
        }
    }

    /// Distinguishes a model that is loading from one that does not answer.
    private FailureException withLoadingReason(FailureException failure) {
        return loader != null
                        && loader.isLoading()
                        && "timeout".equals(failure.tags().get("reason"))
                ? ProviderFailures.of("loading", failure)
                : failure;
    }

    private void answered() {
        if (loader != null) {
            loader.answered();
        }
    }

    private HttpRetryPolicy policy() {
        return new HttpRetryPolicy(shared.clock(), shared.random());
    }

    private void wait(Cancellation cancellation, int retry, @Nullable Duration retryAfter) {
        try {
            if (cancellation.await(policy().delay(retry, retryAfter))) {
                throw new CancelledException(true);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancelledException(true);
        }
    }

    private Dialect dialectOf(ModelRequest request) {
        return switch (request) {
            case ModelRequest.FillIn _ -> FillInDialect.of(model);
            case ModelRequest.Chat _ ->
                    switch (model.provider()) {
                        case OPENAI -> new OpenAiDialect();
                        case ANTHROPIC -> new AnthropicDialect();
                        case GEMINI -> new GeminiDialect();
                        case OLLAMA -> new OllamaDialect();
                    };
        };
    }

    /// @param trace the step that waits for the answer; null without one
    static HttpRequest.Builder request(HttpCall call, Model model, @Nullable Trace trace) {
        var request =
                HttpRequest.newBuilder(call.uri())
                        .header("Content-Type", "application/json")
                        .header(
                                "Accept",
                                "text/event-stream, application/x-ndjson, application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(call.body().toString()));
        if ("https".equals(model.url().getScheme())) {
            // This resets one stream and keeps the connection of the others.
            request.version(HttpClient.Version.HTTP_2);
        }
        call.headers().forEach(request::header);
        if (trace != null) {
            request.header("traceparent", trace.traceparent());
        }
        return request;
    }

    /// The body of a refusal.
    private static String body(UpstreamCall upstream, HttpResponse<InputStream> response) {
        try {
            return new String(
                    upstream.watched(response.body()).readNBytes(ERROR_BYTES),
                    StandardCharsets.UTF_8);
        } catch (IOException failure) {
            if (upstream.readFailed(failure) instanceof CancelledException) {
                throw new CancelledException(true);
            }
            return "";
        }
    }
}

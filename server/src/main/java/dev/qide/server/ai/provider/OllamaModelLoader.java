package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.CancelledException;
import dev.qide.server.ai.Model;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// Loads one Ollama model before its first answer, with a request of its own.
///
/// Ollama stops loading a model when the request is cancelled, and ghost text cancels with every
/// keystroke: without this class, a large model would never be loaded. Thread-safe.
final class OllamaModelLoader {
    /// The time for which Ollama keeps an unused model; a model that answered since then is loaded.
    private static final Duration KEPT = Duration.ofMinutes(5);

    private static final Duration LONGEST_LOAD = Duration.ofMinutes(10);

    private final HttpModelProvider.Shared shared;
    private final AtomicBoolean isLoading = new AtomicBoolean();
    private volatile long warmUntil = System.nanoTime() - 1;

    OllamaModelLoader(HttpModelProvider.Shared shared) {
        this.shared = shared;
    }

    /// Whether the model is being loaded.
    boolean isLoading() {
        return isLoading.get();
    }

    /// Records that the model has generated a token.
    void answered() {
        warmUntil = System.nanoTime() + KEPT.toNanos();
    }

    /// Starts loading the model unless it is loaded or being loaded.
    ///
    /// @param model with the key to use
    void loadUnlessWarm(Model model) {
        if (warmUntil - System.nanoTime() > 0 || !isLoading.compareAndSet(false, true)) {
            return;
        }
        BackgroundTask.start(Thread.ofVirtual().name("load-" + model.name()), () -> load(model));
    }

    static JsonObject body(Model model) {
        var body = JsonFields.of("model", model.model());
        body.addProperty("stream", false);
        body.add("options", OllamaDialect.options(ModelRequest.Options.DEFAULTS, model));
        return body;
    }

    /// A request without a prompt loads the model and generates nothing.
    private void load(Model model) {
        var encoded =
                new HttpCall(
                        model.endpoint("/generate"), OpenAiDialect.headers(model), body(model));
        try (var call =
                new UpstreamCall(
                        shared.http().get(), shared.scheduler(), LONGEST_LOAD, LONGEST_LOAD)) {
            var response = call.send(HttpModelProvider.request(encoded, model, null).build());
            var _ = response.body().readNBytes(1 << 10);
            if (response.statusCode() == 200) {
                answered();
            }
        } catch (FailureException | CancelledException | IOException _) {
            // The request that wanted the model fails with its own reason.
        } finally {
            isLoading.set(false);
        }
    }
}

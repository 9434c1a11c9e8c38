package dev.qide.server.ai;

import dev.qide.server.ai.provider.Cancellation;
import dev.qide.server.ai.provider.DestinationCheck;
import dev.qide.server.ai.provider.HttpModelProvider;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelProvider;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelStream;
import dev.qide.server.ai.provider.ProviderFailures;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls models: the chosen one, then its fallbacks while nobody has seen a token.
///
/// Completion and chat have lanes of their own, so that a completion never waits behind a chat.
/// Thread-safe; calls block and belong on virtual threads.
public final class ModelCalls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCalls.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final Models models;
    private final HttpClient http;
    private final Map<String, Lane> lanes = new HashMap<>();

    /// A model with the calls that it may run at once.
    private record Lane(ModelProvider provider, Semaphore completions, Semaphore chats) {
        Semaphore of(Model.Purpose purpose) {
            return switch (purpose) {
                case COMPLETION -> completions;
                case CHAT -> chats;
            };
        }
    }

    /// Calls over the network as the platform resolves its names.
    public static ModelCalls of(Models models, Scheduler scheduler) {
        return new ModelCalls(models, scheduler, DestinationCheck.standard());
    }

    ModelCalls(Models models, Scheduler scheduler, DestinationCheck destinations) {
        this.models = models;
        http =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
        var shared =
                new HttpModelProvider.Shared(
                        http, scheduler, destinations, InstantSource.system(), new SecureRandom());
        models.all()
                .forEach(model ->
                        lanes.put(
                                model.name(),
                                new Lane(
                                        new HttpModelProvider(model, shared),
                                        new Semaphore(model.limits().concurrent()),
                                        new Semaphore(model.limits().concurrent()))));
    }

    public Models models() {
        return models;
    }

    /// Starts an answer and waits for its first content.
    ///
    /// @param model the first choice
    /// @throws dev.qide.server.ai.provider.CancelledException when cancelled
    /// @throws FailureException `MODEL_UNAVAILABLE` when no model answered, with the tags of the
    ///   last one; `SERVER_CANCELLED` when the model already runs as many calls as it may
    Answer open(
            Model model, Model.Purpose purpose, ModelRequest request, Cancellation cancellation) {
        FailureException last = null;
        for (var candidate : models.withFallback(model)) {
            try {
                return attempt(candidate, purpose, request, cancellation);
            } catch (FailureException failure) {
                if (!ProviderFailures.allowsFallback(failure)
                        && failure.failure() != Failure.SERVER_CANCELLED) {
                    throw failure;
                }
                LOG.atWarn()
                        .addKeyValue("event.action", "ai.model_failed")
                        .addKeyValue("model", candidate.name())
                        .addKeyValue("failure", failure.failure().wireName())
                        .addKeyValue("reason", failure.tags().getOrDefault("reason", ""))
                        .log("a model did not answer");
                last = failure;
            }
        }
        throw last == null ? new FailureException(Failure.MODEL_NOT_CONFIGURED) : last;
    }

    private Answer attempt(
            Model model, Model.Purpose purpose, ModelRequest request, Cancellation cancellation) {
        var lane = lanes.get(model.name());
        if (lane == null) {
            throw new FailureException(Failure.MODEL_NOT_CONFIGURED);
        }
        var slots = lane.of(purpose);
        if (!slots.tryAcquire()) {
            throw new FailureException(
                    Failure.SERVER_CANCELLED,
                    Map.of("limit", "" + model.limits().concurrent(), "model", model.name()));
        }
        Answer answer = null;
        try {
            var stream = lane.provider().stream(request, cancellation);
            answer = new Answer(model, stream, slots);
            answer.awaitContent();
            return answer;
        } catch (RuntimeException failure) {
            if (answer == null) {
                slots.release();
            } else {
                answer.close();
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    /// The answer of one model. Read by one thread; [#close()] is to be called once it is read or
    /// abandoned.
    static final class Answer implements ModelStream {
        private final Model model;
        private final ModelStream stream;
        private final Semaphore slots;
        private final Deque<ModelEvent> first = new ArrayDeque<>();
        private boolean isClosed;

        private Answer(Model model, ModelStream stream, Semaphore slots) {
            this.model = model;
            this.stream = stream;
            this.slots = slots;
        }

        /// The model that answers.
        Model model() {
            return model;
        }

        /// Reads until a client would see something: an error after a 200 still allows another
        /// model.
        private void awaitContent() {
            ModelEvent event;
            do {
                event = stream.next();
                if (event != null) {
                    first.add(event);
                }
            } while (event != null && !event.isContent());
        }

        @Override
        public @Nullable ModelEvent next() {
            var event = first.poll();
            return event == null ? stream.next() : event;
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                stream.close();
                slots.release();
            }
        }
    }
}

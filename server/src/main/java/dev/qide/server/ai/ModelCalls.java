package dev.qide.server.ai;

import dev.qide.server.ai.privacy.Redaction;
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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls models: the chosen one, then its fallbacks as long as no client has received a token.
///
/// Completion and chat have separate slots, so a completion never waits behind a chat. Thread-safe;
/// calls block and belong on virtual threads.
public final class ModelCalls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCalls.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final Models models;
    private final Accounting accounting;
    private final ComputePool cpu;
    private final HttpModelProvider.Shared shared;
    private final Map<String, ModelSlots> slots = new ConcurrentHashMap<>();
    private @Nullable HttpClient http;

    /// A model with the slots for its concurrent calls.
    private record ModelSlots(
            Model model, HttpModelProvider provider, Semaphore completions, Semaphore chats) {
        Semaphore of(Model.Purpose purpose) {
            return switch (purpose) {
                case COMPLETION -> completions;
                case CHAT -> chats;
            };
        }
    }

    /// Calls over the network with the platform's name resolution.
    static ModelCalls of(
            Models models, Accounting accounting, Scheduler scheduler, ComputePool cpu) {
        return new ModelCalls(models, accounting, scheduler, cpu, DestinationCheck.standard());
    }

    ModelCalls(
            Models models,
            Accounting accounting,
            Scheduler scheduler,
            ComputePool cpu,
            DestinationCheck destinations) {
        this.models = models;
        this.accounting = accounting;
        this.cpu = cpu;
        shared =
                new HttpModelProvider.Shared(
                        this::http,
                        scheduler,
                        destinations,
                        InstantSource.system(),
                        new SecureRandom());
    }

    /// Made for the first call: it reads all authorities that the JDK trusts, which a start need
    /// not wait for.
    private synchronized HttpClient http() {
        var made = http;
        if (made == null) {
            made =
                    HttpClient.newBuilder()
                            .connectTimeout(CONNECT_TIMEOUT)
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .version(HttpClient.Version.HTTP_1_1)
                            .build();
            http = made;
        }
        return made;
    }

    /// A changed model has new slots; calls of the earlier one end as they are.
    private ModelSlots slots(Model model) {
        return slots.compute(
                model.name(),
                (_, known) ->
                        known != null && known.model().equals(model)
                                ? known
                                : new ModelSlots(
                                        model,
                                        new HttpModelProvider(model, shared),
                                        new Semaphore(model.limits().concurrent()),
                                        new Semaphore(model.limits().concurrent())));
    }

    private ModelProvider provider(Caller caller, ModelSlots slot) {
        var key = models.keyFor(caller, slot.model());
        return key.isPresent() ? slot.provider().with(key) : slot.provider();
    }

    public Models models() {
        return models;
    }

    /// Where work on large texts runs.
    ComputePool cpu() {
        return cpu;
    }

    /// Meters the calls.
    Accounting accounting() {
        return accounting;
    }

    /// Starts an answer and waits for its first content.
    ///
    /// @param caller the person and workspace to charge
    /// @param model the first choice
    /// @throws CancelledException when cancelled
    /// @throws FailureException `MODEL_UNAVAILABLE` when no model answered, with the tags of the
    ///   last one; `SERVER_CANCELLED` when all slots of the model are taken
    Answer open(
            Caller caller,
            Model model,
            Model.Purpose purpose,
            ModelRequest request,
            Cancellation cancellation) {
        return open(
                caller,
                model,
                candidate -> attempt(caller, candidate, purpose, request, cancellation));
    }

    /// [#open] with another way to call each model.
    Answer open(Caller caller, Model model, Function<Model, Answer> attempt) {
        FailureException last = null;
        for (var candidate : models.withFallback(model, caller.workspace())) {
            try {
                return attempt.apply(candidate);
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

    /// [#open] without fallbacks.
    Answer attempt(
            Caller caller,
            Model model,
            Model.Purpose purpose,
            ModelRequest request,
            Cancellation cancellation) {
        var slot = slots(model);
        var slots = slot.of(purpose);
        if (!slots.tryAcquire()) {
            throw new FailureException(
                    Failure.SERVER_CANCELLED,
                    Map.of("limit", "" + model.limits().concurrent(), "model", model.name()));
        }
        Accounting.Meter meter = null;
        Answer answer = null;
        try {
            var redaction = new Redaction();
            var bounded = request.within(model.limits());
            meter = accounting.begin(caller, model, purpose, bounded);
            // Text that stays on this machine or network needs no placeholders.
            var sent =
                    model.isLocal()
                            ? bounded
                            : cpu.compute(meter.textBytes(), () -> redaction.redact(bounded));
            meter.replaced(redaction.count());
            var stream = provider(caller, slot).stream(sent, cancellation);
            answer = new Answer(model, stream, slots, meter, redaction);
            answer.awaitContent();
            return answer;
        } catch (RuntimeException failure) {
            if (meter != null) {
                meter.settle(outcome(failure));
            }
            if (answer == null) {
                slots.release();
            } else {
                answer.close();
            }
            throw failure;
        }
    }

    private static Accounting.Outcome outcome(RuntimeException failure) {
        if (!(failure instanceof CancelledException cancelled)) {
            return Accounting.Outcome.FAILED;
        }
        return cancelled.isFree() ? Accounting.Outcome.WITHDRAWN : Accounting.Outcome.CANCELLED;
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.shutdownNow();
        }
    }

    /// The answer of one model. Read by one thread, which must call [#close()] at the end or when
    /// it abandons the answer.
    static final class Answer implements ModelStream {
        private final Model model;
        private final ModelStream stream;
        private final Semaphore slots;
        private final Accounting.Meter meter;
        private final Redaction redaction;
        private final Deque<ModelEvent> waiting = new ArrayDeque<>();
        private boolean isClosed;

        private Answer(
                Model model,
                ModelStream stream,
                Semaphore slots,
                Accounting.Meter meter,
                Redaction redaction) {
            this.redaction = redaction;
            this.model = model;
            this.stream = stream;
            this.slots = slots;
            this.meter = meter;
        }

        /// The model that answers.
        Model model() {
            return model;
        }

        /// Reads up to the first event that a client would see: after a 200, an error before it
        /// still allows another model.
        private void awaitContent() {
            ModelEvent event;
            do {
                event = metered();
                if (event != null) {
                    waiting.addAll(redaction.restore(event));
                }
            } while (event != null && !event.isContent());
        }

        @Override
        public @Nullable ModelEvent next() {
            while (waiting.isEmpty()) {
                var event = metered();
                if (event == null) {
                    return null;
                }
                waiting.addAll(redaction.restore(event));
            }
            return waiting.poll();
        }

        private @Nullable ModelEvent metered() {
            try {
                var event = stream.next();
                if (event != null) {
                    meter.count(event);
                }
                return event;
            } catch (RuntimeException failure) {
                meter.settle(outcome(failure));
                throw failure;
            }
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                stream.close();
                slots.release();
                // An answer that nobody reads to the end counts as cancelled.
                meter.settle(Accounting.Outcome.CANCELLED);
            }
        }
    }
}

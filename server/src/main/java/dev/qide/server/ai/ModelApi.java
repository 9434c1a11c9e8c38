package dev.qide.server.ai;

import com.google.gson.JsonObject;
import dev.qide.server.ai.gateway.AnswerFormat;
import dev.qide.server.ai.gateway.AnthropicAnswers;
import dev.qide.server.ai.gateway.AnthropicRequests;
import dev.qide.server.ai.gateway.ApiError;
import dev.qide.server.ai.gateway.CollectedAnswer;
import dev.qide.server.ai.gateway.GatewayRequest;
import dev.qide.server.ai.gateway.MarkerPrompt;
import dev.qide.server.ai.gateway.OpenAiAnswers;
import dev.qide.server.ai.gateway.OpenAiCompletionAnswers;
import dev.qide.server.ai.gateway.OpenAiRequests;
import dev.qide.server.ai.gateway.ResponsesAnswers;
import dev.qide.server.ai.gateway.ResponsesRequests;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/// The model APIs for clients that use OpenAI's or Anthropic's API with this server as their base
/// URL.
///
/// Thread-safe. Calls block until the first content has arrived, so that a failure still has an
/// HTTP status. A cancellation ends the provider's work in every phase.
public final class ModelApi {
    /// The maximum size of a request, images included.
    public static final int REQUEST_BYTES = 32 << 20;

    /// The maximum text of an answer that is not streamed, in UTF-16 units.
    private static final int ANSWER_CHARACTERS = 8 << 20;

    private final ModelCalls calls;
    private final FillInCalls fillIn;
    private final InstantSource clock;

    public ModelApi(ModelCalls calls, InstantSource clock) {
        this.calls = calls;
        this.fillIn = new FillInCalls(calls);
        this.clock = clock;
    }

    /// The API that the client uses.
    public enum Dialect {
        OPENAI,
        ANTHROPIC
    }

    /// `POST /v1/chat/completions`.
    ///
    /// @throws FailureException to be passed to [#failed]
    public ModelReply chat(Caller caller, byte[] body, Cancellation cancellation) {
        var parsed = recognized(caller, parsed(body, OpenAiRequests::chat));
        var format = new OpenAiAnswers(newId(), parsed.model(), seconds(), parsed.includesUsage());
        return reply(caller, parsed, format, cancellation, Dialect.OPENAI);
    }

    /// `POST /v1/responses`.
    ///
    /// @throws FailureException to be passed to [#failed]
    public ModelReply responses(Caller caller, byte[] body, Cancellation cancellation) {
        var parsed = recognized(caller, parsed(body, ResponsesRequests::parse));
        var format = new ResponsesAnswers(newId(), parsed.model(), seconds());
        return reply(caller, parsed, format, cancellation, Dialect.OPENAI);
    }

    /// `POST /v1/completions`.
    ///
    /// @throws FailureException to be passed to [#failed]
    public ModelReply legacy(Caller caller, byte[] body, Cancellation cancellation) {
        var parsed = parsed(body, OpenAiRequests::legacy);
        var format =
                new OpenAiCompletionAnswers(
                        newId(), parsed.model(), seconds(), parsed.includesUsage());
        return reply(caller, parsed, format, cancellation, Dialect.OPENAI);
    }

    /// `POST /v1/messages`.
    ///
    /// @param betas the request's header `anthropic-beta`; empty for none
    /// @throws FailureException to be passed to [#failed]
    public ModelReply messages(
            Caller caller, byte[] body, String betas, Cancellation cancellation) {
        var parsed =
                recognized(caller, parsed(body, json -> AnthropicRequests.messages(json, betas)));
        var format =
                new AnthropicAnswers(newId(), parsed.model(), TokenEstimate.of(parsed.request()));
        return reply(caller, parsed, format, cancellation, Dialect.ANTHROPIC);
    }

    /// `POST /v1/messages/count_tokens`: an estimate, since providers do not publish their
    /// tokenizers.
    ///
    /// @throws FailureException to be passed to [#failed]
    public ModelReply countTokens(byte[] body) {
        var parsed = parsed(body, AnthropicRequests::counted);
        var _ = calls.models().chosen(parsed.model(), Model.Purpose.CHAT, null);
        var counted = new JsonObject();
        counted.addProperty("input_tokens", TokenEstimate.of(parsed.request()));
        return new ModelReply.Whole(200, requestId(Dialect.ANTHROPIC), counted.toString());
    }

    /// `GET /v1/models`.
    public ModelReply models(Dialect dialect) {
        var entries = calls.models().all().stream().map(model -> entry(model, dialect)).toList();
        var list = new JsonObject();
        if (dialect == Dialect.OPENAI) {
            list.addProperty("object", "list");
        }
        list.add("data", JsonFields.array(entries));
        if (dialect == Dialect.ANTHROPIC) {
            list.addProperty("has_more", false);
            list.addProperty("first_id", entries.isEmpty() ? null : id(entries.getFirst()));
            list.addProperty("last_id", entries.isEmpty() ? null : id(entries.getLast()));
        }
        return new ModelReply.Whole(200, requestId(dialect), list.toString());
    }

    /// `GET /v1/models/{model}`.
    ///
    /// @throws FailureException `MODEL_NOT_CONFIGURED`
    public ModelReply model(String name, Dialect dialect) {
        return calls.models().all().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .map(model ->
                        new ModelReply.Whole(
                                200, requestId(dialect), entry(model, dialect).toString()))
                .orElseThrow(() -> new FailureException(Failure.MODEL_NOT_CONFIGURED));
    }

    /// Converts a failure to an API's error response.
    public static ModelReply failed(FailureException failure, Dialect dialect) {
        var error = ApiError.of(failure);
        var headers = requestId(dialect);
        headers.putAll(error.headers());
        return switch (dialect) {
            case OPENAI -> new ModelReply.Whole(error.status(), headers, error.openAi().toString());
            case ANTHROPIC ->
                    new ModelReply.Whole(
                            error.anthropicStatus(),
                            headers,
                            error.anthropic(headers.getOrDefault("request-id", "")).toString());
        };
    }

    private GatewayRequest parsed(byte[] body, Function<JsonObject, GatewayRequest> format) {
        return calls.cpu().compute(body.length, () -> format.apply(GatewayRequest.object(body)));
    }

    /// Theia's prompt for ghost text as a completion, if the model is one for completions.
    private GatewayRequest recognized(Caller caller, GatewayRequest parsed) {
        if (!(parsed.request() instanceof ModelRequest.Chat chat)) {
            return parsed;
        }
        var gap = MarkerPrompt.in(chat);
        if (gap == null
                || !calls.models()
                        .isFor(parsed.model(), Model.Purpose.COMPLETION, caller.workspace())) {
            return parsed;
        }
        return new GatewayRequest(parsed.model(), gap, parsed.isStreamed(), parsed.includesUsage());
    }

    private ModelReply reply(
            Caller caller,
            GatewayRequest parsed,
            AnswerFormat format,
            Cancellation cancellation,
            Dialect dialect) {
        var collected = new CollectedAnswer(ANSWER_CHARACTERS);
        try {
            var answer = open(caller, parsed, cancellation);
            if (parsed.isStreamed()) {
                return new ModelReply.Streamed(requestId(dialect), new EventStream(answer, format));
            }
            try (answer) {
                for (var event = answer.next(); event != null; event = answer.next()) {
                    collected.add(event);
                }
            }
        } catch (CancelledException left) {
            throw new FailureException(Failure.REQUEST_CANCELLED, Map.of(), left);
        }
        return new ModelReply.Whole(200, requestId(dialect), format.whole(collected).toString());
    }

    private ModelCalls.Answer open(
            Caller caller, GatewayRequest parsed, Cancellation cancellation) {
        return switch (parsed.request()) {
            case ModelRequest.Chat chat ->
                    calls.open(
                            caller,
                            calls.models()
                                    .chosen(parsed.model(), Model.Purpose.CHAT, caller.workspace()),
                            Model.Purpose.CHAT,
                            chat,
                            cancellation);
            case ModelRequest.FillIn gap ->
                    fillIn.open(
                            caller,
                            calls.models()
                                    .chosen(
                                            parsed.model(),
                                            Model.Purpose.COMPLETION,
                                            caller.workspace()),
                            gap,
                            cancellation);
        };
    }

    private static JsonObject entry(Model model, Dialect dialect) {
        return switch (dialect) {
            case OPENAI -> {
                var entry = JsonFields.of("id", model.name(), "object", "model");
                entry.addProperty("created", 0);
                entry.addProperty("owned_by", model.provider().wireName());
                yield entry;
            }
            case ANTHROPIC ->
                    JsonFields.of(
                            "type",
                            "model",
                            "id",
                            model.name(),
                            "display_name",
                            model.name(),
                            "created_at",
                            "1970-01-01T00:00:00Z");
        };
    }

    private static String id(JsonObject entry) {
        return JsonFields.text(entry, "id");
    }

    private static Map<String, String> requestId(Dialect dialect) {
        return new HashMap<>(
                Map.of(
                        switch (dialect) {
                            case OPENAI -> "x-request-id";
                            case ANTHROPIC -> "request-id";
                        },
                        "req_" + newId()));
    }

    private long seconds() {
        return clock.instant().getEpochSecond();
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /// Writes an answer as it is generated.
    private record EventStream(ModelCalls.Answer answer, AnswerFormat format)
            implements ModelReply.Events {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            try {
                for (var event = answer.next(); event != null; event = answer.next()) {
                    write(format.frames(event), out);
                }
                write(format.end(), out);
            } catch (FailureException failure) {
                write(format.failure(failure), out);
            } catch (CancelledException left) {
                throw new IOException("the client left, or the server is stopping", left);
            }
        }

        private static void write(String frames, OutputStream out) throws IOException {
            if (!frames.isEmpty()) {
                out.write(frames.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        }

        @Override
        public void close() {
            answer.close();
        }
    }

    /// The names of the models that a person may choose.
    public List<String> names(Model.Purpose purpose) {
        return calls.models().all().stream()
                .filter(model -> model.purposes().contains(purpose))
                .map(Model::name)
                .toList();
    }
}

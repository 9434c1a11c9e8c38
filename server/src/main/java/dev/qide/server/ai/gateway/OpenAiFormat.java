package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.wire.FailureException;

/// The part of an answer that OpenAI's two completion APIs have in common: its id, model and time,
/// the frame with the usage, and the end of the stream. Owned by the thread that sends the answer.
abstract sealed class OpenAiFormat implements AnswerFormat
        permits OpenAiAnswers, OpenAiCompletionAnswers {
    private final String id;
    private final String model;
    private final long created;
    private final boolean includesUsage;
    private Usage usage = Usage.NONE;
    private StopReason reason = StopReason.END;

    /// @param created in seconds since 1970
    /// @param includesUsage whether a stream ends with the usage
    OpenAiFormat(String id, String model, long created, boolean includesUsage) {
        this.id = id;
        this.model = model;
        this.created = created;
        this.includesUsage = includesUsage;
    }

    /// The frames of the events with content; empty for the others.
    abstract String content(ModelEvent event);

    /// The last frame of the answer itself.
    abstract String lastFrame(String finishReason);

    /// The value of `object` in a stream.
    abstract String streamObject();

    @Override
    public final String frames(ModelEvent event) {
        if (event instanceof ModelEvent.Used(var now)) {
            usage = now;
        } else if (event instanceof ModelEvent.Finished(var why, _)) {
            reason = why;
        }
        return content(event);
    }

    @Override
    public final String end() {
        var end = lastFrame(finishReason(reason));
        if (includesUsage) {
            var last = head(streamObject());
            last.add("choices", new JsonArray());
            last.add("usage", usage(usage));
            end += AnswerFormat.data(last);
        }
        return end + "data: [DONE]\n\n";
    }

    @Override
    public final String failure(FailureException failure) {
        return AnswerFormat.data(ApiError.of(failure).openAi());
    }

    final boolean includesUsage() {
        return includesUsage;
    }

    /// The members that begin each object.
    final JsonObject head(String object) {
        var head = JsonFields.of("id", id, "object", object);
        head.addProperty("created", created);
        head.addProperty("model", model);
        return head;
    }

    static JsonObject usage(Usage usage) {
        var counts = new JsonObject();
        counts.addProperty("prompt_tokens", usage.input());
        counts.addProperty("completion_tokens", usage.output());
        counts.addProperty("total_tokens", usage.input() + usage.output());
        var prompt = new JsonObject();
        prompt.addProperty("cached_tokens", usage.cacheRead());
        counts.add("prompt_tokens_details", prompt);
        var completion = new JsonObject();
        completion.addProperty("reasoning_tokens", usage.reasoning());
        counts.add("completion_tokens_details", completion);
        return counts;
    }

    static String finishReason(StopReason reason) {
        return switch (reason) {
            case END, STOP_SEQUENCE, PAUSE -> "stop";
            case LENGTH -> "length";
            case TOOL_USE -> "tool_calls";
            case FILTER, REFUSAL -> "content_filter";
        };
    }
}

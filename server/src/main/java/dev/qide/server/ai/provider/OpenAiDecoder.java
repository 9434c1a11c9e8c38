package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decodes `chat.completion.chunk` and `text_completion` frames, and complete answers of servers
/// that do not stream. The usage follows the choice with the reason for the end, so the end is
/// reported at the end of the stream.
final class OpenAiDecoder implements Dialect.Decoder {
    private boolean isStarted;
    private @Nullable StopReason reason;
    private int callCount;

    /// The newest call of each of the provider's indexes.
    private final Map<Integer, Call> calls = new HashMap<>();

    /// @param index counts from 0 in the answer, also if the provider numbers all calls 0, as
    ///   Ollama does
    private record Call(int index, String id) {}

    @Override
    public void decode(JsonObject frame, Consumer<ModelEvent> sink) {
        if (!isStarted) {
            isStarted = true;
            sink.accept(new ModelEvent.Started(JsonFields.text(frame, "id")));
        }
        for (var choice : JsonFields.objects(frame, "choices")) {
            if (JsonFields.count(choice, "index") == 0) {
                decodeChoice(choice, sink);
            }
        }
        var usage = JsonFields.object(frame, "usage");
        if (usage != null) {
            sink.accept(new ModelEvent.Used(usage(usage)));
        }
    }

    private void decodeChoice(JsonObject choice, Consumer<ModelEvent> sink) {
        text(JsonFields.text(choice, "text"), sink);
        var delta = JsonFields.object(choice, "delta");
        var message = delta == null ? JsonFields.object(choice, "message") : delta;
        if (message != null) {
            // Two names of the same extension.
            var thinking =
                    JsonFields.text(message, "reasoning_content")
                            + JsonFields.text(message, "reasoning");
            if (!thinking.isEmpty()) {
                sink.accept(new ModelEvent.Thinking(thinking));
            }
            text(JsonFields.text(message, "content"), sink);
            text(JsonFields.text(message, "refusal"), sink);
            toolCalls(message, sink);
        }
        var finishReason = JsonFields.string(choice, "finish_reason");
        if (finishReason != null) {
            reason = reason(finishReason);
        }
    }

    private static void text(String text, Consumer<ModelEvent> sink) {
        if (!text.isEmpty()) {
            sink.accept(new ModelEvent.Text(text));
        }
    }

    private void toolCalls(JsonObject message, Consumer<ModelEvent> sink) {
        int position = 0;
        for (var call : JsonFields.objects(message, "tool_calls")) {
            int given = call.has("index") ? (int) JsonFields.count(call, "index") : position;
            position++;
            var function = JsonFields.object(call, "function");
            var name = JsonFields.text(function, "name");
            var id = JsonFields.text(call, "id");
            if (!name.isEmpty() && isNew(calls.get(given), id)) {
                calls.put(given, new Call(callCount, id));
                sink.accept(new ModelEvent.ToolCall(callCount, id, name));
                callCount++;
            }
            var arguments = JsonFields.text(function, "arguments");
            var current = calls.get(given);
            if (!arguments.isEmpty() && current != null) {
                sink.accept(new ModelEvent.ToolArguments(current.index(), arguments));
            }
        }
    }

    /// Whether a frame with a name begins a call. Some servers repeat the name, and maybe the id,
    /// in each frame; some have no ids.
    private static boolean isNew(@Nullable Call current, String id) {
        return current == null
                || (id.isEmpty() ? current.id().isEmpty() : !id.equals(current.id()));
    }

    @Override
    public void end(Consumer<ModelEvent> sink) {
        if (reason != null) {
            sink.accept(new ModelEvent.Finished(reason, ""));
        }
    }

    static Usage usage(JsonObject usage) {
        return new Usage(
                JsonFields.count(usage, "prompt_tokens"),
                JsonFields.count(
                        JsonFields.object(usage, "prompt_tokens_details"), "cached_tokens"),
                0,
                JsonFields.count(usage, "completion_tokens"),
                JsonFields.count(
                        JsonFields.object(usage, "completion_tokens_details"), "reasoning_tokens"));
    }

    private static StopReason reason(String finishReason) {
        return switch (finishReason) {
            case "length" -> StopReason.LENGTH;
            case "tool_calls", "function_call" -> StopReason.TOOL_USE;
            case "content_filter" -> StopReason.FILTER;
            default -> StopReason.END;
        };
    }
}

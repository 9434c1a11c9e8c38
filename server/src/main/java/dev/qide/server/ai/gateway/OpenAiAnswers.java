package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers of `POST /v1/chat/completions`: `chat.completion` and `chat.completion.chunk`.
public final class OpenAiAnswers extends OpenAiFormat {
    private static final String CHUNK = "chat.completion.chunk";

    private boolean isBegun;

    /// @param id of the answer, without its prefix
    /// @param created in seconds since 1970
    public OpenAiAnswers(String id, String model, long created, boolean includesUsage) {
        super("chatcmpl-" + id, model, created, includesUsage);
    }

    @Override
    String content(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Started _ -> begin();
            case ModelEvent.Text(var text) -> delta(JsonFields.of("content", text));
            // Other servers of this API use this name.
            case ModelEvent.Thinking(var text) -> delta(JsonFields.of("reasoning_content", text));
            case ModelEvent.ToolCall(int index, var callId, var name) -> {
                var call = toolCall(index, JsonFields.of("name", name, "arguments", ""));
                call.addProperty("id", callId);
                call.addProperty("type", "function");
                yield calls(call);
            }
            case ModelEvent.ToolArguments(int index, var json) ->
                    calls(toolCall(index, JsonFields.of("arguments", json)));
            case ModelEvent.Signature _,
                    ModelEvent.RedactedThinking _,
                    ModelEvent.Image _,
                    ModelEvent.Used _,
                    ModelEvent.Finished _ ->
                    "";
        };
    }

    private String begin() {
        if (isBegun) {
            return "";
        }
        isBegun = true;
        return chunk(JsonFields.of("role", "assistant", "content", ""), null);
    }

    private String delta(JsonObject delta) {
        return begin() + chunk(delta, null);
    }

    private String calls(JsonObject call) {
        var delta = new JsonObject();
        delta.add("tool_calls", JsonFields.array(List.of(call)));
        return delta(delta);
    }

    private static JsonObject toolCall(int index, JsonObject function) {
        var call = new JsonObject();
        call.addProperty("index", index);
        call.add("function", function);
        return call;
    }

    @Override
    String lastFrame(String finishReason) {
        return begin() + chunk(new JsonObject(), finishReason);
    }

    @Override
    String streamObject() {
        return CHUNK;
    }

    @Override
    public JsonObject whole(CollectedAnswer answer) {
        var message = JsonFields.of("role", "assistant");
        var text = answer.allText();
        var calls = answer.toolCalls();
        if (text.isEmpty() && !calls.isEmpty()) {
            message.add("content", JsonNull.INSTANCE);
        } else {
            message.addProperty("content", text);
        }
        message.add("refusal", JsonNull.INSTANCE);
        if (!answer.allThinking().isEmpty()) {
            message.addProperty("reasoning_content", answer.allThinking());
        }
        if (!calls.isEmpty()) {
            var list = new JsonArray();
            for (var call : calls) {
                var entry = JsonFields.of("id", call.id(), "type", "function");
                entry.add(
                        "function",
                        JsonFields.of(
                                "name", call.name(), "arguments", call.arguments().toString()));
                list.add(entry);
            }
            message.add("tool_calls", list);
        }
        var choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("message", message);
        choice.add("logprobs", JsonNull.INSTANCE);
        choice.addProperty("finish_reason", finishReason(answer.finished().reason()));
        var whole = head("chat.completion");
        whole.add("choices", JsonFields.array(List.of(choice)));
        whole.add("usage", usage(answer.usage()));
        return whole;
    }

    private String chunk(JsonObject delta, @Nullable String finishReason) {
        var choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("delta", delta);
        choice.add("logprobs", JsonNull.INSTANCE);
        choice.addProperty("finish_reason", finishReason);
        var chunk = head(CHUNK);
        chunk.add("choices", JsonFields.array(List.of(choice)));
        if (includesUsage()) {
            chunk.add("usage", JsonNull.INSTANCE);
        }
        return AnswerFormat.data(chunk);
    }
}

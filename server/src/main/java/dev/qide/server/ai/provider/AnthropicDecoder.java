package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decodes the events of Anthropic Messages by their `type`. Skips unknown events, as the API
/// requires of clients.
final class AnthropicDecoder implements Dialect.Decoder {
    /// The index of each tool call by the index of its content block.
    private final Map<Long, Integer> toolCalls = new HashMap<>();

    private Usage usage = Usage.NONE;
    private @Nullable ModelEvent finish;

    @Override
    public void decode(JsonObject frame, Consumer<ModelEvent> sink) {
        switch (JsonFields.text(frame, "type")) {
            case "message_start" -> {
                var message = JsonFields.object(frame, "message");
                sink.accept(new ModelEvent.Started(JsonFields.text(message, "id")));
                used(JsonFields.object(message, "usage"), sink);
            }
            case "content_block_start" -> start(frame, sink);
            case "content_block_delta" -> delta(frame, sink);
            case "message_delta" -> {
                var delta = JsonFields.object(frame, "delta");
                used(JsonFields.object(frame, "usage"), sink);
                finish =
                        new ModelEvent.Finished(
                                reason(JsonFields.text(delta, "stop_reason")),
                                JsonFields.text(delta, "stop_sequence"));
            }
            case "message_stop" -> {
                if (finish != null) {
                    sink.accept(finish);
                }
            }
            default -> {}
        }
    }

    private void start(JsonObject frame, Consumer<ModelEvent> sink) {
        var block = JsonFields.object(frame, "content_block");
        switch (JsonFields.text(block, "type")) {
            case "tool_use" -> {
                int index = toolCalls.size();
                toolCalls.put(JsonFields.count(frame, "index"), index);
                sink.accept(
                        new ModelEvent.ToolCall(
                                index,
                                JsonFields.text(block, "id"),
                                JsonFields.text(block, "name")));
            }
            case "redacted_thinking" ->
                    sink.accept(new ModelEvent.RedactedThinking(JsonFields.text(block, "data")));
            case "text" -> text(JsonFields.text(block, "text"), sink);
            default -> {}
        }
    }

    private void delta(JsonObject frame, Consumer<ModelEvent> sink) {
        var delta = JsonFields.object(frame, "delta");
        switch (JsonFields.text(delta, "type")) {
            case "text_delta" -> text(JsonFields.text(delta, "text"), sink);
            case "thinking_delta" ->
                    sink.accept(new ModelEvent.Thinking(JsonFields.text(delta, "thinking")));
            case "signature_delta" ->
                    sink.accept(new ModelEvent.Signature(JsonFields.text(delta, "signature")));
            case "input_json_delta" -> {
                var index = toolCalls.get(JsonFields.count(frame, "index"));
                var json = JsonFields.text(delta, "partial_json");
                if (index != null && !json.isEmpty()) {
                    sink.accept(new ModelEvent.ToolArguments(index, json));
                }
            }
            default -> {}
        }
    }

    private static void text(String text, Consumer<ModelEvent> sink) {
        if (!text.isEmpty()) {
            sink.accept(new ModelEvent.Text(text));
        }
    }

    /// The counts are cumulative, and `input_tokens` excludes cached tokens.
    private void used(@Nullable JsonObject counts, Consumer<ModelEvent> sink) {
        if (counts == null) {
            return;
        }
        long read = latest(counts, "cache_read_input_tokens", usage.cacheRead());
        long write = latest(counts, "cache_creation_input_tokens", usage.cacheWrite());
        long fresh =
                latest(
                        counts,
                        "input_tokens",
                        usage.input() - usage.cacheRead() - usage.cacheWrite());
        usage =
                new Usage(
                        fresh + read + write,
                        read,
                        write,
                        latest(counts, "output_tokens", usage.output()),
                        0);
        sink.accept(new ModelEvent.Used(usage));
    }

    private static long latest(JsonObject counts, String name, long before) {
        return JsonFields.number(counts, name) == null ? before : JsonFields.count(counts, name);
    }

    private static StopReason reason(String stopReason) {
        return switch (stopReason) {
            case "max_tokens", "model_context_window_exceeded" -> StopReason.LENGTH;
            case "stop_sequence" -> StopReason.STOP_SEQUENCE;
            case "tool_use" -> StopReason.TOOL_USE;
            case "refusal" -> StopReason.REFUSAL;
            case "pause_turn" -> StopReason.PAUSE;
            default -> StopReason.END;
        };
    }
}

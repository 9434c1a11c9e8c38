package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import java.util.function.Consumer;

/// Decodes the lines of `/api/chat` and `/api/generate`; the last one has `"done": true`.
final class OllamaDecoder implements Dialect.Decoder {
    private boolean isStarted;
    private int toolCalls;

    @Override
    public void decode(JsonObject frame, Consumer<ModelEvent> sink) {
        if (!isStarted) {
            isStarted = true;
            sink.accept(new ModelEvent.Started(""));
        }
        var message = JsonFields.object(frame, "message");
        var thinking = JsonFields.text(message, "thinking") + JsonFields.text(frame, "thinking");
        if (!thinking.isEmpty()) {
            sink.accept(new ModelEvent.Thinking(thinking));
        }
        var text = JsonFields.text(message, "content") + JsonFields.text(frame, "response");
        if (!text.isEmpty()) {
            sink.accept(new ModelEvent.Text(text));
        }
        for (var call : JsonFields.objects(message, "tool_calls")) {
            var function = JsonFields.object(call, "function");
            var arguments = JsonFields.object(function, "arguments");
            var id = "call_" + Long.toHexString(System.nanoTime()) + "_" + toolCalls;
            sink.accept(new ModelEvent.ToolCall(toolCalls, id, JsonFields.text(function, "name")));
            sink.accept(
                    new ModelEvent.ToolArguments(
                            toolCalls, arguments == null ? "{}" : arguments.toString()));
            toolCalls++;
        }
        if (JsonFields.isTrue(frame, "done")) {
            sink.accept(
                    new ModelEvent.Used(
                            new Usage(
                                    JsonFields.count(frame, "prompt_eval_count"),
                                    0,
                                    0,
                                    JsonFields.count(frame, "eval_count"),
                                    0)));
            sink.accept(new ModelEvent.Finished(reason(frame), ""));
        }
    }

    private StopReason reason(JsonObject frame) {
        if (JsonFields.text(frame, "done_reason").equals("length")) {
            return StopReason.LENGTH;
        }
        return toolCalls > 0 ? StopReason.TOOL_USE : StopReason.END;
    }
}

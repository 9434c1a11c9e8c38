package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decodes `GenerateContentResponse` frames; function calls arrive complete and without ids.
final class GeminiDecoder implements Dialect.Decoder {
    /// Separates a generated call id from the thinking signature that precedes the call.
    static final String SIGNATURE = "/thought/";

    private boolean isStarted;
    private int toolCalls;

    /// The id of a call as other providers accept it.
    static String withoutSignature(String id) {
        int signature = id.indexOf(SIGNATURE);
        return signature < 0 ? id : id.substring(0, signature);
    }

    private @Nullable StopReason reason;

    @Override
    public void decode(JsonObject frame, Consumer<ModelEvent> sink) {
        if (!isStarted) {
            isStarted = true;
            sink.accept(new ModelEvent.Started(JsonFields.text(frame, "responseId")));
        }
        if (JsonFields.string(JsonFields.object(frame, "promptFeedback"), "blockReason") != null) {
            reason = StopReason.FILTER;
        }
        for (var candidate : JsonFields.objects(frame, "candidates")) {
            if (JsonFields.count(candidate, "index") != 0) {
                continue;
            }
            for (var part : JsonFields.objects(JsonFields.object(candidate, "content"), "parts")) {
                part(part, sink);
            }
            var finishReason = JsonFields.string(candidate, "finishReason");
            if (finishReason != null) {
                reason = reason(finishReason);
            }
        }
        var usage = JsonFields.object(frame, "usageMetadata");
        if (usage != null) {
            sink.accept(new ModelEvent.Used(usage(usage)));
        }
    }

    private void part(JsonObject part, Consumer<ModelEvent> sink) {
        var text = JsonFields.text(part, "text");
        if (!text.isEmpty()) {
            sink.accept(
                    JsonFields.isTrue(part, "thought")
                            ? new ModelEvent.Thinking(text)
                            : new ModelEvent.Text(text));
        }
        var image = JsonFields.object(part, "inlineData");
        if (image != null) {
            sink.accept(
                    new ModelEvent.Image(
                            JsonFields.text(image, "mimeType"), JsonFields.text(image, "data")));
        }
        var call = JsonFields.object(part, "functionCall");
        if (call != null) {
            var signature = JsonFields.string(part, "thoughtSignature");
            var id =
                    "call_"
                            + Long.toHexString(System.nanoTime())
                            + "_"
                            + toolCalls
                            + (signature == null ? "" : SIGNATURE + signature);
            sink.accept(new ModelEvent.ToolCall(toolCalls, id, JsonFields.text(call, "name")));
            var arguments = JsonFields.object(call, "args");
            sink.accept(
                    new ModelEvent.ToolArguments(
                            toolCalls, arguments == null ? "{}" : arguments.toString()));
            toolCalls++;
        }
    }

    @Override
    public void end(Consumer<ModelEvent> sink) {
        if (reason != null) {
            var finishReason =
                    reason == StopReason.END && toolCalls > 0 ? StopReason.TOOL_USE : reason;
            sink.accept(new ModelEvent.Finished(finishReason, ""));
        }
    }

    private static Usage usage(JsonObject usage) {
        long thoughts = JsonFields.count(usage, "thoughtsTokenCount");
        return new Usage(
                JsonFields.count(usage, "promptTokenCount"),
                JsonFields.count(usage, "cachedContentTokenCount"),
                0,
                JsonFields.count(usage, "candidatesTokenCount") + thoughts,
                thoughts);
    }

    private static StopReason reason(String finishReason) {
        return switch (finishReason) {
            case "STOP" -> StopReason.END;
            case "MAX_TOKENS" -> StopReason.LENGTH;
            case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER" -> StopReason.END;
            default -> StopReason.FILTER;
        };
    }
}

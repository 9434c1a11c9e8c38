package dev.qide.server.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// Ollama, `POST /api/chat` and `POST /api/generate`: lines of JSON, streamed unless the request
/// says `"stream": false`.
final class OllamaFrames extends Frames {
    private final boolean isChat;

    OllamaFrames(ProviderCall call) {
        super(call);
        isChat = call.path().startsWith("/api/chat");
    }

    @Override
    String mediaType() {
        return "application/x-ndjson";
    }

    @Override
    boolean isStreamed() {
        return !call.body().has("stream") || call.body().get("stream").getAsBoolean();
    }

    @Override
    String begin() {
        return "";
    }

    @Override
    String piece(Piece piece) {
        return line(List.of(piece)) + "\n";
    }

    @Override
    String end() {
        return last(List.of()) + "\n";
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        return last(pieces);
    }

    @Override
    JsonObject error(int status) {
        return json("{\"error\":%s}", "status " + status + " as scripted");
    }

    @Override
    String errorFrame() {
        return json("{\"error\":\"an error was encountered while running the model\"}") + "\n";
    }

    private JsonObject line(List<Piece> pieces) {
        var line = json("{\"model\":%s,\"created_at\":\"2026-11-28T10:00:00.000000Z\"}", model);
        if (isChat) {
            line.add("message", message(pieces));
        } else {
            line.addProperty("response", textOf(pieces));
        }
        line.addProperty("done", false);
        return line;
    }

    private static JsonObject message(List<Piece> pieces) {
        var message = json("{\"role\":\"assistant\",\"content\":%s}", textOf(pieces));
        if (!thinkingOf(pieces).isEmpty()) {
            message.addProperty("thinking", thinkingOf(pieces));
        }
        var calls = new JsonArray();
        toolCallsOf(pieces)
                .forEach(toolCall -> {
                    var function = json("{\"name\":%s}", toolCall.name());
                    function.add("arguments", JsonParser.parseString(toolCall.arguments()));
                    var entry = new JsonObject();
                    entry.add("function", function);
                    calls.add(entry);
                });
        if (!calls.isEmpty()) {
            message.add("tool_calls", calls);
        }
        return message;
    }

    private JsonObject last(List<Piece> pieces) {
        var last = line(pieces);
        last.addProperty("done", true);
        last.addProperty("done_reason", "stop");
        last.addProperty("total_duration", 4_883_583_458L);
        last.addProperty("load_duration", 1_334_875L);
        last.addProperty("prompt_eval_count", call.inputTokens());
        last.addProperty("prompt_eval_duration", 342_546_000L);
        last.addProperty("eval_count", call.made());
        last.addProperty("eval_duration", 4_535_599_000L);
        return last;
    }
}

package dev.qide.server.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// Gemini, `POST /v1beta/models/{model}:streamGenerateContent?alt=sse` and `:generateContent`.
final class GeminiFrames extends Frames {
    GeminiFrames(ProviderCall call) {
        super(call);
    }

    @Override
    boolean isStreamed() {
        return call.path().contains(":streamGenerateContent");
    }

    @Override
    String begin() {
        return "";
    }

    @Override
    String piece(Piece piece) {
        var parts = new JsonArray();
        parts.add(part(piece));
        return frame(parts, null);
    }

    @Override
    String end() {
        var parts = new JsonArray();
        parts.add(json("{\"text\":\"\"}"));
        return frame(parts, "STOP");
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        var parts = new JsonArray();
        pieces.forEach(piece -> parts.add(part(piece)));
        return response(parts, "STOP");
    }

    @Override
    JsonObject error(int status) {
        var name =
                switch (status) {
                    case 400 -> "INVALID_ARGUMENT";
                    case 401 -> "UNAUTHENTICATED";
                    case 403 -> "PERMISSION_DENIED";
                    case 404 -> "NOT_FOUND";
                    case 429 -> "RESOURCE_EXHAUSTED";
                    case 503 -> "UNAVAILABLE";
                    default -> "INTERNAL";
                };
        return json(
                "{\"error\":{\"code\":%s,\"message\":\"as scripted\",\"status\":%s}}",
                status, name);
    }

    @Override
    String errorFrame() {
        return data(error(503));
    }

    private static JsonObject part(Piece piece) {
        return switch (piece) {
            case Piece.Text(var text) -> json("{\"text\":%s}", text);
            case Piece.Thinking(var text) -> json("{\"text\":%s,\"thought\":true}", text);
            case Piece.ToolCall(_, var name, var arguments) -> {
                var functionCall = json("{\"name\":%s}", name);
                functionCall.add("args", JsonParser.parseString(arguments));
                var part = new JsonObject();
                part.add("functionCall", functionCall);
                yield part;
            }
        };
    }

    private String frame(JsonArray parts, @org.jspecify.annotations.Nullable String finishReason) {
        // Gemini ends lines with CRLF.
        return "data: " + response(parts, finishReason) + "\r\n\r\n";
    }

    private JsonObject response(
            JsonArray parts, @org.jspecify.annotations.Nullable String finishReason) {
        var content = json("{\"role\":\"model\"}");
        content.add("parts", parts);
        var candidate = json("{\"index\":0}");
        candidate.add("content", content);
        if (finishReason != null) {
            candidate.addProperty("finishReason", finishReason);
        }
        var response =
                json(
                        "{\"usageMetadata\":{\"promptTokenCount\":%s,\"candidatesTokenCount\":%s,"
                                + "\"totalTokenCount\":%s},\"modelVersion\":%s,\"responseId\":\"double\"}",
                        call.inputTokens(), call.made(), call.inputTokens() + call.made(), model);
        response.add("candidates", OpenAiFrames.arrayOf(candidate));
        return response;
    }
}

package dev.qide.server.provider;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// The responses of one dialect, byte for byte. Owned by one call.
abstract class Frames {
    final ProviderCall call;
    final String model;

    Frames(ProviderCall call) {
        this.call = call;
        this.model =
                call.body().has("model")
                        ? call.body().get("model").getAsString()
                        : call.path().replaceFirst(".*/models/([^:]+):.*", "$1");
    }

    String mediaType() {
        return "text/event-stream; charset=utf-8";
    }

    /// Whether the request asks for a stream.
    boolean isStreamed() {
        return call.body().has("stream") && call.body().get("stream").getAsBoolean();
    }

    /// The frames before the first piece.
    abstract String begin();

    abstract String piece(Piece piece);

    /// The frames after the last piece.
    abstract String end();

    /// The response without streaming.
    abstract JsonObject whole(List<Piece> pieces);

    /// The body of an error response.
    abstract JsonObject error(int status);

    /// An error inside a stream.
    abstract String errorFrame();

    static JsonObject json(String text, Object... values) {
        var quoted = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            quoted[i] =
                    values[i] instanceof String string
                            ? new com.google.gson.JsonPrimitive(string)
                            : values[i];
        }
        return JsonParser.parseString(text.formatted(quoted)).getAsJsonObject();
    }

    static String data(JsonObject frame) {
        return "data: " + frame + "\n\n";
    }

    static String event(String name, JsonObject frame) {
        return "event: " + name + "\ndata: " + frame + "\n\n";
    }

    static String textOf(List<Piece> pieces) {
        var text = new StringBuilder();
        pieces.forEach(piece -> {
            if (piece instanceof Piece.Text(var part)) {
                text.append(part);
            }
        });
        return text.toString();
    }

    static String thinkingOf(List<Piece> pieces) {
        var text = new StringBuilder();
        pieces.forEach(piece -> {
            if (piece instanceof Piece.Thinking(var part)) {
                text.append(part);
            }
        });
        return text.toString();
    }

    static List<Piece.ToolCall> toolCallsOf(List<Piece> pieces) {
        return pieces.stream()
                .filter(Piece.ToolCall.class::isInstance)
                .map(Piece.ToolCall.class::cast)
                .toList();
    }
}

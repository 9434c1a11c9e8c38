package dev.qide.server.provider;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// OpenAI's legacy completions, `POST /v1/completions`.
final class FillInFrames extends Frames {
    private static final String HEAD =
            "{\"id\":\"cmpl-double\",\"object\":\"text_completion\",\"created\":1764300000,\"model\":%s}";

    FillInFrames(ProviderCall call) {
        super(call);
    }

    @Override
    String begin() {
        return "";
    }

    @Override
    String piece(Piece piece) {
        return piece instanceof Piece.Text(var text) ? chunk(text, null) : "";
    }

    @Override
    String end() {
        var end = chunk("", "stop");
        if (call.body().has("stream_options")) {
            var last = json(HEAD, model);
            last.add("choices", new com.google.gson.JsonArray());
            last.add("usage", OpenAiFrames.usage(call));
            end += data(last);
        }
        return end + "data: [DONE]\n\n";
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        var whole = body(textOf(pieces), "stop");
        whole.add("usage", OpenAiFrames.usage(call));
        return whole;
    }

    @Override
    JsonObject error(int status) {
        return OpenAiFrames.openAiError(status);
    }

    @Override
    String errorFrame() {
        return data(error(500));
    }

    private String chunk(String text, @org.jspecify.annotations.Nullable String finishReason) {
        return data(body(text, finishReason));
    }

    private JsonObject body(String text, @org.jspecify.annotations.Nullable String finishReason) {
        var body = json(HEAD, model);
        var choice = json("{\"text\":%s,\"index\":0,\"logprobs\":null}", text);
        if (finishReason == null) {
            choice.add("finish_reason", JsonNull.INSTANCE);
        } else {
            choice.addProperty("finish_reason", finishReason);
        }
        body.add("choices", OpenAiFrames.arrayOf(choice));
        return body;
    }
}

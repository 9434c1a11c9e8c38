package dev.qide.server.provider;

import com.google.gson.JsonObject;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// The native completion of llama.cpp's server, `POST /infill`.
final class InfillFrames extends Frames {
    InfillFrames(ProviderCall call) {
        super(call);
    }

    @Override
    String begin() {
        return "";
    }

    @Override
    String piece(Piece piece) {
        return piece instanceof Piece.Text(var text)
                ? data(json("{\"index\":0,\"content\":%s,\"stop\":false}", text))
                : "";
    }

    @Override
    String end() {
        return data(last(""));
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        return last(textOf(pieces));
    }

    @Override
    JsonObject error(int status) {
        return json(
                "{\"error\":{\"code\":%s,\"message\":\"as scripted\",\"type\":\"server_error\"}}",
                status);
    }

    @Override
    String errorFrame() {
        return data(error(500));
    }

    private JsonObject last(String text) {
        return json(
                "{\"index\":0,\"content\":%s,\"stop\":true,\"stop_type\":\"eos\",\"tokens_predicted\":%s,"
                        + "\"tokens_evaluated\":%s}",
                text, call.made(), call.inputTokens());
    }
}

package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import java.util.function.Consumer;

/// Decodes the frames of llama.cpp's `/infill`; the last one has `"stop": true`.
final class InfillDecoder implements Dialect.Decoder {
    @Override
    public void decode(JsonObject frame, Consumer<ModelEvent> sink) {
        var text = JsonFields.text(frame, "content");
        if (!text.isEmpty()) {
            sink.accept(new ModelEvent.Text(text));
        }
        if (!JsonFields.isTrue(frame, "stop")) {
            return;
        }
        sink.accept(
                new ModelEvent.Used(
                        new Usage(
                                JsonFields.count(frame, "tokens_evaluated"),
                                0,
                                0,
                                JsonFields.count(frame, "tokens_predicted"),
                                0)));
        boolean isCut = JsonFields.text(frame, "stop_type").equals("limit");
        sink.accept(new ModelEvent.Finished(isCut ? StopReason.LENGTH : StopReason.END, ""));
    }
}

package dev.qide.server.ai.gateway;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers of `POST /v1/completions`: `text_completion`.
public final class OpenAiCompletionAnswers extends OpenAiFormat {
    private static final String OBJECT = "text_completion";

    /// @param id of the answer, without its prefix
    /// @param created in seconds since 1970
    public OpenAiCompletionAnswers(String id, String model, long created, boolean includesUsage) {
        super("cmpl-" + id, model, created, includesUsage);
    }

    @Override
    String content(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Text(var text) -> AnswerFormat.data(body(text, null));
            case ModelEvent.Started _,
                    ModelEvent.Thinking _,
                    ModelEvent.Signature _,
                    ModelEvent.RedactedThinking _,
                    ModelEvent.Image _,
                    ModelEvent.ToolCall _,
                    ModelEvent.ToolArguments _,
                    ModelEvent.Used _,
                    ModelEvent.Finished _ ->
                    "";
        };
    }

    @Override
    String lastFrame(String finishReason) {
        return AnswerFormat.data(body("", finishReason));
    }

    @Override
    String streamObject() {
        return OBJECT;
    }

    @Override
    public JsonObject whole(CollectedAnswer answer) {
        var whole = body(answer.allText(), finishReason(answer.finished().reason()));
        whole.add("usage", usage(answer.usage()));
        return whole;
    }

    private JsonObject body(String text, @Nullable String finishReason) {
        var choice = JsonFields.of("text", text);
        choice.addProperty("index", 0);
        choice.add("logprobs", JsonNull.INSTANCE);
        choice.addProperty("finish_reason", finishReason);
        var body = head(OBJECT);
        body.add("choices", JsonFields.array(List.of(choice)));
        return body;
    }
}

package dev.qide.server.ai.facade;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.wire.FailureException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers of `POST /v1/completions`: `text_completion`.
public final class LegacyAnswers implements AnswerFormat {
    private final String id;
    private final String model;
    private final long created;
    private final boolean includesUsage;
    private Usage usage = Usage.NONE;
    private StopReason reason = StopReason.END;

    /// @param id of the answer, without its prefix
    /// @param created in seconds since 1970
    public LegacyAnswers(String id, String model, long created, boolean includesUsage) {
        this.id = "cmpl-" + id;
        this.model = model;
        this.created = created;
        this.includesUsage = includesUsage;
    }

    @Override
    public String frames(ModelEvent event) {
        switch (event) {
            case ModelEvent.Text(var text) -> {
                return AnswerFormat.data(body(text, null));
            }
            case ModelEvent.Used(var now) -> usage = now;
            case ModelEvent.Finished(var why, _) -> reason = why;
            case ModelEvent.Started _,
                    ModelEvent.Thinking _,
                    ModelEvent.Signature _,
                    ModelEvent.RedactedThinking _,
                    ModelEvent.Image _,
                    ModelEvent.ToolCall _,
                    ModelEvent.ToolArguments _ -> {}
        }
        return "";
    }

    @Override
    public String end() {
        var end = AnswerFormat.data(body("", OpenAiAnswers.finishReason(reason)));
        if (includesUsage) {
            var last = body("", null);
            last.add("choices", new JsonArray());
            last.add("usage", OpenAiAnswers.usage(usage));
            end += AnswerFormat.data(last);
        }
        return end + "data: [DONE]\n\n";
    }

    @Override
    public String failure(FailureException failure) {
        return AnswerFormat.data(ApiError.of(failure).openAi());
    }

    @Override
    public JsonObject whole(CollectedAnswer answer) {
        var whole = body(answer.allText(), OpenAiAnswers.finishReason(answer.finished().reason()));
        whole.add("usage", OpenAiAnswers.usage(answer.usage()));
        return whole;
    }

    private JsonObject body(String text, @Nullable String finishReason) {
        var choice = JsonFields.of("text", text);
        choice.addProperty("index", 0);
        choice.add("logprobs", JsonNull.INSTANCE);
        choice.addProperty("finish_reason", finishReason);
        var body = JsonFields.of("id", id, "object", "text_completion");
        body.addProperty("created", created);
        body.addProperty("model", model);
        body.add("choices", JsonFields.array(List.of(choice)));
        return body;
    }
}

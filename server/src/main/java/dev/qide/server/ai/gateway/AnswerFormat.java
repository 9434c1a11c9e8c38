package dev.qide.server.ai.gateway;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.wire.FailureException;

/// The format of one API's answers. Owned by one thread.
public sealed interface AnswerFormat permits OpenAiFormat, ResponsesAnswers, AnthropicAnswers {
    /// The frames of an event; empty for none.
    String frames(ModelEvent event);

    /// The frames at the end of a complete stream.
    String end();

    /// The frames that report a failure inside a stream.
    String failure(FailureException failure);

    /// An answer without streaming.
    JsonObject whole(CollectedAnswer answer);

    /// One server-sent event without a name.
    static String data(JsonObject frame) {
        return "data: " + frame + "\n\n";
    }
}

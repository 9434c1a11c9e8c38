package dev.qide.server.ai.facade;

import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.wire.FailureException;

/// Writes one answer in the form of one API. Owned by one thread.
public sealed interface AnswerFormat permits OpenAiAnswers, LegacyAnswers, AnthropicAnswers {
    /// The frames of an event; empty for none.
    String frames(ModelEvent event);

    /// The frames that end a whole stream.
    String end();

    /// The frames that report a failure inside a stream.
    String failure(FailureException failure);

    /// An answer without streaming.
    JsonObject whole(CollectedAnswer answer);

    /// One frame of server-sent events without a name.
    static String data(JsonObject frame) {
        return "data: " + frame + "\n\n";
    }
}

package dev.qide.wire;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/// A failure as the entity of an HTTP answer: `{"error":{"code":1000,"name":"unauthenticated",
/// "message":"…","tags":{}}}`, the only shape in which HTTP doors fail.
///
/// @param tags closed-set or bounded facts; sorted by name on the wire
public record FailureBody(Failure failure, Map<String, String> tags) {
    /// The tag under which the log has the story of an [Failure#INTERNAL].
    public static final String ERROR_ID_TAG = "errorId";

    /// The entity's media type.
    public static final String MEDIA_TYPE = "application/json";

    public FailureBody {
        tags = Map.copyOf(tags);
    }

    public static FailureBody of(FailureException failed) {
        return new FailureBody(failed.failure(), failed.tags());
    }

    /// Of something unforeseen: the person gets an id, the log has the rest.
    public static FailureBody internal(String errorId) {
        return new FailureBody(Failure.INTERNAL, Map.of(ERROR_ID_TAG, errorId));
    }

    /// The JSON text, in one line.
    public String toJson() {
        var tagsJson = new JsonObject();
        new TreeMap<>(tags).forEach(tagsJson::addProperty);
        var error = new JsonObject();
        error.addProperty("code", failure.code());
        error.addProperty("name", failure.wireName());
        error.addProperty("message", failure.sentence());
        error.add("tags", tagsJson);
        var body = new JsonObject();
        body.add("error", error);
        return body.toString();
    }
}

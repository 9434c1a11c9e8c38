package dev.qide.wire;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/// The body of every failed HTTP answer: `{"error":{"code":1000,"name":"unauthenticated",
/// "message":"…","tags":{}}}`.
///
/// @param tags facts from closed sets or of bounded length; sorted by name in JSON
public record FailureBody(Failure failure, Map<String, String> tags) {
    /// The tag with the error id of an [Failure#INTERNAL], under which the log has the cause.
    public static final String ERROR_ID_TAG = "errorId";

    /// The tag with the wait in milliseconds, of failures that end by themselves.
    public static final String RETRY_AFTER_TAG = "retryAfterMs";

    /// The body's media type.
    public static final String MEDIA_TYPE = "application/json";

    public FailureBody {
        tags = Map.copyOf(tags);
    }

    /// The body for a failed request.
    public static FailureBody of(FailureException failed) {
        return new FailureBody(failed.failure(), failed.tags());
    }

    /// The body for an unexpected error: the client receives the id, the log has the cause.
    public static FailureBody internal(String errorId) {
        return new FailureBody(Failure.INTERNAL, Map.of(ERROR_ID_TAG, errorId));
    }

    /// The JSON text, on one line.
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

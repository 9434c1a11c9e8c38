package dev.qide.wire;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes JSON-RPC 2.0 messages as JSON text. Pure functions.
///
/// An `id` is a JSON literal (`7`, `"a"`), as it was in the request; parameters and results are
/// records, JSON trees, or JSON text that is copied unchanged.
public final class JsonRpcWriter {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    private static final String START = "{\"jsonrpc\":\"2.0\",";

    private JsonRpcWriter() {}

    /// A notification with a record as parameters.
    public static String notification(String method, Record params) {
        return notification(method, WireJson.write(params));
    }

    /// A notification with a JSON tree as parameters.
    public static String notification(String method, JsonElement params) {
        return notification(method, GSON.toJson(params));
    }

    /// @param params as JSON text
    public static String notification(String method, String params) {
        return START + "\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    /// A request with a number as id.
    public static String request(long id, String method, JsonElement params) {
        return request(Long.toString(id), method, params);
    }

    /// A request.
    ///
    /// @param id a JSON literal
    public static String request(String id, String method, JsonElement params) {
        return START
                + "\"id\":"
                + id
                + ",\"method\":\""
                + method
                + "\",\"params\":"
                + GSON.toJson(params)
                + "}";
    }

    /// The successful response to a request.
    public static String result(String id, JsonElement result) {
        return result(id, GSON.toJson(result));
    }

    /// @param result as JSON text
    public static String result(String id, String result) {
        return START + "\"id\":" + id + ",\"result\":" + result + "}";
    }

    /// @param id null when the request's id could not be read
    public static String error(@Nullable String id, FailureException failure) {
        return error(id, failure.failure(), failure.tags());
    }

    /// The code and sentence of a failure, and its name and tags as `data`.
    ///
    /// @param id null when the request's id could not be read
    public static String error(@Nullable String id, Failure failure, Map<String, String> tags) {
        var tagTree = new JsonObject();
        tags.forEach(tagTree::addProperty);
        var data = new JsonObject();
        data.addProperty("name", failure.wireName());
        data.add("tags", tagTree);
        var error = new JsonObject();
        error.addProperty("code", failure.code());
        error.addProperty("message", failure.sentence());
        error.add("data", data);
        return START + "\"id\":" + id + ",\"error\":" + GSON.toJson(error) + "}";
    }

    /// `$/cancelRequest` for the request with this id.
    public static String cancel(String id) {
        return notification("$/cancelRequest", "{\"id\":" + id + "}");
    }
}

package dev.qide.server.language.lsp;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.wire.Failure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the JSON-RPC messages that this room makes itself.
public final class MessageWriter {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private MessageWriter() {}

    static String notification(String method, JsonElement params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\""
                + method
                + "\",\"params\":"
                + GSON.toJson(params)
                + "}";
    }

    static String request(long id, String method, JsonElement params) {
        return request(Long.toString(id), method, params);
    }

    /// @param id as a JSON literal
    static String request(String id, String method, JsonElement params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":"
                + id
                + ",\"method\":\""
                + method
                + "\",\"params\":"
                + GSON.toJson(params)
                + "}";
    }

    public static String cancel(String id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":"
                + id
                + "}}";
    }

    /// @param id the request's id as a JSON literal
    static String result(String id, JsonElement result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + GSON.toJson(result) + "}";
    }

    /// @param id the request's id as a JSON literal
    /// @param json the result as JSON text
    static String result(String id, String json) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + json + "}";
    }

    /// @param id the request's id as a JSON literal, null when it could not be read
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
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":" + GSON.toJson(error) + "}";
    }
}

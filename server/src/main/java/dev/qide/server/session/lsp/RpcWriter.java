package dev.qide.server.session.lsp;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import org.jspecify.annotations.Nullable;

/// Writes the JSON-RPC messages that the server makes itself.
public final class RpcWriter {
    private static final Gson GSON = new Gson();

    private RpcWriter() {}

    /// @param id the request's id as a JSON literal
    /// @param json the result as JSON text
    public static String result(String id, String json) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + json + "}";
    }

    /// @param id the request's id as a JSON literal, null when it could not be read
    public static String error(@Nullable String id, FailureException failure) {
        var tags = new JsonObject();
        failure.tags().forEach(tags::addProperty);
        var data = new JsonObject();
        data.addProperty("name", failure.failure().wireName());
        data.add("tags", tags);
        var error = new JsonObject();
        error.addProperty("code", failure.failure().code());
        error.addProperty("message", failure.failure().sentence());
        error.add("data", data);
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":" + GSON.toJson(error) + "}";
    }

    /// @param id as a JSON literal
    /// @param params as JSON text
    public static String request(String id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":"
                + id
                + ",\"method\":\""
                + method
                + "\",\"params\":"
                + params
                + "}";
    }

    /// `window/logMessage`, which a stock client shows in its output.
    public static String logMessage(String sentence, boolean isProblem) {
        var params = new JsonObject();
        params.addProperty("type", isProblem ? 1 : 3);
        params.addProperty("message", sentence);
        return "{\"jsonrpc\":\"2.0\",\"method\":\"window/logMessage\",\"params\":"
                + GSON.toJson(params)
                + "}";
    }

    public static String notification(String method, Record params) {
        return notification(method, WireJson.write(params));
    }

    /// @param params as JSON text
    public static String notification(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }
}

package dev.qide.server.tools;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.WireJson;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages of the Model Context Protocol, revisions 2025-03-26, 2025-06-18 and 2025-11-25:
/// `initialize`, `ping`, `tools/list` and `tools/call`. Without sessions: every request stands for
/// itself. Thread-safe; calls block.
public final class McpServer {
    /// The revision that a client without the header `MCP-Protocol-Version` speaks.
    private static final String WITHOUT_HEADER = "2025-03-26";

    private static final List<String> REVISIONS =
            List.of("2025-11-25", "2025-06-18", WITHOUT_HEADER);

    /// The messages of one batch, which only revision 2025-03-26 has.
    private static final int BATCH = 32;

    private static final String INSTRUCTIONS =
            "Tools of a shared workspace: other people edit the same texts at the same time. Read a"
                    + " file again before you propose an edit.";

    private final ToolTable tools;
    private final String version;

    /// @param version of this server
    McpServer(ToolTable tools, String version) {
        this.tools = tools;
        this.version = version;
    }

    /// Whether a client may send this value of `MCP-Protocol-Version`.
    public static boolean isRevision(@Nullable String header) {
        return header == null || REVISIONS.contains(header);
    }

    /// Answers the body of a POST.
    ///
    /// @return the response, or null when the body has only notifications and responses
    public @Nullable String answer(ToolCaller caller, String body, @Nullable String revision)
            throws InterruptedException {
        JsonElement parsed;
        try {
            parsed = WireJson.tree(body);
        } catch (FailureException failure) {
            return JsonRpcWriter.error(null, failure);
        }
        if (!(parsed instanceof JsonArray batch)) {
            return one(caller, parsed);
        }
        boolean isBatching = revision == null || revision.equals(WITHOUT_HEADER);
        if (!isBatching || batch.isEmpty() || batch.size() > BATCH) {
            return JsonRpcWriter.error(null, new FailureException(Failure.INVALID_REQUEST));
        }
        var answers = new JsonArray();
        for (var message : batch) {
            var answer = one(caller, message);
            if (answer != null) {
                answers.add(JsonParser.parseString(answer));
            }
        }
        return answers.isEmpty() ? null : answers.toString();
    }

    private @Nullable String one(ToolCaller caller, JsonElement element)
            throws InterruptedException {
        if (!(element instanceof JsonObject message)
                || !(message.get("jsonrpc") instanceof JsonPrimitive jsonrpc)
                || !jsonrpc.getAsString().equals("2.0")) {
            return JsonRpcWriter.error(null, new FailureException(Failure.INVALID_REQUEST));
        }
        if (!(message.get("method") instanceof JsonPrimitive method) || !message.has("id")) {
            // A notification, or a response to a request that this server never sends.
            return null;
        }
        var id = message.get("id").toString();
        try {
            // The credential may have ended since an earlier message of the batch.
            if (!caller.rights().canRead()) {
                throw new FailureException(Failure.FORBIDDEN);
            }
            return JsonRpcWriter.result(
                    id, result(caller, method.getAsString(), params(message)).toString());
        } catch (FailureException failure) {
            return JsonRpcWriter.error(id, failure);
        }
    }

    private JsonObject result(ToolCaller caller, String method, JsonObject params)
            throws InterruptedException {
        return switch (method) {
            case "initialize" -> initialized(params);
            case "ping" -> new JsonObject();
            case "tools/list" -> list(caller, params);
            case "tools/call" -> call(caller, params);
            default -> throw new FailureException(Failure.METHOD_NOT_FOUND);
        };
    }

    private JsonObject initialized(JsonObject params) {
        var wanted =
                params.get("protocolVersion") instanceof JsonPrimitive text
                        ? text.getAsString()
                        : "";
        var info = new JsonObject();
        info.addProperty("name", "qide");
        info.addProperty("title", "Q-IDE");
        info.addProperty("version", version);
        var listing = new JsonObject();
        listing.addProperty("listChanged", false);
        var capabilities = new JsonObject();
        capabilities.add("tools", listing);
        var result = new JsonObject();
        result.addProperty(
                "protocolVersion", REVISIONS.contains(wanted) ? wanted : REVISIONS.getFirst());
        result.add("capabilities", capabilities);
        result.add("serverInfo", info);
        result.addProperty("instructions", INSTRUCTIONS);
        return result;
    }

    /// All tools fit on one page, so that every cursor is invalid.
    private JsonObject list(ToolCaller caller, JsonObject params) {
        if (params.has("cursor")) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("argument", "cursor"));
        }
        var listed = new JsonArray();
        for (var tool : tools.allowed(caller.rights())) {
            var annotations = new JsonObject();
            annotations.addProperty("title", tool.title());
            annotations.addProperty("readOnlyHint", tool.isReadOnly());
            annotations.addProperty("destructiveHint", false);
            annotations.addProperty("openWorldHint", false);
            var entry = new JsonObject();
            entry.addProperty("name", tool.name());
            entry.addProperty("title", tool.title());
            entry.addProperty("description", tool.description());
            entry.add("inputSchema", tool.schema());
            entry.add("annotations", annotations);
            listed.add(entry);
        }
        var result = new JsonObject();
        result.add("tools", listed);
        return result;
    }

    private JsonObject call(ToolCaller caller, JsonObject params) throws InterruptedException {
        var name = params.get("name") instanceof JsonPrimitive text ? text.getAsString() : "";
        if (tools.named(name) == null) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("argument", "name"));
        }
        var arguments = params.get("arguments");
        var outcome = tools.call(caller, name, arguments == null ? "{}" : arguments.toString());
        var content = new JsonObject();
        content.addProperty("type", "text");
        content.addProperty("text", outcome.text());
        var contents = new JsonArray();
        contents.add(content);
        var result = new JsonObject();
        result.add("content", contents);
        result.addProperty("isError", outcome.isError());
        return result;
    }

    private static JsonObject params(JsonObject message) {
        var params = message.get("params");
        if (params == null) {
            return new JsonObject();
        }
        if (params instanceof JsonObject object) {
            return object;
        }
        throw new FailureException(Failure.INVALID_PARAMS);
    }
}

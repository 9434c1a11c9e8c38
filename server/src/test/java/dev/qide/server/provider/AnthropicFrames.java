package dev.qide.server.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// Anthropic Messages, `POST /v1/messages`.
final class AnthropicFrames extends Frames {
    private int blocks;
    private String open = "";
    private boolean callsTools;

    AnthropicFrames(ProviderCall call) {
        super(call);
    }

    @Override
    String begin() {
        var message = message(new JsonArray());
        message.getAsJsonObject("usage").addProperty("output_tokens", 1);
        var start = json("{\"type\":\"message_start\"}");
        start.add("message", message);
        return event("message_start", start);
    }

    @Override
    String piece(Piece piece) {
        return switch (piece) {
            case Piece.Text(var text) ->
                    inBlock("text", "{\"type\":\"text\",\"text\":\"\"}")
                            + delta(json("{\"type\":\"text_delta\",\"text\":%s}", text));
            case Piece.Thinking(var text) ->
                    inBlock(
                                    "thinking",
                                    "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
                            + delta(json("{\"type\":\"thinking_delta\",\"thinking\":%s}", text));
            case Piece.ToolCall(var id, var name, var arguments) -> toolCall(id, name, arguments);
        };
    }

    private String toolCall(String id, String name, String arguments) {
        callsTools = true;
        int middle = arguments.length() / 2;
        var start =
                json("{\"type\":\"tool_use\",\"id\":%s,\"name\":%s,\"input\":{}}", id, name)
                        .toString();
        return inBlock("tool_use " + id, start)
                + delta(json("{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"))
                + fragment(arguments.substring(0, middle))
                + fragment(arguments.substring(middle));
    }

    private String fragment(String json) {
        return delta(json("{\"type\":\"input_json_delta\",\"partial_json\":%s}", json));
    }

    @Override
    String end() {
        var delta =
                json(
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":%s,\"stop_sequence\":null},"
                                + "\"usage\":{\"output_tokens\":%s}}",
                        callsTools ? "tool_use" : "end_turn", call.made());
        return closeBlock()
                + event("message_delta", delta)
                + event("message_stop", json("{\"type\":\"message_stop\"}"));
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        var content = new JsonArray();
        if (!thinkingOf(pieces).isEmpty()) {
            content.add(
                    json(
                            "{\"type\":\"thinking\",\"thinking\":%s,\"signature\":\"c2lnbmVk\"}",
                            thinkingOf(pieces)));
        }
        if (!textOf(pieces).isEmpty()) {
            content.add(json("{\"type\":\"text\",\"text\":%s}", textOf(pieces)));
        }
        var calls = toolCallsOf(pieces);
        calls.forEach(toolCall -> {
            var block =
                    json(
                            "{\"type\":\"tool_use\",\"id\":%s,\"name\":%s}",
                            toolCall.id(), toolCall.name());
            block.add("input", JsonParser.parseString(toolCall.arguments()));
            content.add(block);
        });
        var message = message(content);
        message.addProperty("stop_reason", calls.isEmpty() ? "end_turn" : "tool_use");
        message.getAsJsonObject("usage").addProperty("output_tokens", call.made());
        return message;
    }

    @Override
    JsonObject error(int status) {
        var type =
                switch (status) {
                    case 400 -> "invalid_request_error";
                    case 401 -> "authentication_error";
                    case 403 -> "permission_error";
                    case 404 -> "not_found_error";
                    case 413 -> "request_too_large";
                    case 429 -> "rate_limit_error";
                    case 529 -> "overloaded_error";
                    default -> "api_error";
                };
        return json(
                "{\"type\":\"error\",\"error\":{\"type\":%s,\"message\":%s},\"request_id\":\"req_double\"}",
                type, "Status " + status + " as scripted.");
    }

    @Override
    String errorFrame() {
        return event(
                "error",
                json(
                        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"));
    }

    private JsonObject message(JsonArray content) {
        var message =
                json(
                        "{\"id\":\"msg_double\",\"type\":\"message\",\"role\":\"assistant\",\"model\":%s,"
                                + "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":%s,"
                                + "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0}}",
                        model, call.inputTokens());
        message.add("content", content);
        return message;
    }

    /// Opens a block unless it is open; a ping follows the first.
    private String inBlock(String kind, String start) {
        if (kind.equals(open)) {
            return "";
        }
        var frames = closeBlock();
        open = kind;
        var frame = json("{\"type\":\"content_block_start\",\"index\":%s}", blocks);
        frame.add("content_block", JsonParser.parseString(start));
        frames += event("content_block_start", frame);
        return blocks == 0 ? frames + event("ping", json("{\"type\":\"ping\"}")) : frames;
    }

    private String closeBlock() {
        if (open.isEmpty()) {
            return "";
        }
        var signature =
                open.equals("thinking")
                        ? delta(json("{\"type\":\"signature_delta\",\"signature\":\"c2lnbmVk\"}"))
                        : "";
        open = "";
        return signature
                + event(
                        "content_block_stop",
                        json("{\"type\":\"content_block_stop\",\"index\":%s}", blocks++));
    }

    private String delta(JsonObject delta) {
        var frame = json("{\"type\":\"content_block_delta\",\"index\":%s}", blocks);
        frame.add("delta", delta);
        return event("content_block_delta", frame);
    }
}

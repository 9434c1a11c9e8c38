package dev.qide.server.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.provider.ProviderScript.Piece;
import java.util.List;

/// OpenAI Chat Completions, `POST /v1/chat/completions`.
final class OpenAiFrames extends Frames {
    private static final String HEAD =
            "{\"id\":\"chatcmpl-double\",\"object\":%s,\"created\":1764300000,\"model\":%s,"
                    + "\"system_fingerprint\":\"fp_double\"}";
    private int toolCalls;

    OpenAiFrames(ProviderCall call) {
        super(call);
    }

    @Override
    String begin() {
        return chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", null);
    }

    @Override
    String piece(Piece piece) {
        return switch (piece) {
            case Piece.Text(var text) -> chunk(json("{\"content\":%s}", text).toString(), null);
            case Piece.Thinking(var text) ->
                    chunk(json("{\"reasoning_content\":%s}", text).toString(), null);
            case Piece.ToolCall(var id, var name, var arguments) -> toolCall(id, name, arguments);
        };
    }

    /// The name first, then the arguments in two fragments.
    private String toolCall(String id, String name, String arguments) {
        int index = toolCalls++;
        int middle = arguments.length() / 2;
        return chunk(
                        json(
                                        "{\"tool_calls\":[{\"index\":%s,\"id\":%s,\"type\":\"function\","
                                                + "\"function\":{\"name\":%s,\"arguments\":\"\"}}]}",
                                        index, id, name)
                                .toString(),
                        null)
                + fragment(index, arguments.substring(0, middle))
                + fragment(index, arguments.substring(middle));
    }

    private String fragment(int index, String arguments) {
        return chunk(
                json(
                                "{\"tool_calls\":[{\"index\":%s,\"function\":{\"arguments\":%s}}]}",
                                index, arguments)
                        .toString(),
                null);
    }

    @Override
    String end() {
        var end = chunk("{}", toolCalls > 0 ? "tool_calls" : "stop");
        if (includesUsage()) {
            var last = json(HEAD, "chat.completion.chunk", model);
            last.add("choices", new JsonArray());
            last.add("usage", usage());
            end += data(last);
        }
        return end + "data: [DONE]\n\n";
    }

    @Override
    JsonObject whole(List<Piece> pieces) {
        var calls = toolCallsOf(pieces);
        var message = json("{\"role\":\"assistant\",\"refusal\":null,\"content\":null}");
        if (calls.isEmpty() || !textOf(pieces).isEmpty()) {
            message.addProperty("content", textOf(pieces));
        }
        if (!calls.isEmpty()) {
            var list = new JsonArray();
            calls.forEach(toolCall ->
                    list.add(
                            json(
                                    "{\"id\":%s,\"type\":\"function\",\"function\":{\"name\":%s,\"arguments\":%s}}",
                                    toolCall.id(), toolCall.name(), toolCall.arguments())));
            message.add("tool_calls", list);
        }
        var whole = json(HEAD, "chat.completion", model);
        var choice = json("{\"index\":0,\"logprobs\":null}");
        choice.add("message", message);
        choice.addProperty("finish_reason", calls.isEmpty() ? "stop" : "tool_calls");
        whole.add("choices", arrayOf(choice));
        whole.add("usage", usage());
        return whole;
    }

    @Override
    JsonObject error(int status) {
        return openAiError(status);
    }

    static JsonObject openAiError(int status) {
        return switch (status) {
            case 401 ->
                    json(
                            "{\"error\":{\"message\":\"Incorrect API key provided.\",\"type\":"
                                    + "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}");
            case 429 ->
                    json(
                            "{\"error\":{\"message\":\"Rate limit reached.\",\"type\":\"requests\","
                                    + "\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
            default ->
                    json(
                            "{\"error\":{\"message\":%s,\"type\":%s,\"param\":null,\"code\":null}}",
                            "Status " + status + " as scripted.",
                            status < 500 ? "invalid_request_error" : "server_error");
        };
    }

    @Override
    String errorFrame() {
        return data(openAiError(500));
    }

    private boolean includesUsage() {
        return call.body().get("stream_options") instanceof JsonObject options
                && options.has("include_usage")
                && options.get("include_usage").getAsBoolean();
    }

    private JsonObject usage() {
        return usage(call);
    }

    static JsonObject usage(ProviderCall call) {
        return json(
                "{\"prompt_tokens\":%s,\"completion_tokens\":%s,\"total_tokens\":%s,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":0}}",
                call.inputTokens(), call.made(), call.inputTokens() + call.made());
    }

    private String chunk(String delta, @org.jspecify.annotations.Nullable String finishReason) {
        var chunk = json(HEAD, "chat.completion.chunk", model);
        var choice =
                json("{\"index\":0,\"delta\":" + delta.replace("%", "%%") + ",\"logprobs\":null}");
        if (finishReason == null) {
            choice.add("finish_reason", JsonNull.INSTANCE);
        } else {
            choice.addProperty("finish_reason", finishReason);
        }
        chunk.add("choices", arrayOf(choice));
        if (includesUsage()) {
            chunk.add("usage", JsonNull.INSTANCE);
        }
        return data(chunk);
    }

    static JsonArray arrayOf(JsonObject only) {
        var array = new JsonArray();
        array.add(only);
        return array;
    }
}

package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.wire.FailureException;

/// Answers of `POST /v1/messages`: a message, or its events.
public final class AnthropicAnswers implements AnswerFormat {
    private static final String NO_BLOCK = "";

    private final String id;
    private final String model;
    private final long inputEstimate;
    private boolean isBegun;
    private int blocks;
    private String open = NO_BLOCK;
    private Usage usage = Usage.NONE;
    private ModelEvent.Finished finished = new ModelEvent.Finished(StopReason.END, "");

    /// Creates the format of one answer.
    ///
    /// @param id of the answer, without its prefix
    /// @param inputEstimate the input tokens to report in the first event, before the provider's
    ///   count
    public AnthropicAnswers(String id, String model, long inputEstimate) {
        this.id = "msg_" + id;
        this.model = model;
        this.inputEstimate = inputEstimate;
    }

    @Override
    public String frames(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Text(var text) ->
                    in("text", JsonFields.of("type", "text", "text", ""))
                            + delta(JsonFields.of("type", "text_delta", "text", text));
            case ModelEvent.Thinking(var text) ->
                    thinking() + delta(JsonFields.of("type", "thinking_delta", "thinking", text));
            case ModelEvent.Signature(var value) ->
                    thinking()
                            + delta(JsonFields.of("type", "signature_delta", "signature", value));
            case ModelEvent.RedactedThinking(var data) ->
                    in(
                                    "redacted " + blocks,
                                    JsonFields.of("type", "redacted_thinking", "data", data))
                            + close();
            case ModelEvent.ToolCall(int index, var callId, var name) -> {
                var block = JsonFields.of("type", "tool_use", "id", callId, "name", name);
                block.add("input", new JsonObject());
                yield in("tool " + index, block);
            }
            case ModelEvent.ToolArguments(_, var json) ->
                    delta(JsonFields.of("type", "input_json_delta", "partial_json", json));
            case ModelEvent.Used(var now) -> {
                usage = now;
                yield "";
            }
            case ModelEvent.Finished end -> {
                finished = end;
                yield "";
            }
            case ModelEvent.Started _, ModelEvent.Image _ -> "";
        };
    }

    private String thinking() {
        return in("thinking", JsonFields.of("type", "thinking", "thinking", "", "signature", ""));
    }

    /// Begins the message and the block unless they have begun.
    private String in(String kind, JsonObject block) {
        if (kind.equals(open)) {
            return "";
        }
        var frames = begin() + close();
        open = kind;
        var start = JsonFields.of("type", "content_block_start");
        start.addProperty("index", blocks);
        start.add("content_block", block);
        return frames + event(start);
    }

    private String begin() {
        if (isBegun) {
            return "";
        }
        isBegun = true;
        var message = message(new JsonArray());
        message.add("stop_reason", JsonNull.INSTANCE);
        message.add("stop_sequence", JsonNull.INSTANCE);
        var counted = usage.input() > 0 ? usage : new Usage(inputEstimate, 0, 0, usage.output(), 0);
        message.add("usage", usage(counted));
        var start = JsonFields.of("type", "message_start");
        start.add("message", message);
        return event(start) + event(JsonFields.of("type", "ping"));
    }

    private String close() {
        if (open.equals(NO_BLOCK)) {
            return "";
        }
        open = NO_BLOCK;
        var stop = JsonFields.of("type", "content_block_stop");
        stop.addProperty("index", blocks++);
        return event(stop);
    }

    private String delta(JsonObject delta) {
        var frame = JsonFields.of("type", "content_block_delta");
        frame.addProperty("index", blocks);
        frame.add("delta", delta);
        return event(frame);
    }

    @Override
    public String end() {
        var delta = new JsonObject();
        stop(delta, finished);
        var frame = JsonFields.of("type", "message_delta");
        frame.add("delta", delta);
        frame.add("usage", usage(usage));
        return begin() + close() + event(frame) + event(JsonFields.of("type", "message_stop"));
    }

    @Override
    public String failure(FailureException failure) {
        return event(ApiError.of(failure).anthropic(id));
    }

    @Override
    public JsonObject whole(CollectedAnswer answer) {
        var content = new JsonArray();
        for (var block : answer.blocks()) {
            content.add(
                    switch (block) {
                        case CollectedAnswer.Block.Text(var text) ->
                                JsonFields.of("type", "text", "text", text.toString());
                        case CollectedAnswer.Block.Thinking(var text, var signature) ->
                                JsonFields.of(
                                        "type",
                                        "thinking",
                                        "thinking",
                                        text.toString(),
                                        "signature",
                                        signature.toString());
                        case CollectedAnswer.Block.Redacted(var data) ->
                                JsonFields.of("type", "redacted_thinking", "data", data);
                        case CollectedAnswer.Block.ToolCall(
                                        _,
                                        var callId,
                                        var name,
                                        var arguments) -> {
                            var call =
                                    JsonFields.of("type", "tool_use", "id", callId, "name", name);
                            call.add("input", input(arguments.toString()));
                            yield call;
                        }
                    });
        }
        var message = message(content);
        stop(message, answer.finished());
        message.add("usage", usage(answer.usage()));
        return message;
    }

    private JsonObject message(JsonArray content) {
        var message =
                JsonFields.of("id", id, "type", "message", "role", "assistant", "model", model);
        message.add("content", content);
        return message;
    }

    private static void stop(JsonObject into, ModelEvent.Finished finished) {
        into.addProperty(
                "stop_reason",
                switch (finished.reason()) {
                    case END -> "end_turn";
                    case LENGTH -> "max_tokens";
                    case STOP_SEQUENCE -> "stop_sequence";
                    case TOOL_USE -> "tool_use";
                    case FILTER, REFUSAL -> "refusal";
                    case PAUSE -> "pause_turn";
                });
        if (finished.sequence().isEmpty()) {
            into.add("stop_sequence", JsonNull.INSTANCE);
        } else {
            into.addProperty("stop_sequence", finished.sequence());
        }
    }

    private static JsonObject usage(Usage usage) {
        var counts = new JsonObject();
        counts.addProperty("input_tokens", usage.input() - usage.cacheRead() - usage.cacheWrite());
        counts.addProperty("cache_creation_input_tokens", usage.cacheWrite());
        counts.addProperty("cache_read_input_tokens", usage.cacheRead());
        counts.addProperty("output_tokens", usage.output());
        return counts;
    }

    private static JsonObject input(String arguments) {
        try {
            return JsonParser.parseString(arguments) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (JsonParseException _) {
            return new JsonObject();
        }
    }

    private static String event(JsonObject frame) {
        return "event: " + JsonFields.text(frame, "type") + "\ndata: " + frame + "\n\n";
    }
}

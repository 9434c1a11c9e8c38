package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.ai.gateway.ResponseItem.Kind;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Answers of `POST /v1/responses`: a response of OpenAI's Responses API, or its events. A text
/// ends when another item begins; calls of functions end with the answer.
public final class ResponsesAnswers implements AnswerFormat {
    private final String id;
    private final String model;
    private final long created;
    private final List<ResponseItem> items = new ArrayList<>();

    /// The places of the calls of functions in [#items], by the index of their events.
    private final Map<Integer, Integer> calls = new HashMap<>();

    private @Nullable ResponseItem openText;
    private boolean isBegun;
    private int events;
    private Usage usage = Usage.NONE;
    private StopReason reason = StopReason.END;

    /// @param id of the answer, without its prefix
    /// @param created in seconds since 1970
    public ResponsesAnswers(String id, String model, long created) {
        this.id = id;
        this.model = model;
        this.created = created;
    }

    @Override
    public String frames(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Started _ -> begin();
            case ModelEvent.Text(var text) -> text(Kind.MESSAGE, text);
            case ModelEvent.Thinking(var text) -> text(Kind.REASONING, text);
            case ModelEvent.ToolCall(int index, var callId, var name) -> {
                var before = begin() + endText();
                calls.put(index, items.size());
                yield before + added(Kind.CALL, callId, name);
            }
            case ModelEvent.ToolArguments(int index, var json) -> arguments(index, json);
            case ModelEvent.Used(var now) -> {
                usage = now;
                yield "";
            }
            case ModelEvent.Finished(var why, _) -> {
                reason = why;
                yield "";
            }
            case ModelEvent.Signature _, ModelEvent.RedactedThinking _, ModelEvent.Image _ -> "";
        };
    }

    @Override
    public String end() {
        var end = new StringBuilder(begin()).append(endText());
        for (int place : calls.values().stream().sorted().toList()) {
            var call = items.get(place);
            var done = at(call, place);
            done.addProperty("name", call.name());
            done.addProperty("arguments", call.arguments());
            end.append(event("response.function_call_arguments.done", done)).append(done(place));
        }
        var status = status();
        return end.append(event("response." + status, response(response(status)))).toString();
    }

    @Override
    public String failure(FailureException failure) {
        var failed = response("failed");
        var error = ApiError.of(failure);
        failed.add(
                "error",
                JsonFields.of(
                        "code",
                        error.kind().equals("rate-limit") ? "rate_limit_exceeded" : "server_error",
                        "message",
                        error.message()));
        return begin() + event("response.failed", response(failed));
    }

    @Override
    public JsonObject whole(CollectedAnswer answer) {
        for (var block : answer.blocks()) {
            switch (block) {
                case CollectedAnswer.Block.Text(var text) ->
                        add(Kind.MESSAGE, "", "").text().append(text);
                case CollectedAnswer.Block.Thinking(var text, _) ->
                        add(Kind.REASONING, "", "").text().append(text);
                case CollectedAnswer.Block.ToolCall(_, var callId, var name, var arguments) ->
                        add(Kind.CALL, callId, name).text().append(arguments);
                case CollectedAnswer.Block.Redacted _ -> {}
            }
        }
        usage = answer.usage();
        reason = answer.finished().reason();
        return response(status());
    }

    private String begin() {
        if (isBegun) {
            return "";
        }
        isBegun = true;
        return event("response.created", response(response("in_progress")))
                + event("response.in_progress", response(response("in_progress")));
    }

    private String text(Kind kind, String text) {
        var before = new StringBuilder(begin());
        var open = openText;
        if (open == null || open.kind() != kind) {
            before.append(endText()).append(added(kind, "", ""));
            open = items.getLast();
            openText = open;
            before.append(event(partEvent(kind, "added"), partAt(open)));
        }
        open.text().append(text);
        var delta = textAt(open);
        delta.addProperty("delta", text);
        return before.append(event(textEvent(kind, "delta"), delta)).toString();
    }

    private String endText() {
        var open = openText;
        if (open == null) {
            return "";
        }
        openText = null;
        var text = textAt(open);
        text.addProperty("text", open.text().toString());
        return event(textEvent(open.kind(), "done"), text)
                + event(partEvent(open.kind(), "done"), partAt(open))
                + done(items.size() - 1);
    }

    private String arguments(int index, String json) {
        var place = calls.get(index);
        if (place == null) {
            return "";
        }
        var call = items.get(place);
        call.text().append(json);
        var delta = at(call, place);
        delta.addProperty("delta", json);
        return event("response.function_call_arguments.delta", delta);
    }

    private ResponseItem add(Kind kind, String callId, String name) {
        var item = ResponseItem.of(kind, id, items.size(), callId, name);
        items.add(item);
        return item;
    }

    private String added(Kind kind, String callId, String name) {
        var item = add(kind, callId, name);
        return itemEvent("response.output_item.added", items.size() - 1, item.json(false));
    }

    private String done(int place) {
        return itemEvent("response.output_item.done", place, items.get(place).json(true));
    }

    private String itemEvent(String type, int place, JsonObject item) {
        var frame = new JsonObject();
        frame.addProperty("output_index", place);
        frame.add("item", item);
        return event(type, frame);
    }

    private static JsonObject at(ResponseItem item, int place) {
        var frame = JsonFields.of("item_id", item.id());
        frame.addProperty("output_index", place);
        return frame;
    }

    /// The place of the only part of the last item, which has text.
    private JsonObject textAt(ResponseItem item) {
        var frame = at(item, items.size() - 1);
        boolean isReasoning = item.kind() == Kind.REASONING;
        frame.addProperty(isReasoning ? "summary_index" : "content_index", 0);
        if (!isReasoning) {
            frame.add("logprobs", new JsonArray());
        }
        return frame;
    }

    private JsonObject partAt(ResponseItem item) {
        var frame = textAt(item);
        frame.remove("logprobs");
        frame.add("part", item.part());
        return frame;
    }

    private static String textEvent(Kind kind, String what) {
        return kind == Kind.REASONING
                ? "response.reasoning_summary_text." + what
                : "response.output_text." + what;
    }

    private static String partEvent(Kind kind, String what) {
        return kind == Kind.REASONING
                ? "response.reasoning_summary_part." + what
                : "response.content_part." + what;
    }

    private String event(String type, JsonObject members) {
        var frame = JsonFields.of("type", type);
        frame.addProperty("sequence_number", events);
        events++;
        JsonFields.addMissing(frame, members);
        return "event: " + type + "\n" + AnswerFormat.data(frame);
    }

    private static JsonObject response(JsonObject response) {
        var frame = new JsonObject();
        frame.add("response", response);
        return frame;
    }

    private String status() {
        return switch (reason) {
            case LENGTH, FILTER, REFUSAL -> "incomplete";
            case END, STOP_SEQUENCE, TOOL_USE, PAUSE -> "completed";
        };
    }

    private JsonObject response(String status) {
        boolean isOver = !status.equals("in_progress");
        var response = JsonFields.of("id", "resp_" + id, "object", "response");
        response.addProperty("created_at", created);
        response.addProperty("status", status);
        response.add("error", JsonNull.INSTANCE);
        response.add(
                "incomplete_details",
                status.equals("incomplete")
                        ? JsonFields.of(
                                "reason",
                                reason == StopReason.LENGTH
                                        ? "max_output_tokens"
                                        : "content_filter")
                        : JsonNull.INSTANCE);
        response.add("instructions", JsonNull.INSTANCE);
        response.add("max_output_tokens", JsonNull.INSTANCE);
        response.addProperty("model", model);
        response.add(
                "output",
                isOver
                        ? JsonFields.array(items.stream().map(item -> item.json(true)).toList())
                        : new JsonArray());
        response.addProperty("parallel_tool_calls", true);
        response.add("previous_response_id", JsonNull.INSTANCE);
        response.addProperty("store", false);
        response.add("temperature", JsonNull.INSTANCE);
        response.addProperty("tool_choice", "auto");
        response.add("tools", new JsonArray());
        response.add("top_p", JsonNull.INSTANCE);
        response.add("metadata", new JsonObject());
        response.add("usage", isOver ? usage() : JsonNull.INSTANCE);
        return response;
    }

    private JsonObject usage() {
        var counts = new JsonObject();
        counts.addProperty("input_tokens", usage.input());
        var input = new JsonObject();
        input.addProperty("cached_tokens", usage.cacheRead());
        counts.add("input_tokens_details", input);
        counts.addProperty("output_tokens", usage.output());
        var output = new JsonObject();
        output.addProperty("reasoning_tokens", usage.reasoning());
        counts.add("output_tokens_details", output);
        counts.addProperty("total_tokens", usage.input() + usage.output());
        return counts;
    }
}

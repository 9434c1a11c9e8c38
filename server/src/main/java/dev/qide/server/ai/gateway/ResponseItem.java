package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.ai.provider.JsonFields;
import java.util.List;

/// One item of the output of OpenAI's Responses API, which grows. Owned by one thread.
///
/// @param callId of a call of a function; else empty
/// @param name of the function; else empty
/// @param text of the message or the reasoning, or the arguments of the call
record ResponseItem(Kind kind, String id, String callId, String name, StringBuilder text) {
    enum Kind {
        MESSAGE("msg_"),
        REASONING("rs_"),
        CALL("fc_");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    /// @param id of the response, without its prefix
    /// @param index of the item in the output
    static ResponseItem of(Kind kind, String id, int index, String callId, String name) {
        return new ResponseItem(
                kind, kind.prefix + id + "_" + index, callId, name, new StringBuilder());
    }

    /// @param isDone whether it has its text
    JsonObject json(boolean isDone) {
        var item = JsonFields.of("id", id);
        switch (kind) {
            case MESSAGE -> {
                item.addProperty("type", "message");
                item.addProperty("status", status(isDone));
                item.addProperty("role", "assistant");
                item.add("content", isDone ? JsonFields.array(List.of(part())) : new JsonArray());
            }
            case REASONING -> {
                item.addProperty("type", "reasoning");
                item.add("summary", isDone ? JsonFields.array(List.of(part())) : new JsonArray());
            }
            case CALL -> {
                item.addProperty("type", "function_call");
                item.addProperty("status", status(isDone));
                item.addProperty("call_id", callId);
                item.addProperty("name", name);
                item.addProperty("arguments", isDone ? arguments() : "");
            }
        }
        return item;
    }

    /// The part of a message or of reasoning, with the text so far.
    JsonObject part() {
        if (kind == Kind.REASONING) {
            return JsonFields.of("type", "summary_text", "text", text.toString());
        }
        var part = JsonFields.of("type", "output_text", "text", text.toString());
        part.add("annotations", new JsonArray());
        part.add("logprobs", new JsonArray());
        return part;
    }

    String arguments() {
        return text.isEmpty() ? "{}" : text.toString();
    }

    private static String status(boolean isDone) {
        return isDone ? "completed" : "in_progress";
    }
}

package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Parses requests of `POST /v1/responses`, OpenAI's Responses API. The server stores no responses,
/// so each request has the whole conversation; members that need stored ones are refused.
public final class ResponsesRequests {
    private static final Set<String> READ =
            Set.of(
                    "model",
                    "input",
                    "instructions",
                    "tools",
                    "tool_choice",
                    "max_output_tokens",
                    "temperature",
                    "top_p",
                    "stream",
                    "text",
                    "reasoning");

    /// Members without a meaning for other providers, or for a server that stores nothing.
    private static final Set<String> IGNORED =
            Set.of(
                    "store",
                    "metadata",
                    "include",
                    "truncation",
                    "user",
                    "stream_options",
                    "parallel_tool_calls",
                    "prompt_cache_key",
                    "safety_identifier");

    private ResponsesRequests() {}

    /// @throws dev.qide.wire.FailureException `INVALID_PARAMS` with the tag `param`
    public static GatewayRequest parse(JsonObject body) {
        requireKnown(body);
        var system = new ArrayList<Part.Text>();
        var instructions = JsonFields.text(body, "instructions");
        if (!instructions.isEmpty()) {
            system.add(new Part.Text(instructions));
        }
        var messages = new ArrayList<ModelRequest.Message>();
        read(body.get("input"), system, messages);
        if (messages.isEmpty()) {
            throw GatewayRequest.invalid("input");
        }
        var request =
                new ModelRequest.Chat(
                        system,
                        messages,
                        JsonFields.objects(body, "tools").stream()
                                .map(ResponsesRequests::tool)
                                .toList(),
                        toolChoice(body),
                        new ModelRequest.Options(
                                GatewayRequest.tokens(body, "max_output_tokens"),
                                JsonFields.number(body, "temperature"),
                                JsonFields.number(body, "top_p"),
                                List.of(),
                                format(JsonFields.object(body, "text")),
                                JsonFields.string(JsonFields.object(body, "reasoning"), "effort")),
                        ModelRequest.Extras.NONE);
        return new GatewayRequest(
                GatewayRequest.required(body, "model"),
                request,
                JsonFields.isTrue(body, "stream"),
                true);
    }

    private static void requireKnown(JsonObject body) {
        for (var member : body.entrySet()) {
            boolean isUnset =
                    member.getValue().isJsonNull()
                            || (member.getKey().equals("background")
                                    && !JsonFields.isTrue(body, "background"));
            if (!READ.contains(member.getKey()) && !IGNORED.contains(member.getKey()) && !isUnset) {
                throw GatewayRequest.invalid(member.getKey());
            }
        }
    }

    private static void read(
            @Nullable JsonElement input,
            List<Part.Text> system,
            List<ModelRequest.Message> messages) {
        if (input instanceof JsonPrimitive text && text.isString()) {
            OpenAiRequests.add(messages, Role.USER, List.of(new Part.Text(text.getAsString())));
        } else if (input instanceof JsonArray items) {
            for (var item : items) {
                if (!(item instanceof JsonObject object)) {
                    throw GatewayRequest.invalid("input");
                }
                item(object, system, messages);
            }
        } else {
            throw GatewayRequest.invalid("input");
        }
    }

    private static void item(
            JsonObject item, List<Part.Text> system, List<ModelRequest.Message> messages) {
        switch (JsonFields.text(item, "type")) {
            case "", "message" -> message(item, system, messages);
            case "function_call" ->
                    OpenAiRequests.add(
                            messages,
                            Role.ASSISTANT,
                            List.of(
                                    new Part.ToolCall(
                                            GatewayRequest.required(item, "call_id"),
                                            GatewayRequest.required(item, "name"),
                                            JsonFields.text(item, "arguments"))));
            case "function_call_output" ->
                    OpenAiRequests.add(
                            messages,
                            Role.USER,
                            List.of(
                                    new Part.ToolResult(
                                            GatewayRequest.required(item, "call_id"),
                                            text(parts(item.get("output"))),
                                            false)));
            // Without its signature no provider takes it back.
            case "reasoning" -> {}
            default -> throw GatewayRequest.invalid("input.type");
        }
    }

    private static void message(
            JsonObject item, List<Part.Text> system, List<ModelRequest.Message> messages) {
        var parts = parts(item.get("content"));
        switch (JsonFields.text(item, "role")) {
            case "system", "developer" -> system.add(new Part.Text(text(parts)));
            case "user" -> OpenAiRequests.add(messages, Role.USER, parts);
            case "assistant" -> OpenAiRequests.add(messages, Role.ASSISTANT, parts);
            default -> throw GatewayRequest.invalid("input.role");
        }
    }

    private static List<Part> parts(@Nullable JsonElement content) {
        if (content instanceof JsonPrimitive text && text.isString()) {
            return text.getAsString().isEmpty()
                    ? List.of()
                    : List.of(new Part.Text(text.getAsString()));
        }
        if (!(content instanceof JsonArray array)) {
            throw GatewayRequest.invalid("input.content");
        }
        var parts = new ArrayList<Part>();
        for (var part : JsonFields.objects(array)) {
            parts.add(
                    switch (JsonFields.text(part, "type")) {
                        case "input_text", "output_text" ->
                                new Part.Text(JsonFields.text(part, "text"));
                        case "refusal" -> new Part.Text(JsonFields.text(part, "refusal"));
                        case "input_image" ->
                                OpenAiRequests.image(GatewayRequest.required(part, "image_url"));
                        default -> throw GatewayRequest.invalid("input.content.type");
                    });
        }
        return parts;
    }

    private static String text(List<Part> parts) {
        var text = new StringBuilder();
        for (var part : parts) {
            if (!(part instanceof Part.Text(var more, _))) {
                throw GatewayRequest.invalid("input.content.type");
            }
            text.append(more);
        }
        return text.toString();
    }

    private static ModelRequest.Tool tool(JsonObject tool) {
        if (!JsonFields.text(tool, "type").equals("function")) {
            throw GatewayRequest.invalid("tools.type");
        }
        var parameters = JsonFields.object(tool, "parameters");
        return new ModelRequest.Tool(
                GatewayRequest.required(tool, "name"),
                JsonFields.text(tool, "description"),
                parameters == null ? JsonFields.of("type", "object") : parameters,
                JsonFields.isTrue(tool, "strict"),
                ModelRequest.CachePoint.NONE);
    }

    private static ModelRequest.ToolChoice toolChoice(JsonObject body) {
        var named = JsonFields.object(body, "tool_choice");
        if (named != null) {
            return new ModelRequest.ToolChoice.Named(GatewayRequest.required(named, "name"));
        }
        return switch (JsonFields.text(body, "tool_choice")) {
            case "", "auto" -> new ModelRequest.ToolChoice.Auto();
            case "none" -> new ModelRequest.ToolChoice.Never();
            case "required" -> new ModelRequest.ToolChoice.Always();
            default -> throw GatewayRequest.invalid("tool_choice");
        };
    }

    private static ModelRequest.@Nullable Format format(@Nullable JsonObject text) {
        var format = JsonFields.object(text, "format");
        return switch (JsonFields.text(format, "type")) {
            case "json_object" -> new ModelRequest.Format("json", null, false);
            case "json_schema" ->
                    new ModelRequest.Format(
                            JsonFields.text(format, "name"),
                            JsonFields.object(format, "schema"),
                            JsonFields.isTrue(format, "strict"));
            default -> null;
        };
    }
}

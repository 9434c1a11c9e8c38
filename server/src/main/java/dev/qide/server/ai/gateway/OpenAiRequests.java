package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
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

/// Parses requests of `POST /v1/chat/completions` and `POST /v1/completions`.
public final class OpenAiRequests {
    /// The members with a counterpart in the common form, or that affect only the response format.
    private static final Set<String> KNOWN =
            Set.of(
                    "model",
                    "messages",
                    "stream",
                    "stream_options",
                    "n",
                    "tools",
                    "tool_choice",
                    "max_tokens",
                    "max_completion_tokens",
                    "temperature",
                    "top_p",
                    "stop",
                    "response_format",
                    "reasoning_effort");

    /// The default of the legacy API.
    private static final int LEGACY_TOKENS = 16;

    private OpenAiRequests() {}

    /// @throws dev.qide.wire.FailureException `INVALID_PARAMS` with the tag `param`
    public static GatewayRequest chat(JsonObject body) {
        requireOneChoice(body);
        var system = new ArrayList<Part.Text>();
        var messages = new ArrayList<ModelRequest.Message>();
        if (!(body.get("messages") instanceof JsonArray sent) || sent.isEmpty()) {
            throw GatewayRequest.invalid("messages");
        }
        for (var element : sent) {
            if (!(element instanceof JsonObject message)) {
                throw GatewayRequest.invalid("messages");
            }
            read(message, system, messages);
        }
        var request =
                new ModelRequest.Chat(
                        system,
                        messages,
                        JsonFields.objects(body, "tools").stream()
                                .map(OpenAiRequests::tool)
                                .toList(),
                        toolChoice(body),
                        options(body),
                        GatewayRequest.extras("openai", body, KNOWN, ""));
        return parsed(body, request);
    }

    /// @throws dev.qide.wire.FailureException `INVALID_PARAMS` with the tag `param`
    public static GatewayRequest legacy(JsonObject body) {
        requireOneChoice(body);
        var prompts = GatewayRequest.strings(body, "prompt");
        if (prompts.size() != 1) {
            throw GatewayRequest.invalid("prompt");
        }
        var options = options(body);
        return parsed(
                body,
                new ModelRequest.FillIn(
                        "untitled",
                        "plaintext",
                        prompts.getFirst(),
                        JsonFields.text(body, "suffix"),
                        options.maxTokens() == null ? options.atMost(LEGACY_TOKENS) : options));
    }

    private static GatewayRequest parsed(JsonObject body, ModelRequest request) {
        return new GatewayRequest(
                GatewayRequest.required(body, "model"),
                request,
                JsonFields.isTrue(body, "stream"),
                JsonFields.isTrue(JsonFields.object(body, "stream_options"), "include_usage"));
    }

    private static void requireOneChoice(JsonObject body) {
        var n = JsonFields.number(body, "n");
        if (n != null && n != 1) {
            throw GatewayRequest.invalid("n");
        }
    }

    private static void read(
            JsonObject message, List<Part.Text> system, List<ModelRequest.Message> messages) {
        switch (JsonFields.text(message, "role")) {
            case "system", "developer" ->
                    system.addAll(
                            content(message).stream()
                                    .filter(Part.Text.class::isInstance)
                                    .map(Part.Text.class::cast)
                                    .toList());
            case "user" -> add(messages, Role.USER, content(message));
            case "assistant" -> {
                var parts = new ArrayList<>(content(message));
                for (var call : JsonFields.objects(message, "tool_calls")) {
                    var function = JsonFields.object(call, "function");
                    parts.add(
                            new Part.ToolCall(
                                    JsonFields.text(call, "id"),
                                    JsonFields.text(function, "name"),
                                    JsonFields.text(function, "arguments")));
                }
                add(messages, Role.ASSISTANT, parts);
            }
            case "tool" -> {
                var text = new StringBuilder();
                var content = content(message);
                content.forEach(part -> {
                    if (part instanceof Part.Text(var more, _)) {
                        text.append(more);
                    }
                });
                add(
                        messages,
                        Role.USER,
                        List.of(
                                new Part.ToolResult(
                                        GatewayRequest.required(message, "tool_call_id"),
                                        text.toString(),
                                        images(content),
                                        false,
                                        ModelRequest.CachePoint.NONE)));
            }
            default -> throw GatewayRequest.invalid("messages.role");
        }
    }

    static List<Part.Image> images(List<Part> parts) {
        return parts.stream()
                .filter(Part.Image.class::isInstance)
                .map(Part.Image.class::cast)
                .toList();
    }

    /// Joins consecutive turns of one role, as other APIs require.
    static void add(List<ModelRequest.Message> messages, Role role, List<? extends Part> parts) {
        if (parts.isEmpty()) {
            return;
        }
        var last = messages.isEmpty() ? null : messages.getLast();
        if (last != null && last.role() == role) {
            var joined = new ArrayList<Part>(last.parts());
            joined.addAll(parts);
            messages.set(messages.size() - 1, new ModelRequest.Message(role, joined));
        } else {
            messages.add(new ModelRequest.Message(role, List.copyOf(parts)));
        }
    }

    private static List<Part> content(JsonObject message) {
        var content = message.get("content");
        if (content instanceof JsonPrimitive text && text.isString()) {
            return text.getAsString().isEmpty()
                    ? List.of()
                    : List.of(new Part.Text(text.getAsString()));
        }
        if (!(content instanceof JsonArray array)) {
            return List.of();
        }
        var parts = new ArrayList<Part>();
        for (var part : JsonFields.objects(array)) {
            switch (JsonFields.text(part, "type")) {
                case "text" -> parts.add(new Part.Text(JsonFields.text(part, "text")));
                case "refusal" -> parts.add(new Part.Text(JsonFields.text(part, "refusal")));
                case "image_url" ->
                        parts.add(
                                image(
                                        JsonFields.text(
                                                JsonFields.object(part, "image_url"), "url")));
                default -> throw GatewayRequest.invalid("messages.content.type");
            }
        }
        return parts;
    }

    /// A data URL contains its bytes; the provider fetches any other URL.
    static Part image(String url) {
        int comma = url.indexOf(";base64,");
        return url.startsWith("data:") && comma > 0
                ? new Part.Image(
                        url.substring("data:".length(), comma),
                        url.substring(comma + ";base64,".length()))
                : new Part.Image("", url);
    }

    private static ModelRequest.Tool tool(JsonObject tool) {
        var function = JsonFields.object(tool, "function");
        if (function == null) {
            throw GatewayRequest.invalid("tools.type");
        }
        var schema = JsonFields.object(function, "parameters");
        return new ModelRequest.Tool(
                GatewayRequest.required(function, "name"),
                JsonFields.text(function, "description"),
                schema == null ? JsonFields.of("type", "object") : schema,
                JsonFields.isTrue(function, "strict"),
                ModelRequest.CachePoint.NONE);
    }

    private static ModelRequest.ToolChoice toolChoice(JsonObject body) {
        var named = JsonFields.object(JsonFields.object(body, "tool_choice"), "function");
        if (named != null) {
            return new ModelRequest.ToolChoice.Named(GatewayRequest.required(named, "name"));
        }
        return switch (JsonFields.text(body, "tool_choice")) {
            case "none" -> new ModelRequest.ToolChoice.Never();
            case "required" -> new ModelRequest.ToolChoice.Always();
            default -> new ModelRequest.ToolChoice.Auto();
        };
    }

    private static ModelRequest.Options options(JsonObject body) {
        var newer = GatewayRequest.tokens(body, "max_completion_tokens");
        return new ModelRequest.Options(
                newer == null ? GatewayRequest.tokens(body, "max_tokens") : newer,
                JsonFields.number(body, "temperature"),
                JsonFields.number(body, "top_p"),
                GatewayRequest.strings(body, "stop"),
                format(JsonFields.object(body, "response_format")),
                JsonFields.string(body, "reasoning_effort"));
    }

    private static ModelRequest.@Nullable Format format(@Nullable JsonObject format) {
        return switch (JsonFields.text(format, "type")) {
            case "json_object" -> new ModelRequest.Format("json", null, false);
            case "json_schema" -> {
                var schema = JsonFields.object(format, "json_schema");
                yield new ModelRequest.Format(
                        JsonFields.text(schema, "name"),
                        JsonFields.object(schema, "schema"),
                        JsonFields.isTrue(schema, "strict"));
            }
            default -> null;
        };
    }
}

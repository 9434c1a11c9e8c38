package dev.qide.server.ai.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.provider.JsonFields;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.CachePoint;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Parses requests of `POST /v1/messages` and `POST /v1/messages/count_tokens`.
public final class AnthropicRequests {
    /// The members with a counterpart in the common form, and `top_k`, which the API no longer has.
    /// `thinking` and `output_config` are passed on as well, since the common form is less precise.
    private static final Set<String> KNOWN =
            Set.of(
                    "model",
                    "messages",
                    "system",
                    "stream",
                    "tools",
                    "tool_choice",
                    "max_tokens",
                    "temperature",
                    "top_p",
                    "top_k",
                    "stop_sequences");

    private static final Pattern BETAS = Pattern.compile("[A-Za-z0-9._, -]{0,1024}");

    /// Prefixes of beta features that have another price.
    private static final List<String> UNPRICED_BETAS = List.of("context-1m-", "fast-mode-");

    private AnthropicRequests() {}

    /// @param betas the request's header `anthropic-beta`; empty for none
    /// @throws dev.qide.wire.FailureException `INVALID_PARAMS` with the tag `param`
    public static GatewayRequest messages(JsonObject body, String betas) {
        if (GatewayRequest.tokens(body, "max_tokens") == null) {
            throw GatewayRequest.invalid("max_tokens");
        }
        return parsed(body, betas(betas));
    }

    /// Parses a request for token counting, which may lack `max_tokens`.
    public static GatewayRequest counted(JsonObject body) {
        return parsed(body, "");
    }

    /// The beta features of a header that do not select another price.
    private static String betas(String header) {
        if (!BETAS.matcher(header).matches()) {
            throw GatewayRequest.invalid("anthropic-beta");
        }
        return Arrays.stream(header.split(","))
                .map(String::strip)
                .filter(beta -> !beta.isEmpty())
                .filter(beta -> UNPRICED_BETAS.stream().noneMatch(beta::startsWith))
                .collect(Collectors.joining(","));
    }

    private static GatewayRequest parsed(JsonObject body, String betas) {
        var system = new ArrayList<Part.Text>();
        for (var part : content(body.get("system"), "system")) {
            if (!(part instanceof Part.Text text)) {
                throw GatewayRequest.invalid("system");
            }
            system.add(text);
        }
        if (!(body.get("messages") instanceof JsonArray sent) || sent.isEmpty()) {
            throw GatewayRequest.invalid("messages");
        }
        var messages = new ArrayList<ModelRequest.Message>();
        for (var element : sent) {
            if (!(element instanceof JsonObject message)) {
                throw GatewayRequest.invalid("messages");
            }
            var parts = content(message.get("content"), "messages.content");
            switch (JsonFields.text(message, "role")) {
                case "user" -> OpenAiRequests.add(messages, Role.USER, parts);
                case "assistant" -> OpenAiRequests.add(messages, Role.ASSISTANT, parts);
                case "system" ->
                        parts.forEach(part -> {
                            if (part instanceof Part.Text text) {
                                system.add(text);
                            }
                        });
                default -> throw GatewayRequest.invalid("messages.role");
            }
        }
        var request =
                new ModelRequest.Chat(
                        system,
                        messages,
                        JsonFields.objects(body, "tools").stream()
                                .map(AnthropicRequests::tool)
                                .toList(),
                        toolChoice(JsonFields.object(body, "tool_choice")),
                        options(body),
                        GatewayRequest.extras("anthropic", body, KNOWN, betas));
        return new GatewayRequest(
                GatewayRequest.required(body, "model"),
                request,
                JsonFields.isTrue(body, "stream"),
                true);
    }

    private static List<Part> content(@Nullable JsonElement content, String param) {
        if (content instanceof JsonPrimitive text && text.isString()) {
            return List.of(new Part.Text(text.getAsString()));
        }
        if (content == null || content.isJsonNull()) {
            return List.of();
        }
        if (!(content instanceof JsonArray blocks)) {
            throw GatewayRequest.invalid(param);
        }
        return JsonFields.objects(blocks).stream().map(block -> part(block, param)).toList();
    }

    private static Part part(JsonObject block, String param) {
        return switch (JsonFields.text(block, "type")) {
            case "text" -> new Part.Text(JsonFields.text(block, "text"), cachePoint(block));
            case "image" -> image(JsonFields.object(block, "source"), cachePoint(block));
            case "thinking" ->
                    new Part.Thinking(
                            JsonFields.text(block, "thinking"),
                            JsonFields.text(block, "signature"));
            case "redacted_thinking" -> new Part.RedactedThinking(JsonFields.text(block, "data"));
            case "tool_use" -> {
                var input = JsonFields.object(block, "input");
                yield new Part.ToolCall(
                        GatewayRequest.required(block, "id"),
                        GatewayRequest.required(block, "name"),
                        input == null ? "{}" : input.toString());
            }
            case "tool_result" -> {
                var content = content(block.get("content"), param + ".content");
                yield new Part.ToolResult(
                        GatewayRequest.required(block, "tool_use_id"),
                        text(content),
                        OpenAiRequests.images(content),
                        JsonFields.isTrue(block, "is_error"),
                        cachePoint(block));
            }
            default -> throw GatewayRequest.invalid(param + ".type");
        };
    }

    private static CachePoint cachePoint(JsonObject block) {
        var control = JsonFields.object(block, "cache_control");
        if (control == null) {
            return CachePoint.NONE;
        }
        return JsonFields.text(control, "ttl").equals("1h")
                ? CachePoint.ONE_HOUR
                : CachePoint.FIVE_MINUTES;
    }

    private static String text(List<Part> parts) {
        var text = new StringBuilder();
        parts.forEach(part -> {
            if (part instanceof Part.Text(var more, _)) {
                text.append(text.isEmpty() ? "" : "\n").append(more);
            }
        });
        return text.toString();
    }

    private static Part image(@Nullable JsonObject source, CachePoint cachePoint) {
        return switch (JsonFields.text(source, "type")) {
            case "base64" ->
                    new Part.Image(
                            JsonFields.text(source, "media_type"),
                            JsonFields.text(source, "data"),
                            cachePoint);
            case "url" -> new Part.Image("", JsonFields.text(source, "url"), cachePoint);
            default -> throw GatewayRequest.invalid("messages.content.source.type");
        };
    }

    private static ModelRequest.Tool tool(JsonObject tool) {
        var schema = JsonFields.object(tool, "input_schema");
        if (schema == null) {
            throw GatewayRequest.invalid("tools.input_schema");
        }
        return new ModelRequest.Tool(
                GatewayRequest.required(tool, "name"),
                JsonFields.text(tool, "description"),
                schema,
                JsonFields.isTrue(tool, "strict"),
                cachePoint(tool));
    }

    private static ModelRequest.ToolChoice toolChoice(@Nullable JsonObject choice) {
        return switch (JsonFields.text(choice, "type")) {
            case "none" -> new ModelRequest.ToolChoice.Never();
            case "any" -> new ModelRequest.ToolChoice.Always();
            case "tool" -> new ModelRequest.ToolChoice.Named(JsonFields.text(choice, "name"));
            default -> new ModelRequest.ToolChoice.Auto();
        };
    }

    private static ModelRequest.Options options(JsonObject body) {
        var output = JsonFields.object(body, "output_config");
        var schema = JsonFields.object(JsonFields.object(output, "format"), "schema");
        return new ModelRequest.Options(
                GatewayRequest.tokens(body, "max_tokens"),
                JsonFields.number(body, "temperature"),
                JsonFields.number(body, "top_p"),
                GatewayRequest.strings(body, "stop_sequences"),
                schema == null ? null : new ModelRequest.Format("answer", schema, true),
                effort(JsonFields.object(body, "thinking")));
    }

    private static @Nullable String effort(@Nullable JsonObject thinking) {
        return switch (JsonFields.text(thinking, "type")) {
            case "enabled", "adaptive" -> "medium";
            case "disabled" -> "none";
            default -> null;
        };
    }
}

package dev.qide.server.ai.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Anthropic Messages, `POST /v1/messages`, API version 2026-10-21, which has no sampling
/// parameters.
final class AnthropicDialect implements Dialect {
    private static final String VERSION = "2026-10-21";

    /// The budget for thinking tokens by effort, of models before Claude 4.6.
    private static final Map<String, Integer> BUDGETS =
            Map.of("minimal", 1_024, "low", 1_024, "medium", 4_096, "high", 16_384);

    /// The effort of later models by that of OpenAI's API.
    private static final Map<String, String> EFFORTS =
            Map.of(
                    "minimal", "low",
                    "low", "low",
                    "medium", "medium",
                    "high", "high",
                    "xhigh", "high",
                    "max", "high");

    /// The version of a model, for instance `claude-opus-4-7` or `claude-3-7-sonnet-20250219`.
    private static final Pattern CLAUDE =
            Pattern.compile("claude-(?:[a-z]+-)*(\\d{1,2})(?!\\d)(?:[-.](\\d{1,2})(?!\\d))?");

    /// The first version that takes an effort instead of a budget, 4.6, as a hundred times its
    /// first number plus the second.
    private static final int ADAPTIVE = 406;

    @Override
    public HttpCall encode(Model model, ModelRequest request) {
        var chat = (ModelRequest.Chat) request;
        var options = chat.options();
        var body = new JsonObject();
        body.addProperty("model", model.model());
        int maxTokens =
                options.maxTokens() == null ? model.limits().outputTokens() : options.maxTokens();
        body.addProperty("max_tokens", maxTokens);
        if (!chat.system().isEmpty()) {
            body.add(
                    "system",
                    JsonFields.array(chat.system().stream().map(AnthropicDialect::text).toList()));
        }
        body.add(
                "messages",
                JsonFields.array(
                        chat.messages().stream()
                                .map(AnthropicDialect::message)
                                .filter(message -> !message.getAsJsonArray("content").isEmpty())
                                .toList()));
        body.addProperty("stream", true);
        if (!chat.tools().isEmpty()) {
            body.add(
                    "tools",
                    JsonFields.array(chat.tools().stream().map(AnthropicDialect::tool).toList()));
            toolChoice(body, chat.toolChoice());
        }
        // These members come from a client of the same dialect.
        if (chat.extras().dialect().equals("anthropic")) {
            JsonFields.addMissing(body, chat.extras().members());
        }
        options(body, options);
        if (options.effort() != null && !body.has("thinking")) {
            think(body, model.model(), options.effort(), maxTokens);
        }
        if (!isAdaptive(model.model()) && !mayThinkOn(chat.messages())) {
            body.remove("thinking");
        }
        return new HttpCall(model.endpoint("/messages"), headers(model, chat.extras()), body);
    }

    private static Map<String, String> headers(Model model, ModelRequest.Extras extras) {
        var headers = new HashMap<>(Map.of("anthropic-version", VERSION));
        if (!extras.betas().isEmpty()) {
            headers.put("anthropic-beta", extras.betas());
        }
        if (model.key().isPresent()) {
            headers.put("x-api-key", model.key().value());
        }
        return headers;
    }

    private static void options(JsonObject body, ModelRequest.Options options) {
        if (!options.stop().isEmpty()) {
            body.add("stop_sequences", OpenAiDialect.strings(options.stop()));
        }
        var format = options.format();
        if (format != null && format.schema() != null && !body.has("output_config")) {
            var schema = JsonFields.of("type", "json_schema");
            schema.add("schema", format.schema());
            var output = new JsonObject();
            output.add("format", schema);
            body.add("output_config", output);
        }
    }

    private static void think(JsonObject body, String model, String effort, int maxTokens) {
        // The API refuses thinking beside a choice that forces the call of a tool.
        var choice = JsonFields.text(JsonFields.object(body, "tool_choice"), "type");
        boolean mayThink = choice.isEmpty() || choice.equals("none");
        if (isAdaptive(model)) {
            var level = EFFORTS.get(effort);
            if (level != null) {
                var output =
                        body.has("output_config")
                                ? body.getAsJsonObject("output_config")
                                : new JsonObject();
                output.addProperty("effort", level);
                body.add("output_config", output);
            }
            if (level != null && mayThink) {
                body.add("thinking", JsonFields.of("type", "adaptive"));
            }
            return;
        }
        var budget = BUDGETS.get(effort);
        // The budget leaves tokens for the answer.
        if (budget != null && budget < maxTokens && mayThink) {
            var thinking = JsonFields.of("type", "enabled");
            thinking.addProperty("budget_tokens", budget);
            body.add("thinking", thinking);
        }
    }

    /// Whether a model with a budget accepts thinking. It refuses to go on with tool calls whose
    /// thinking is missing: OpenAI's APIs cannot send it back, and another model had none.
    private static boolean mayThinkOn(List<ModelRequest.Message> messages) {
        return messages.reversed().stream()
                .filter(message -> message.role() == ModelRequest.Role.ASSISTANT)
                .findFirst()
                .map(last ->
                        last.parts().stream().noneMatch(Part.ToolCall.class::isInstance)
                                || isSignedThinking(last.parts().getFirst()))
                .orElse(true);
    }

    private static boolean isSignedThinking(Part part) {
        return part instanceof Part.RedactedThinking
                || (part instanceof Part.Thinking thinking && !thinking.signature().isEmpty());
    }

    /// Whether a model decides how much it thinks. Later ones refuse a budget. A model of another
    /// maker behind the same API takes a budget; a Claude without a version in its name is recent.
    static boolean isAdaptive(String model) {
        var version = CLAUDE.matcher(model);
        if (!version.find()) {
            return model.contains("claude");
        }
        int minor = version.group(2) == null ? 0 : Integer.parseInt(version.group(2));
        return Integer.parseInt(version.group(1)) * 100 + minor >= ADAPTIVE;
    }

    private static JsonObject tool(ModelRequest.Tool tool) {
        var entry = JsonFields.of("name", tool.name(), "description", tool.description());
        entry.add("input_schema", tool.schema());
        addCachePoint(entry, tool.cachePoint());
        return entry;
    }

    private static void toolChoice(JsonObject body, ModelRequest.ToolChoice choice) {
        switch (choice) {
            case ModelRequest.ToolChoice.Auto() -> {}
            case ModelRequest.ToolChoice.Never() ->
                    body.add("tool_choice", JsonFields.of("type", "none"));
            case ModelRequest.ToolChoice.Always() ->
                    body.add("tool_choice", JsonFields.of("type", "any"));
            case ModelRequest.ToolChoice.Named(var name) ->
                    body.add("tool_choice", JsonFields.of("type", "tool", "name", name));
        }
    }

    private static JsonObject message(ModelRequest.Message message) {
        var encoded =
                JsonFields.of(
                        "role", message.role() == ModelRequest.Role.USER ? "user" : "assistant");
        encoded.add("content", content(message.parts()));
        return encoded;
    }

    private static JsonArray content(List<Part> parts) {
        var content = new JsonArray();
        for (var part : parts) {
            switch (part) {
                case Part.Text text -> content.add(text(text));
                case Part.Image image -> content.add(image(image));
                case Part.Thinking(var text, var signature) -> {
                    // That of another provider's model has none.
                    if (!signature.isEmpty()) {
                        content.add(
                                JsonFields.of(
                                        "type",
                                        "thinking",
                                        "thinking",
                                        text,
                                        "signature",
                                        signature));
                    }
                }
                case Part.RedactedThinking(var data) ->
                        content.add(JsonFields.of("type", "redacted_thinking", "data", data));
                case Part.ToolCall(var id, var name, var arguments) -> {
                    var call = JsonFields.of("type", "tool_use", "id", id(id), "name", name);
                    call.add("input", arguments(arguments));
                    content.add(call);
                }
                case Part.ToolResult result -> content.add(toolResult(result));
            }
        }
        return content;
    }

    private static JsonObject toolResult(Part.ToolResult result) {
        var block = JsonFields.of("type", "tool_result", "tool_use_id", id(result.id()));
        if (result.images().isEmpty()) {
            block.addProperty("content", result.text());
        } else {
            var parts = new ArrayList<Part>(result.images());
            if (!result.text().isEmpty()) {
                parts.addFirst(new Part.Text(result.text()));
            }
            block.add("content", content(parts));
        }
        if (result.isError()) {
            block.addProperty("is_error", true);
        }
        addCachePoint(block, result.cachePoint());
        return block;
    }

    /// The id of a call, which another provider may have made, in the API's alphabet.
    private static String id(String id) {
        return GeminiDecoder.withoutSignature(id).replaceAll("[^a-zA-Z0-9_-]", "_");
    }

    private static JsonObject text(Part.Text part) {
        var block = JsonFields.of("type", "text", "text", part.text());
        addCachePoint(block, part.cachePoint());
        return block;
    }

    private static JsonObject image(Part.Image image) {
        var source =
                image.mediaType().isEmpty()
                        ? JsonFields.of("type", "url", "url", image.data())
                        : JsonFields.of(
                                "type",
                                "base64",
                                "media_type",
                                image.mediaType(),
                                "data",
                                image.data());
        var block = JsonFields.of("type", "image");
        block.add("source", source);
        addCachePoint(block, image.cachePoint());
        return block;
    }

    private static void addCachePoint(JsonObject block, ModelRequest.CachePoint cachePoint) {
        if (cachePoint == ModelRequest.CachePoint.NONE) {
            return;
        }
        var control = JsonFields.of("type", "ephemeral");
        if (cachePoint == ModelRequest.CachePoint.ONE_HOUR) {
            control.addProperty("ttl", "1h");
        }
        block.add("cache_control", control);
    }

    /// The arguments as an object. Models sometimes write invalid JSON, which no provider accepts.
    static JsonObject arguments(String text) {
        try {
            return !text.isBlank() && JsonParser.parseString(text) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (com.google.gson.JsonParseException _) {
            return new JsonObject();
        }
    }

    @Override
    public Frames frames(InputStream body) {
        return new ServerSentEvents(body);
    }

    @Override
    public Decoder decoder() {
        return new AnthropicDecoder();
    }
}

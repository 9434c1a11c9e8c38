package dev.qide.server.ai.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// OpenAI Chat Completions, `POST /v1/chat/completions`, as OpenAI, vLLM, llama.cpp, Mistral,
/// DeepSeek and others implement it.
final class OpenAiDialect implements Dialect {
    @Override
    public HttpCall encode(Model model, ModelRequest request) {
        var chat = (ModelRequest.Chat) request;
        var body = new JsonObject();
        body.addProperty("model", model.model());
        body.add("messages", messages(chat));
        body.addProperty("stream", true);
        body.add("stream_options", new JsonObject());
        body.getAsJsonObject("stream_options").addProperty("include_usage", true);
        if (!chat.tools().isEmpty()) {
            body.add("tools", tools(chat.tools()));
            toolChoice(body, chat.toolChoice());
        }
        options(body, chat.options(), isReasoning(model));
        if (chat.extras().dialect().equals("openai")) {
            JsonFields.addMissing(body, chat.extras().members());
        }
        return new HttpCall(model.endpoint("/chat/completions"), headers(model), body);
    }

    static Map<String, String> headers(Model model) {
        return model.key().isPresent()
                ? Map.of("Authorization", "Bearer " + model.key().value())
                : Map.of();
    }

    /// OpenAI's own reasoning models, also at Azure, reject `max_tokens`; other servers know
    /// nothing else.
    private static boolean isReasoning(Model model) {
        var host = model.url().getHost();
        return "api.openai.com".equals(host) || host.endsWith(".openai.azure.com");
    }

    private static void options(
            JsonObject body, ModelRequest.Options options, boolean isReasoning) {
        if (options.maxTokens() != null) {
            body.addProperty(
                    isReasoning ? "max_completion_tokens" : "max_tokens", options.maxTokens());
        }
        if (options.temperature() != null) {
            body.addProperty("temperature", options.temperature());
        }
        if (options.topP() != null) {
            body.addProperty("top_p", options.topP());
        }
        if (!options.stop().isEmpty()) {
            body.add("stop", strings(options.stop()));
        }
        if (options.effort() != null) {
            body.addProperty("reasoning_effort", options.effort());
        }
        var format = options.format();
        if (format != null && format.schema() == null) {
            body.add("response_format", JsonFields.of("type", "json_object"));
        } else if (format != null) {
            var schema = JsonFields.of("name", format.name());
            schema.add("schema", format.schema());
            if (format.isStrict()) {
                schema.addProperty("strict", true);
            }
            var responseFormat = JsonFields.of("type", "json_schema");
            responseFormat.add("json_schema", schema);
            body.add("response_format", responseFormat);
        }
    }

    static JsonArray strings(List<String> values) {
        var array = new JsonArray();
        values.forEach(array::add);
        return array;
    }

    /// Function declarations, which Ollama accepts in the same form.
    static JsonArray tools(List<ModelRequest.Tool> tools) {
        return JsonFields.array(tools.stream().map(OpenAiDialect::tool).toList());
    }

    private static JsonObject tool(ModelRequest.Tool tool) {
        var function = JsonFields.of("name", tool.name(), "description", tool.description());
        function.add("parameters", tool.schema());
        if (tool.isStrict()) {
            function.addProperty("strict", true);
        }
        var entry = JsonFields.of("type", "function");
        entry.add("function", function);
        return entry;
    }

    private static void toolChoice(JsonObject body, ModelRequest.ToolChoice choice) {
        switch (choice) {
            case ModelRequest.ToolChoice.Auto() -> {}
            case ModelRequest.ToolChoice.Never() -> body.addProperty("tool_choice", "none");
            case ModelRequest.ToolChoice.Always() -> body.addProperty("tool_choice", "required");
            case ModelRequest.ToolChoice.Named(var name) -> {
                var named = JsonFields.of("type", "function");
                named.add("function", JsonFields.of("name", name));
                body.add("tool_choice", named);
            }
        }
    }

    private static JsonArray messages(ModelRequest.Chat chat) {
        var messages = new JsonArray();
        if (!chat.system().isEmpty()) {
            var text =
                    chat.system().stream().map(Part.Text::text).collect(Collectors.joining("\n\n"));
            messages.add(JsonFields.of("role", "system", "content", text));
        }
        for (var message : chat.messages()) {
            switch (message.role()) {
                case USER -> user(message.parts()).forEach(messages::add);
                case ASSISTANT -> messages.add(assistant(message.parts()));
            }
        }
        return messages;
    }

    /// Tool results are separate messages and come first.
    private static List<JsonObject> user(List<Part> parts) {
        var messages = new ArrayList<JsonObject>();
        var content = new ArrayList<JsonObject>();
        for (var part : parts) {
            switch (part) {
                case Part.ToolResult result -> {
                    messages.add(
                            JsonFields.of(
                                    "role",
                                    "tool",
                                    "tool_call_id",
                                    GeminiDecoder.withoutSignature(result.id()),
                                    "content",
                                    result.text()));
                    // A message of a tool has no images.
                    result.images().forEach(image -> content.add(image(image)));
                }
                case Part.Text(var text, _) ->
                        content.add(JsonFields.of("type", "text", "text", text));
                case Part.Image image -> content.add(image(image));
                case Part.Thinking _, Part.RedactedThinking _, Part.ToolCall _ -> {}
            }
        }
        if (content.stream().allMatch(part -> part.has("text"))) {
            var text =
                    content.stream()
                            .map(part -> JsonFields.text(part, "text"))
                            .collect(Collectors.joining("\n"));
            if (!content.isEmpty()) {
                messages.add(JsonFields.of("role", "user", "content", text));
            }
        } else {
            var message = JsonFields.of("role", "user");
            message.add("content", JsonFields.array(content));
            messages.add(message);
        }
        return messages;
    }

    private static JsonObject image(Part.Image image) {
        var url =
                image.mediaType().isEmpty()
                        ? image.data()
                        : "data:" + image.mediaType() + ";base64," + image.data();
        var part = JsonFields.of("type", "image_url");
        part.add("image_url", JsonFields.of("url", url));
        return part;
    }

    private static JsonObject assistant(List<Part> parts) {
        var text = new StringBuilder();
        var calls = new JsonArray();
        for (var part : parts) {
            switch (part) {
                case Part.Text(var more, _) -> text.append(more);
                case Part.ToolCall(var id, var name, var arguments) -> {
                    var toolCall =
                            JsonFields.of(
                                    "id", GeminiDecoder.withoutSignature(id), "type", "function");
                    toolCall.add("function", JsonFields.of("name", name, "arguments", arguments));
                    calls.add(toolCall);
                }
                case Part.Image _, Part.Thinking _, Part.RedactedThinking _, Part.ToolResult _ -> {}
            }
        }
        var message = JsonFields.of("role", "assistant");
        if (text.isEmpty() && !calls.isEmpty()) {
            message.add("content", com.google.gson.JsonNull.INSTANCE);
        } else {
            message.addProperty("content", text.toString());
        }
        if (!calls.isEmpty()) {
            message.add("tool_calls", calls);
        }
        return message;
    }

    @Override
    public Frames frames(InputStream body) {
        return new ServerSentEvents(body);
    }

    @Override
    public Decoder decoder() {
        return new OpenAiDecoder();
    }
}

package dev.qide.server.ai.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/// Ollama's own API, `POST /api/chat`.
final class OllamaDialect implements Dialect {
    @Override
    public HttpCall encode(Model model, ModelRequest request) {
        var chat = (ModelRequest.Chat) request;
        var body = new JsonObject();
        body.addProperty("model", model.model());
        body.add("messages", messages(chat));
        body.addProperty("stream", true);
        body.add("options", options(chat.options(), model));
        refuseTruncation(body, model);
        if (chat.options().effort() != null) {
            body.addProperty("think", !"none".equals(chat.options().effort()));
        }
        var format = chat.options().format();
        if (format != null && format.schema() != null) {
            body.add("format", format.schema());
        } else if (format != null) {
            body.addProperty("format", "json");
        }
        // Ollama has no `tool_choice`: without declared tools it calls none.
        boolean allowsTools = !(chat.toolChoice() instanceof ModelRequest.ToolChoice.Never);
        if (!chat.tools().isEmpty() && allowsTools) {
            body.add("tools", OpenAiDialect.tools(chat.tools()));
        }
        return new HttpCall(model.endpoint("/chat"), OpenAiDialect.headers(model), body);
    }

    /// A request that is larger than the model's context, as its entry states it, is refused.
    /// Otherwise Ollama drops the beginning, and says nothing. Older versions know no such member.
    static void refuseTruncation(JsonObject body, Model model) {
        if (model.limits().contextTokens() != null) {
            body.addProperty("truncate", false);
        }
    }

    /// The options of a request, and the size of the context: with another one, Ollama loads the
    /// model again.
    static JsonObject options(ModelRequest.Options options, Model model) {
        var encoded = new JsonObject();
        if (model.limits().contextTokens() != null) {
            encoded.addProperty("num_ctx", model.limits().contextTokens());
        }
        if (options.maxTokens() != null) {
            encoded.addProperty("num_predict", options.maxTokens());
        }
        if (options.temperature() != null) {
            encoded.addProperty("temperature", options.temperature());
        }
        if (options.topP() != null) {
            encoded.addProperty("top_p", options.topP());
        }
        if (!options.stop().isEmpty()) {
            encoded.add("stop", OpenAiDialect.strings(options.stop()));
        }
        return encoded;
    }

    private static JsonArray messages(ModelRequest.Chat chat) {
        var messages = new JsonArray();
        chat.system()
                .forEach(part ->
                        messages.add(JsonFields.of("role", "system", "content", part.text())));
        var names = new HashMap<String, String>();
        for (var message : chat.messages()) {
            var role = message.role() == ModelRequest.Role.USER ? "user" : "assistant";
            var text = new StringBuilder();
            var images = new JsonArray();
            var calls = new JsonArray();
            for (var part : message.parts()) {
                switch (part) {
                    case Part.Text(var more, _) -> text.append(more);
                    case Part.Image image -> addImage(images, image);
                    case Part.Thinking _, Part.RedactedThinking _ -> {}
                    case Part.ToolCall(var id, var name, var arguments) -> {
                        names.put(id, name);
                        calls.add(toolCall(name, arguments));
                    }
                    case Part.ToolResult result -> {
                        var name = names.getOrDefault(result.id(), result.id());
                        messages.add(
                                JsonFields.of(
                                        "role",
                                        "tool",
                                        "tool_name",
                                        name,
                                        "content",
                                        result.text()));
                        result.images().forEach(image -> addImage(images, image));
                    }
                }
            }
            add(messages, role, text, Map.of("images", images, "tool_calls", calls));
        }
        return messages;
    }

    /// Ollama takes no URLs.
    private static void addImage(JsonArray images, Part.Image image) {
        if (!image.mediaType().isEmpty()) {
            images.add(image.data());
        }
    }

    private static void add(
            JsonArray messages, String role, StringBuilder text, Map<String, JsonArray> lists) {
        var message = JsonFields.of("role", role, "content", text.toString());
        lists.forEach((name, list) -> {
            if (!list.isEmpty()) {
                message.add(name, list);
            }
        });
        if (!text.isEmpty() || message.size() > 2) {
            messages.add(message);
        }
    }

    private static JsonObject toolCall(String name, String arguments) {
        var function = JsonFields.of("name", name);
        function.add("arguments", AnthropicDialect.arguments(arguments));
        var call = new JsonObject();
        call.add("function", function);
        return call;
    }

    @Override
    public Frames frames(InputStream body) {
        return new JsonLines(body);
    }

    @Override
    public Decoder decoder() {
        return new OllamaDecoder();
    }
}

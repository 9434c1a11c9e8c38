package dev.qide.server.ai.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Gemini, `POST /v1beta/models/{model}:streamGenerateContent?alt=sse`.
final class GeminiDialect implements Dialect {
    private static final String SIGNATURE = "thoughtSignature";

    /// Google's value for the calls of other models.
    private static final String SKIP_SIGNATURE = "skip_thought_signature_validator";

    private static final Map<String, Integer> THINKING =
            Map.of("none", 0, "low", 1_024, "medium", 4_096, "high", 16_384);

    @Override
    public HttpCall encode(Model model, ModelRequest request) {
        var chat = (ModelRequest.Chat) request;
        var body = new JsonObject();
        if (!chat.system().isEmpty()) {
            var instruction = new JsonObject();
            instruction.add(
                    "parts",
                    JsonFields.array(
                            chat.system().stream()
                                    .map(part -> JsonFields.of("text", part.text()))
                                    .toList()));
            body.add("systemInstruction", instruction);
        }
        body.add("contents", contents(chat.messages(), requiresSignatures(model.model())));
        body.add("generationConfig", generation(chat.options()));
        if (!chat.tools().isEmpty()) {
            var declarations = new JsonObject();
            declarations.add(
                    "functionDeclarations",
                    JsonFields.array(chat.tools().stream().map(GeminiDialect::tool).toList()));
            body.add("tools", JsonFields.array(List.of(declarations)));
            toolChoice(body, chat.toolChoice());
        }
        var path = "/models/" + model.model() + ":streamGenerateContent?alt=sse";
        return new HttpCall(
                model.endpoint(path),
                model.key().isPresent() ? Map.of("x-goog-api-key", model.key().value()) : Map.of(),
                body);
    }

    private static JsonObject generation(ModelRequest.Options options) {
        var config = new JsonObject();
        if (options.maxTokens() != null) {
            config.addProperty("maxOutputTokens", options.maxTokens());
        }
        if (options.temperature() != null) {
            config.addProperty("temperature", options.temperature());
        }
        if (options.topP() != null) {
            config.addProperty("topP", options.topP());
        }
        if (!options.stop().isEmpty()) {
            config.add("stopSequences", OpenAiDialect.strings(options.stop()));
        }
        var budget = options.effort() == null ? null : THINKING.get(options.effort());
        if (budget != null) {
            var thinking = new JsonObject();
            thinking.addProperty("thinkingBudget", budget);
            thinking.addProperty("includeThoughts", budget > 0);
            config.add("thinkingConfig", thinking);
        }
        if (options.format() != null) {
            config.addProperty("responseMimeType", "application/json");
            if (options.format().schema() != null) {
                config.add("responseJsonSchema", options.format().schema());
            }
        }
        return config;
    }

    private static JsonObject tool(ModelRequest.Tool tool) {
        var declaration = JsonFields.of("name", tool.name(), "description", tool.description());
        declaration.add("parametersJsonSchema", tool.schema());
        return declaration;
    }

    private static void toolChoice(JsonObject body, ModelRequest.ToolChoice choice) {
        var config = new JsonObject();
        switch (choice) {
            case ModelRequest.ToolChoice.Auto() -> {
                return;
            }
            case ModelRequest.ToolChoice.Never() -> config.addProperty("mode", "NONE");
            case ModelRequest.ToolChoice.Always() -> config.addProperty("mode", "ANY");
            case ModelRequest.ToolChoice.Named(var name) -> {
                config.addProperty("mode", "ANY");
                config.add("allowedFunctionNames", OpenAiDialect.strings(List.of(name)));
            }
        }
        var toolConfig = new JsonObject();
        toolConfig.add("functionCallingConfig", config);
        body.add("toolConfig", toolConfig);
    }

    /// Since Gemini 3, a call without the thinking signature that came with it is refused.
    private static boolean requiresSignatures(String model) {
        return model.matches("gemini-([3-9]|[1-9][0-9]).*");
    }

    private static JsonArray contents(
            List<ModelRequest.Message> messages, boolean requiresSignatures) {
        var contents = new JsonArray();
        // Results refer to the function's name, not to the id of the call.
        var names = new HashMap<String, String>();
        for (var message : messages) {
            var content =
                    JsonFields.of(
                            "role", message.role() == ModelRequest.Role.USER ? "user" : "model");
            var parts = new JsonArray();
            message.parts().forEach(part -> part(part, names, parts));
            if (requiresSignatures) {
                skipMissingSignature(parts);
            }
            content.add("parts", parts);
            if (!parts.isEmpty()) {
                contents.add(content);
            }
        }
        return contents;
    }

    /// The first call of a message has the signature, unless another model made it.
    private static void skipMissingSignature(JsonArray parts) {
        for (var part : JsonFields.objects(parts)) {
            if (part.has("functionCall")) {
                if (!part.has(SIGNATURE)) {
                    part.addProperty(SIGNATURE, SKIP_SIGNATURE);
                }
                return;
            }
        }
    }

    private static void part(Part part, Map<String, String> names, JsonArray parts) {
        switch (part) {
            case Part.Text(var text, _) -> parts.add(JsonFields.of("text", text));
            case Part.Image image -> parts.add(image(image));
            case Part.Thinking _, Part.RedactedThinking _ -> {}
            case Part.ToolCall(var id, var name, var arguments) -> {
                names.put(id, name);
                var functionCall = JsonFields.of("name", name);
                functionCall.add("args", AnthropicDialect.arguments(arguments));
                var encoded = new JsonObject();
                encoded.add("functionCall", functionCall);
                // The id carries the thinking signature, for which other dialects have no member.
                int signature = id.indexOf(GeminiDecoder.SIGNATURE);
                if (signature >= 0) {
                    encoded.addProperty(
                            SIGNATURE, id.substring(signature + GeminiDecoder.SIGNATURE.length()));
                }
                parts.add(encoded);
            }
            case Part.ToolResult result -> {
                var name = names.getOrDefault(result.id(), result.id());
                var functionResponse = JsonFields.of("name", name);
                functionResponse.add(
                        "response",
                        JsonFields.of(result.isError() ? "error" : "output", result.text()));
                var encoded = new JsonObject();
                encoded.add("functionResponse", functionResponse);
                parts.add(encoded);
                result.images().forEach(image -> parts.add(image(image)));
            }
        }
    }

    private static JsonObject image(Part.Image image) {
        var encoded = new JsonObject();
        if (image.mediaType().isEmpty()) {
            encoded.add("fileData", JsonFields.of("fileUri", image.data()));
        } else {
            encoded.add(
                    "inlineData",
                    JsonFields.of("mimeType", image.mediaType(), "data", image.data()));
        }
        return encoded;
    }

    @Override
    public Frames frames(InputStream body) {
        return new ServerSentEvents(body);
    }

    @Override
    public Decoder decoder() {
        return new GeminiDecoder();
    }
}

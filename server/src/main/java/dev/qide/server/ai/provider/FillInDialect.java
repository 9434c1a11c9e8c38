package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// Fill-in-the-middle with the API's own parameter `suffix`, llama.cpp's `/infill`, a prompt with
/// the special tokens of a family of models, or a chat prompt for APIs without any of these.
final class FillInDialect implements Dialect {
    private final Model model;
    private final Model.FillIn manner;

    private FillInDialect(Model model, Model.FillIn manner) {
        this.model = model;
        this.manner = manner;
    }

    /// The dialect for a model's entry.
    static Dialect of(Model model) {
        boolean hasSuffix =
                switch (model.provider()) {
                    case OPENAI, OLLAMA -> true;
                    case ANTHROPIC, GEMINI -> false;
                };
        if (!hasSuffix || model.fillIn() == Model.FillIn.CHAT) {
            return new ByChat(chatOf(model.provider()));
        }
        return new FillInDialect(model, model.fillIn());
    }

    private static Dialect chatOf(Model.Provider provider) {
        return switch (provider) {
            case OPENAI -> new OpenAiDialect();
            case ANTHROPIC -> new AnthropicDialect();
            case GEMINI -> new GeminiDialect();
            case OLLAMA -> new OllamaDialect();
        };
    }

    @Override
    public HttpCall encode(Model model, ModelRequest request) {
        var fillIn = (ModelRequest.FillIn) request;
        if (manner == Model.FillIn.INFILL) {
            return infill(fillIn);
        }
        var template = FillInTemplate.of(manner);
        var body = JsonFields.of("model", model.model());
        body.addProperty("prompt", template == null ? fillIn.prefix() : template.prompt(fillIn));
        if (template == null) {
            body.addProperty("suffix", fillIn.suffix());
        }
        body.addProperty("stream", true);
        var stop = new ArrayList<>(fillIn.options().stop());
        if (template != null) {
            stop.addAll(template.stop());
        }
        return model.provider() == Model.Provider.OLLAMA
                ? generate(body, fillIn, stop, template != null)
                : completions(body, fillIn, stop);
    }

    private HttpCall completions(JsonObject body, ModelRequest.FillIn fillIn, List<String> stop) {
        if (fillIn.options().maxTokens() != null) {
            body.addProperty("max_tokens", fillIn.options().maxTokens());
        }
        body.addProperty("temperature", temperature(fillIn));
        if (!stop.isEmpty()) {
            body.add("stop", OpenAiDialect.strings(stop));
        }
        var streamOptions = new JsonObject();
        streamOptions.addProperty("include_usage", true);
        body.add("stream_options", streamOptions);
        return new HttpCall(model.endpoint("/completions"), OpenAiDialect.headers(model), body);
    }

    private HttpCall generate(
            JsonObject body, ModelRequest.FillIn fillIn, List<String> stop, boolean isRaw) {
        var options = OllamaDialect.options(fillIn.options(), model);
        OllamaDialect.refuseTruncation(body, model);
        options.addProperty("temperature", temperature(fillIn));
        if (!stop.isEmpty()) {
            options.add("stop", OpenAiDialect.strings(stop));
        }
        body.add("options", options);
        if (isRaw) {
            body.addProperty("raw", true);
        }
        return new HttpCall(model.endpoint("/generate"), OpenAiDialect.headers(model), body);
    }

    private HttpCall infill(ModelRequest.FillIn fillIn) {
        var body = JsonFields.of("input_prefix", fillIn.prefix(), "input_suffix", fillIn.suffix());
        if (fillIn.options().maxTokens() != null) {
            body.addProperty("n_predict", fillIn.options().maxTokens());
        }
        body.addProperty("temperature", temperature(fillIn));
        body.addProperty("stream", true);
        if (!fillIn.options().stop().isEmpty()) {
            body.add("stop", OpenAiDialect.strings(fillIn.options().stop()));
        }
        return new HttpCall(model.root("/infill"), OpenAiDialect.headers(model), body);
    }

    private static double temperature(ModelRequest.FillIn fillIn) {
        var wanted = fillIn.options().temperature();
        return wanted == null ? 0 : wanted;
    }

    @Override
    public Frames frames(InputStream body) {
        return model.provider() == Model.Provider.OLLAMA && manner != Model.FillIn.INFILL
                ? new JsonLines(body)
                : new ServerSentEvents(body);
    }

    @Override
    public Decoder decoder() {
        if (manner == Model.FillIn.INFILL) {
            return new InfillDecoder();
        }
        return model.provider() == Model.Provider.OLLAMA
                ? new OllamaDecoder()
                : new OpenAiDecoder();
    }

    /// A chat model with an instruction to fill the gap.
    private record ByChat(Dialect chat) implements Dialect {
        @Override
        public HttpCall encode(Model model, ModelRequest request) {
            return chat.encode(model, FillInPrompt.of(model, (ModelRequest.FillIn) request));
        }

        @Override
        public Frames frames(InputStream body) {
            return chat.frames(body);
        }

        @Override
        public Decoder decoder() {
            return chat.decoder();
        }
    }
}

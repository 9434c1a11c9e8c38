package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import dev.qide.server.ai.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request to a model, common to all dialects.
public sealed interface ModelRequest {
    /// The same request with at most as many output tokens as the limits allow.
    ModelRequest within(Model.Limits limits);

    /// A conversation for the model to continue.
    ///
    /// @param system instructions, in order
    /// @param extras members of the client's own request without a counterpart here; a provider of
    ///   the same dialect receives them unchanged
    record Chat(
            List<Part.Text> system,
            List<Message> messages,
            List<Tool> tools,
            ToolChoice toolChoice,
            Options options,
            Extras extras)
            implements ModelRequest {
        public Chat {
            system = List.copyOf(system);
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
        }

        @Override
        public Chat within(Model.Limits limits) {
            return new Chat(system, messages, tools, toolChoice, options.within(limits), extras);
        }
    }

    /// A gap in a text for the model to fill.
    ///
    /// @param path the document's path, which hints at the language
    record FillIn(String path, String languageId, String prefix, String suffix, Options options)
            implements ModelRequest {
        @Override
        public FillIn within(Model.Limits limits) {
            return new FillIn(path, languageId, prefix, suffix, options.within(limits));
        }
    }

    /// One turn of a conversation.
    record Message(Role role, List<Part> parts) {
        public Message {
            parts = List.copyOf(parts);
        }
    }

    /// The author of a turn; tool results belong to the user.
    enum Role {
        USER,
        ASSISTANT
    }

    /// A part of a turn.
    sealed interface Part {
        record Text(String text, CachePoint cachePoint) implements Part {
            public Text(String text) {
                this(text, CachePoint.NONE);
            }
        }

        /// @param mediaType for instance `image/png`; empty when `data` is a URL
        /// @param data base64, or the URL of the image
        record Image(String mediaType, String data, CachePoint cachePoint) implements Part {
            public Image(String mediaType, String data) {
                this(mediaType, data, CachePoint.NONE);
            }
        }

        /// @param signature the provider's; may be empty
        record Thinking(String text, String signature) implements Part {}

        record RedactedThinking(String data) implements Part {}

        /// @param arguments a JSON object as text
        record ToolCall(String id, String name, String arguments) implements Part {}

        /// @param id of the tool call
        /// @param images which follow the text
        record ToolResult(
                String id, String text, List<Image> images, boolean isError, CachePoint cachePoint)
                implements Part {
            public ToolResult {
                images = List.copyOf(images);
            }

            public ToolResult(String id, String text, boolean isError) {
                this(id, text, List.of(), isError, CachePoint.NONE);
            }
        }
    }

    /// Whether, and for how long, the provider should cache the request up to a part or a tool.
    enum CachePoint {
        NONE,
        FIVE_MINUTES,
        ONE_HOUR
    }

    /// A function that the model may call.
    ///
    /// @param schema the JSON Schema of its arguments
    /// @param isStrict whether the client wants arguments that keep to the schema in any case
    record Tool(
            String name,
            String description,
            JsonObject schema,
            boolean isStrict,
            CachePoint cachePoint) {
        public Tool(String name, String description, JsonObject schema) {
            this(name, description, schema, false, CachePoint.NONE);
        }
    }

    /// Whether the model may or must call tools.
    sealed interface ToolChoice {
        record Auto() implements ToolChoice {}

        record Never() implements ToolChoice {}

        record Always() implements ToolChoice {}

        record Named(String name) implements ToolChoice {}
    }

    /// The options of generation; null means the provider's default.
    ///
    /// @param maxTokens the maximum number of output tokens
    /// @param format the JSON format of the answer
    /// @param effort the amount of reasoning: `none`, `low`, `medium` or `high`
    record Options(
            @Nullable Integer maxTokens,
            @Nullable Double temperature,
            @Nullable Double topP,
            List<String> stop,
            @Nullable Format format,
            @Nullable String effort) {
        /// The provider's defaults.
        public static final Options DEFAULTS = new Options(null, null, null, List.of(), null, null);

        public Options {
            stop = List.copyOf(stop);
        }

        Options within(Model.Limits limits) {
            int most = limits.outputTokens();
            boolean isWithin = maxTokens == null ? !limits.isOutputSent() : maxTokens <= most;
            return isWithin ? this : atMost(most);
        }

        /// The same options with another maximum of output tokens.
        public Options atMost(int tokens) {
            return new Options(tokens, temperature, topP, stop, format, effort);
        }
    }

    /// Structured output.
    ///
    /// @param schema a JSON Schema; null for any JSON object
    /// @param isStrict whether the client wants an answer that keeps to the schema in any case
    record Format(String name, @Nullable JsonObject schema, boolean isStrict) {}

    /// Members that only one dialect has.
    ///
    /// @param dialect the name of the provider, for instance `openai`
    /// @param betas Anthropic's beta features, as in its header, separated by commas
    record Extras(String dialect, JsonObject members, String betas) {
        public static final Extras NONE = new Extras("", new JsonObject(), "");
    }
}

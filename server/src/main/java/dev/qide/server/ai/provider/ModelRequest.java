package dev.qide.server.ai.provider;

import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request to a model, in the form that all dialects share.
public sealed interface ModelRequest {
    /// The same, wanting at most this number of output tokens; unchanged if it names no number.
    ModelRequest atMost(int outputTokens);

    /// A conversation that the model continues.
    ///
    /// @param system instructions, in order
    /// @param extras members of the client's own request that the common form lacks; a provider of
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
        public Chat atMost(int outputTokens) {
            return new Chat(
                    system, messages, tools, toolChoice, options.clamped(outputTokens), extras);
        }
    }

    /// A gap in a text that the model fills.
    ///
    /// @param path the document's path, which hints at the language
    record FillIn(String path, String languageId, String prefix, String suffix, Options options)
            implements ModelRequest {
        @Override
        public FillIn atMost(int outputTokens) {
            return new FillIn(path, languageId, prefix, suffix, options.clamped(outputTokens));
        }
    }

    /// One turn.
    record Message(Role role, List<Part> parts) {
        public Message {
            parts = List.copyOf(parts);
        }
    }

    /// Whose turn it is; results of tools are the user's.
    enum Role {
        USER,
        ASSISTANT
    }

    /// A part of a turn.
    sealed interface Part {
        /// @param isCachePoint whether the provider should cache the request up to here
        record Text(String text, boolean isCachePoint) implements Part {
            public Text(String text) {
                this(text, false);
            }
        }

        /// @param mediaType for instance `image/png`; empty when `data` is a URL
        /// @param data base64, or the URL of the image
        record Image(String mediaType, String data) implements Part {}

        /// @param signature the provider's; may be empty
        record Thinking(String text, String signature) implements Part {}

        record RedactedThinking(String data) implements Part {}

        /// @param arguments a JSON object as text
        record ToolCall(String id, String name, String arguments) implements Part {}

        /// @param id of the call
        record ToolResult(String id, String text, boolean isError) implements Part {}
    }

    /// A function that the model may call.
    ///
    /// @param schema JSON Schema of its arguments
    record Tool(String name, String description, JsonObject schema) {}

    /// Whether the model may or must call tools.
    sealed interface ToolChoice {
        record Auto() implements ToolChoice {}

        record Never() implements ToolChoice {}

        record Always() implements ToolChoice {}

        record Named(String name) implements ToolChoice {}
    }

    /// How to generate; a null member is the provider's default.
    ///
    /// @param maxTokens the most output tokens
    /// @param format the JSON that the answer has to be
    /// @param effort how much to reason: `none`, `low`, `medium` or `high`
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

        Options clamped(int tokens) {
            return maxTokens == null || maxTokens <= tokens ? this : atMost(tokens);
        }

        /// The same with another bound of output tokens.
        public Options atMost(int tokens) {
            return new Options(tokens, temperature, topP, stop, format, effort);
        }
    }

    /// Structured output.
    ///
    /// @param schema JSON Schema; null for any JSON object
    record Format(String name, @Nullable JsonObject schema) {}

    /// Members of a request of one dialect.
    ///
    /// @param dialect the name of the provider, for instance `openai`
    record Extras(String dialect, JsonObject members) {
        public static final Extras NONE = new Extras("", new JsonObject());
    }
}

package dev.qide.server.ai;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One configured model.
///
/// @param name the name in the configuration, by which clients choose it
/// @param url the provider's base URL without a trailing slash, with or without its version path
/// @param model the provider's name of the model
/// @param purposes what it is used for; the first model of a purpose is that purpose's default
/// @param fallback the names of the models that are tried in order when this one does not answer
/// @param isLocal whether its URL may be on this machine or in a private network, and whether a
///   workspace that allows only local models may use it
public record Model(
        String name,
        Provider provider,
        URI url,
        String model,
        Set<Purpose> purposes,
        Key key,
        List<String> fallback,
        Price price,
        Limits limits,
        FillIn fillIn,
        boolean isLocal) {
    public Model {
        purposes = Set.copyOf(purposes);
        fallback = List.copyOf(fallback);
    }

    /// The API that a model's server speaks.
    public enum Provider {
        /// Chat Completions and legacy completions, which many servers speak.
        OPENAI("/v1"),
        ANTHROPIC("/v1"),
        GEMINI("/v1beta"),
        OLLAMA("/api");

        private final String version;

        Provider(String version) {
            this.version = version;
        }

        /// The lower-case name in the models file.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What a model is used for.
    public enum Purpose {
        COMPLETION,
        CHAT;

        /// The lower-case name in the models file.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How a model is asked to fill in text between a prefix and a suffix.
    public enum FillIn {
        /// By the API's own parameter `suffix`; by chat when the server refuses it.
        AUTO,
        /// By the API's own parameter `suffix`.
        SUFFIX,
        /// By llama.cpp's `/infill`.
        INFILL,
        /// By a chat prompt.
        CHAT,
        /// By a prompt with the special tokens of a family of models.
        QWEN,
        STARCODER,
        CODELLAMA,
        DEEPSEEK,
        CODESTRAL;

        /// The lower-case name in the models file.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Prices per million tokens, in one currency for the whole server.
    ///
    /// @param cachedInput of input tokens that the provider read from its cache
    public record Price(BigDecimal input, BigDecimal cachedInput, BigDecimal output) {
        /// A model that costs nothing.
        public static final Price FREE =
                new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);
    }

    /// Bounds of one model.
    ///
    /// @param contextTokens the most tokens of a request and its answer; null if unknown
    /// @param outputTokens the most tokens of an answer
    /// @param concurrent the calls that may run at once, of completion and of chat each
    /// @param start the longest wait for the first token, which includes loading the model
    /// @param gap the longest silence between two frames after that
    public record Limits(
            @Nullable Integer contextTokens,
            int outputTokens,
            int concurrent,
            Duration start,
            Duration gap) {
        /// The bounds of a model whose entry has none.
        public static final Limits STANDARD =
                new Limits(null, 8_192, 1_024, Duration.ofSeconds(120), Duration.ofSeconds(60));
    }

    /// An endpoint below the base URL and the version path.
    ///
    /// @param path starting with `/`
    public URI endpoint(String path) {
        var base = url.toString();
        return URI.create(
                base.endsWith(provider.version) ? base + path : base + provider.version + path);
    }

    /// An endpoint beside the version path.
    ///
    /// @param path starting with `/`
    public URI root(String path) {
        var base = url.toString();
        return URI.create(
                base.endsWith(provider.version)
                        ? base.substring(0, base.length() - provider.version.length()) + path
                        : base + path);
    }

    /// A secret that `toString` does not show.
    public record Key(String value) {
        public static final Key NONE = new Key("");

        public boolean isPresent() {
            return !value.isEmpty();
        }

        @Override
        public String toString() {
            return isPresent() ? "***" : "";
        }
    }
}

package dev.qide.server.ai;

import dev.qide.server.secrets.Secret;
import dev.qide.server.secrets.SecretSource;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A configured model.
///
/// @param name the name in the configuration, by which clients choose it
/// @param url the provider's base URL without a trailing slash, with or without its version path
/// @param model the provider's name of the model
/// @param purposes its uses; the first model with a purpose is that purpose's default
/// @param fallback the names of the models to try in order when this one does not answer
/// @param isLocal whether its URL may be on this machine or in a private network, and whether
///   workspaces that allow only local models may use it
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

    /// The API of a model's server.
    public enum Provider {
        /// Chat Completions and legacy completions, which many servers implement.
        OPENAI("/v1"),
        ANTHROPIC("/v1"),
        GEMINI("/v1beta"),
        OLLAMA("/api");

        private final String version;

        Provider(String version) {
            this.version = version;
        }

        /// The lower-case name in the models file.
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The use of a model.
    public enum Purpose {
        COMPLETION,
        CHAT;

        /// The lower-case name in the models file.
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The way to request the text between a prefix and a suffix.
    public enum FillIn {
        /// The API's own parameter `suffix`, or chat when the server refuses it.
        AUTO,
        /// The API's own parameter `suffix`.
        SUFFIX,
        /// llama.cpp's `/infill`.
        INFILL,
        /// A chat prompt.
        CHAT,
        /// A prompt with the special tokens of a family of models.
        QWEN,
        STARCODER,
        CODELLAMA,
        DEEPSEEK,
        CODESTRAL;

        /// The lower-case name in the models file.
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Prices per million tokens, in one currency for the whole server.
    ///
    /// @param cachedInput the price of input tokens that the provider read from its cache
    public record Price(BigDecimal input, BigDecimal cachedInput, BigDecimal output) {
        /// The prices of a free model.
        public static final Price FREE =
                new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);
    }

    /// The limits of one model.
    ///
    /// @param contextTokens the maximum number of tokens of a request and its answer, which the
    ///   provider enforces; null if unknown
    /// @param outputTokens the maximum number of tokens of an answer
    /// @param isOutputSent whether that maximum is sent with each request that has no lower one. If
    ///   the entry has none, the model's may be lower than the default, which it would refuse.
    /// @param concurrent the maximum number of concurrent calls, for completion and for chat each
    /// @param start the maximum wait for the first token, which includes loading the model
    /// @param gap the maximum silence between two frames after that
    public record Limits(
            @Nullable Integer contextTokens,
            int outputTokens,
            boolean isOutputSent,
            int concurrent,
            Duration start,
            Duration gap) {
        /// The limits of a model whose entry has none.
        public static final Limits STANDARD =
                new Limits(
                        null, 8_192, false, 1_024, Duration.ofSeconds(120), Duration.ofSeconds(60));
    }

    /// This model, called with another key.
    public Model with(Key other) {
        return new Model(
                name, provider, url, model, purposes, other, fallback, price, limits, fillIn,
                isLocal);
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

    /// A secret that `toString` does not show, and that may be renewed.
    public record Key(SecretSource source) {
        public static final Key NONE = new Key("");

        /// A key that is never renewed.
        public Key(String value) {
            this(Secret.of(value));
        }

        /// The value that is valid now.
        public String value() {
            return source.current().reveal();
        }

        public boolean isPresent() {
            return !value().isEmpty();
        }

        @Override
        public String toString() {
            return isPresent() ? "***" : "";
        }
    }
}

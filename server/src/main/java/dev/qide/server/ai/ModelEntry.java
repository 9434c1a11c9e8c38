package dev.qide.server.ai;

import dev.qide.server.ai.Model.FillIn;
import dev.qide.server.ai.Model.Purpose;
import dev.qide.server.secrets.SecretFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An entry of the models file.
///
/// @param startSeconds the maximum wait for the first token
/// @param gapSeconds the maximum silence after it
record ModelEntry(
        String name,
        String provider,
        @Nullable String url,
        String model,
        List<String> purpose,
        @Nullable String keyFile,
        @Nullable List<String> fallback,
        @Nullable PriceEntry price,
        @Nullable Integer contextTokens,
        @Nullable Integer outputTokens,
        @Nullable Integer concurrent,
        @Nullable Integer startSeconds,
        @Nullable Integer gapSeconds,
        @Nullable String fillIn,
        @Nullable Boolean local) {
    static final Set<String> MEMBERS =
            Set.of(
                    "name",
                    "provider",
                    "url",
                    "model",
                    "purpose",
                    "keyFile",
                    "fallback",
                    "price",
                    "contextTokens",
                    "outputTokens",
                    "concurrent",
                    "startSeconds",
                    "gapSeconds",
                    "fillIn",
                    "local");

    private static final int KEY_BYTES = 16 << 10;
    private static final int LARGEST = 100_000_000;

    /// Prices per million tokens.
    record PriceEntry(
            @Nullable BigDecimal input,
            @Nullable BigDecimal cachedInput,
            @Nullable BigDecimal output) {
        Model.Price toPrice() {
            var each = input == null ? BigDecimal.ZERO : input;
            return new Model.Price(
                    each,
                    cachedInput == null ? each : cachedInput,
                    output == null ? BigDecimal.ZERO : output);
        }
    }

    /// @throws IllegalArgumentException with a sentence that names the file, the model and the
    ///   error
    Model toModel(Path file) {
        if (name.isBlank() || name.length() > 128 || model.isBlank()) {
            throw new IllegalArgumentException(
                    file + ": a model needs a name of at most 128 characters, and a model.");
        }
        var known = provider(file);
        var purposes = purposes(file);
        boolean isLocal = Boolean.TRUE.equals(local);
        return new Model(
                name,
                known,
                base(file, known),
                model,
                purposes,
                key(file),
                fallback == null ? List.of() : fallback,
                price == null ? Model.Price.FREE : price(file, price),
                limits(file),
                fillIn(file),
                isLocal);
    }

    private Model.Provider provider(Path file) {
        return Arrays.stream(Model.Provider.values())
                .filter(known -> known.wireName().equals(provider))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "%s: the provider \"%s\" of %s is not supported: use one of %s; \"openai\" is for every server with that API."
                                        .formatted(
                                                file,
                                                provider,
                                                name,
                                                ModelsFile.quoted(Model.Provider.values()))));
    }

    private Set<Purpose> purposes(Path file) {
        var purposes = EnumSet.noneOf(Purpose.class);
        for (var word : purpose) {
            Arrays.stream(Purpose.values())
                    .filter(known -> known.wireName().equals(word))
                    .forEach(purposes::add);
        }
        if (purposes.isEmpty() || purposes.size() != purpose.size()) {
            throw new IllegalArgumentException(
                    "%s: the purpose %s of %s is not supported: use one or more of %s."
                            .formatted(file, purpose, name, ModelsFile.quoted(Purpose.values())));
        }
        return purposes;
    }

    private FillIn fillIn(Path file) {
        return fillIn == null
                ? FillIn.AUTO
                : Arrays.stream(FillIn.values())
                        .filter(known -> known.wireName().equals(fillIn))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "%s: the fillIn \"%s\" of %s is not supported: use one of %s."
                                                .formatted(
                                                        file,
                                                        fillIn,
                                                        name,
                                                        ModelsFile.quoted(FillIn.values()))));
    }

    private URI base(Path file, Model.Provider known) {
        var written = url == null ? standardUrl(known) : url;
        URI base;
        try {
            base =
                    new URI(
                            written.endsWith("/")
                                    ? written.substring(0, written.length() - 1)
                                    : written);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(
                    file + ": the url of " + name + " is not a valid URL. Correct it.", malformed);
        }
        if (base.getHost() == null
                || !Set.of("http", "https").contains(String.valueOf(base.getScheme()))) {
            throw new IllegalArgumentException(
                    file + ": the url of " + name + " must begin with http:// or https://.");
        }
        if (base.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    file + ": put the key of " + name + " into keyFile, not into the url.");
        }
        if (base.getRawQuery() != null || base.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    file + ": the url of " + name + " must not have a query. Remove it.");
        }
        return base;
    }

    private static String standardUrl(Model.Provider known) {
        return switch (known) {
            case OPENAI -> "https://api.openai.com";
            case ANTHROPIC -> "https://api.anthropic.com";
            case GEMINI -> "https://generativelanguage.googleapis.com";
            case OLLAMA -> "http://127.0.0.1:11434";
        };
    }

    private Model.Price price(Path file, PriceEntry entry) {
        var known = entry.toPrice();
        for (var part : List.of(known.input(), known.cachedInput(), known.output())) {
            if (part.signum() < 0 || part.scale() > 6 || part.precision() > 18) {
                throw new IllegalArgumentException(
                        "%s: the price of %s must be at least 0, with at most 6 decimals."
                                .formatted(file, name));
            }
        }
        return known;
    }

    private Model.Limits limits(Path file) {
        var standard = Model.Limits.STANDARD;
        return new Model.Limits(
                contextTokens == null ? null : positive(file, "contextTokens", contextTokens),
                outputTokens(file),
                outputTokens != null,
                concurrent == null
                        ? standard.concurrent()
                        : positive(file, "concurrent", concurrent),
                startSeconds == null
                        ? standard.start()
                        : Duration.ofSeconds(positive(file, "startSeconds", startSeconds)),
                gapSeconds == null
                        ? standard.gap()
                        : Duration.ofSeconds(positive(file, "gapSeconds", gapSeconds)));
    }

    /// Many servers refuse a request whose maximum leaves no room for its input in the context.
    private int outputTokens(Path file) {
        if (outputTokens != null) {
            return positive(file, "outputTokens", outputTokens);
        }
        int standard = Model.Limits.STANDARD.outputTokens();
        return contextTokens == null ? standard : Math.clamp(contextTokens / 2, 1, standard);
    }

    private int positive(Path file, String member, int value) {
        if (value < 1 || value > LARGEST) {
            throw new IllegalArgumentException(
                    "%s: %s of %s must be between 1 and %d."
                            .formatted(file, member, name, LARGEST));
        }
        return value;
    }

    /// @param what names the source in the sentence about an error
    static Model.Key key(String what, String text) {
        var value = text.strip();
        if (value.length() > KEY_BYTES
                || value.chars().anyMatch(character -> character < '!' || character > '~')) {
            throw new IllegalArgumentException(what + " must contain exactly one key.");
        }
        return new Model.Key(value);
    }

    private Model.Key key(Path file) {
        if (keyFile == null) {
            return Model.Key.NONE;
        }
        var what = file + ": the keyFile of " + name;
        var path = file.toAbsolutePath().resolveSibling(keyFile);
        try {
            return new Model.Key(new KeyFile(what, SecretFile.at(path)));
        } catch (IOException unusable) {
            throw new IllegalArgumentException(
                    what
                            + " cannot be used. Check its path, permissions and content: "
                            + unusable.getMessage(),
                    unusable);
        }
    }
}

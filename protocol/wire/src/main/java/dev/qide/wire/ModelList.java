package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/models`.
public record ModelList(List<Entry> models) {
    public ModelList {
        models = List.copyOf(models);
    }

    /// A model. The members are those of the models file, without the key.
    ///
    /// @param price per million tokens
    /// @param contextTokens absent if unknown
    /// @param isOfFile whether only the models file can change it
    /// @param hasKey whether the server itself has a key for it
    public record Entry(
            String name,
            String provider,
            String url,
            String model,
            List<String> purpose,
            List<String> fallback,
            Price price,
            @Nullable Integer contextTokens,
            int outputTokens,
            int concurrent,
            String fillIn,
            boolean local,
            boolean isOfFile,
            boolean hasKey) {
        public Entry {
            purpose = List.copyOf(purpose);
            fallback = List.copyOf(fallback);
        }
    }

    /// Prices per million tokens, in the currency of the models file.
    public record Price(double input, double cachedInput, double output) {}
}

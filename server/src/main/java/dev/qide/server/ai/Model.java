package dev.qide.server.ai;

import java.net.URI;

/// One configured model with an OpenAI-compatible API.
///
/// @param name the name in the configuration
/// @param url the provider's base URL without a trailing slash; may end in `/v1`
/// @param model the provider's name of the model
public record Model(String name, URI url, String model, Key key) {
    /// An OpenAI-compatible endpoint below the base URL.
    URI endpoint(String path) {
        var base = url.toString();
        return URI.create(base.endsWith("/v1") ? base + path : base + "/v1" + path);
    }

    /// A secret that `toString` does not show.
    public record Key(String value) {
        static final Key NONE = new Key("");

        boolean isPresent() {
            return !value.isEmpty();
        }

        @Override
        public String toString() {
            return isPresent() ? "***" : "";
        }
    }
}

package dev.qide.server.ai;

import java.net.URI;

/// One configured model behind an OpenAI-compatible API.
///
/// @param name what operators and people call it
/// @param url the provider's base address, without a slash at the end; `/v1` may be part of it
/// @param model the provider's own name of the model
public record Model(String name, URI url, String model, Key key) {
    /// An OpenAI-compatible endpoint below the base address.
    URI endpoint(String path) {
        var base = url.toString();
        return URI.create(base.endsWith("/v1") ? base + path : base + "/v1" + path);
    }

    /// A secret that no `toString` shows.
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

package dev.qide.server.ai.provider;

import dev.qide.server.ai.Cancellation;
import dev.qide.server.ai.CancelledException;

/// A model server.
public interface ModelProvider {
    /// Starts an answer. Blocks until the provider has accepted the request.
    ///
    /// @param cancellation ends the provider's work in every phase: before the headers, before the
    ///   first token and during the stream
    /// @throws CancelledException when cancelled
    /// @throws dev.qide.wire.FailureException `MODEL_UNAVAILABLE` with the tags of
    ///   [ProviderFailures]
    ModelStream stream(ModelRequest request, Cancellation cancellation);
}

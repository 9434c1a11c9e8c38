package dev.qide.server.ai.provider;

import dev.qide.server.ai.CancelledException;
import org.jspecify.annotations.Nullable;

/// An answer that is being generated. Read by one thread.
public interface ModelStream extends AutoCloseable {
    /// Waits for the next event; null after [ModelEvent.Finished].
    ///
    /// @throws CancelledException when cancelled
    /// @throws dev.qide.wire.FailureException `MODEL_UNAVAILABLE` when the answer breaks off
    @Nullable ModelEvent next();

    /// Ends the provider's work unless it has ended. Calling it again is harmless.
    @Override
    void close();
}

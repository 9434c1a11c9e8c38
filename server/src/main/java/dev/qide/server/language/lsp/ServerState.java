package dev.qide.server.language.lsp;

import dev.qide.server.language.process.RunningServer;
import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// The state of a language server.
sealed interface ServerState {
    record Idle() implements ServerState {}

    /// Being installed or started.
    record Starting() implements ServerState {}

    /// @param number the id of its `initialize` request
    record Initializing(RunningServer to, long number, long deadlineNanos) implements ServerState {}

    record Ready(RunningServer running) implements ServerState {}

    /// @param refusal the failure for requests until then; null when it may be restarted afterwards
    /// @param untilNanos by `System.nanoTime`
    record Stopped(@Nullable Failure refusal, long untilNanos) implements ServerState {
        Failure failure() {
            return refusal == null ? Failure.LANGUAGE_STOPPED : refusal;
        }
    }
}

package dev.qide.server.language.lsp;

import dev.qide.server.language.process.RunningServer;
import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// Where a language server is in its life.
sealed interface ServerState {
    record Idle() implements ServerState {}

    /// Being installed or started.
    record Starting() implements ServerState {}

    /// @param number the id of its `initialize` request
    record Initializing(RunningServer to, long number, long deadlineNanos) implements ServerState {}

    record Ready(RunningServer running) implements ServerState {}

    /// @param refusal what requests get until the moment; null when it may be started again, then
    /// @param untilNanos by `System.nanoTime`
    record Stopped(@Nullable Failure refusal, long untilNanos) implements ServerState {
        Failure failure() {
            return refusal == null ? Failure.LANGUAGE_STOPPED : refusal;
        }
    }
}

package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/terminalExit`: a terminal has ended, after its last output,
/// or is shown by another connection now.
///
/// @param exitCode of the shell; null when it was ended
/// @param message one sentence: why it has ended
public record TerminalExitParams(
        String terminal, @Nullable Integer exitCode, Reason reason, String message) {
    /// The reason why a terminal ended or is no longer shown here.
    public enum Reason {
        /// The shell exited.
        EXITED,
        /// A client closed it.
        CLOSED,
        /// It exceeded a limit of the sandbox.
        LIMIT,
        /// The person may not use terminals of the workspace any more.
        ACCESS,
        /// The workspace was deleted, or another server serves it.
        WORKSPACE,
        /// Another connection attached to it; it goes on there.
        MOVED,
        /// Nobody attached to it in time.
        ABANDONED,
        /// The server stops.
        SERVER,
        /// The server failed.
        FAILED
    }
}

package dev.qide.wire;

/// Parameters of the request `qide/terminalClose`, which is answered with null; the terminal ends
/// with [TerminalExitParams].
///
/// @param terminal the id
public record TerminalParams(String terminal) {}

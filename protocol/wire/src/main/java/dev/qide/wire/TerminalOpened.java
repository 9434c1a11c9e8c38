package dev.qide.wire;

/// Answer to `qide/terminalOpen`. The output follows as [TerminalOutputParams], from position 0.
///
/// @param terminal the id
/// @param shell the name of the shell that runs
public record TerminalOpened(String terminal, String shell) {}

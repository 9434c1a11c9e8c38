package dev.qide.wire;

/// Parameters of the notification `qide/terminalOutput`: the next output of a terminal.
///
/// @param position the number of UTF-16 units of output before this text
/// @param text at most 16,384 UTF-16 units; bytes that are not UTF-8 are U+FFFD
public record TerminalOutputParams(String terminal, long position, String text) {}

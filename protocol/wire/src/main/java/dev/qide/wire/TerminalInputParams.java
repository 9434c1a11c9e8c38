package dev.qide.wire;

/// Parameters of the request `qide/terminalInput` of the connection to which the terminal is
/// attached. The server answers null as soon as the input is queued for the program, and ignores
/// input that it already has: after a lost connection the client resends the unanswered input.
///
/// @param position the number of UTF-16 units of input before this text
/// @param text the input, at most 16,384 UTF-16 units
public record TerminalInputParams(String terminal, long position, String text) {}

package dev.qide.wire;

/// Parameters of the request `qide/terminalInput` of the connection to which the terminal is
/// attached. It is answered with null when the input waits for the program. Input that the server
/// has already is not written again: after a lost connection the client sends again what was not
/// answered.
///
/// @param position the number of UTF-16 units of input before this text
/// @param text what the person typed, at most 16,384 UTF-16 units
public record TerminalInputParams(String terminal, long position, String text) {}

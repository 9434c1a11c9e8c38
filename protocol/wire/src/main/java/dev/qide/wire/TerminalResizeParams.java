package dev.qide.wire;

/// Parameters of the request `qide/terminalResize`, which is answered with null.
///
/// @param columns the width in characters, 1 to 1,000
/// @param rows the height in lines, 1 to 1,000
public record TerminalResizeParams(String terminal, int columns, int rows) {}

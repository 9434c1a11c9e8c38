package dev.qide.wire;

/// Parameters of the request `qide/terminalAttach`, which [TerminalAttached] answers: the output of
/// a terminal goes to this connection from now on, and to no other one.
///
/// @param after the position up to which the client has the output; 0 for none
/// @param columns the width in characters, 1 to 1,000
/// @param rows the height in lines, 1 to 1,000
public record TerminalAttachParams(String terminal, long after, int columns, int rows) {}

package dev.qide.wire;

/// Parameters of the notification `qide/terminalAck` of a client: it has shown the output up to a
/// position. The server sends at most 65,536 UTF-16 units beyond it, and then stops the program.
public record TerminalAckParams(String terminal, long position) {}

package dev.qide.wire;

/// Answer to `qide/terminalAttach`. The output from `position` follows as [TerminalOutputParams].
///
/// @param position the position that was asked for; a later one if the server no longer has the
///   output between them, or the first one that it has if the client's was not a position of this
///   terminal: then the client clears its screen
/// @param input UTF-16 units of input that the server has taken; further input begins there
public record TerminalAttached(long position, long input, String shell) {}

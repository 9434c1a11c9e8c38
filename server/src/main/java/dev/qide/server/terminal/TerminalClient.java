package dev.qide.server.terminal;

import dev.qide.wire.TerminalExitParams;
import dev.qide.wire.TerminalOutputParams;

/// The connection that shows a terminal. The terminal's thread calls it; no method may block.
public interface TerminalClient {
    /// The next output of the terminal.
    void output(TerminalOutputParams output);

    /// Called once, after the last output.
    void ended(TerminalExitParams exit);
}

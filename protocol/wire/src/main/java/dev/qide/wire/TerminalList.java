package dev.qide.wire;

import java.util.List;

/// Answer to `qide/terminalList`: the caller's terminals in this workspace, in the order in which
/// they were opened.
public record TerminalList(List<Entry> terminals) {
    public TerminalList {
        terminals = List.copyOf(terminals);
    }

    /// @param terminal the id
    /// @param folder the path of the folder in which the shell began; empty for the root
    /// @param attached whether a connection shows it
    public record Entry(String terminal, String shell, String folder, boolean attached) {}
}

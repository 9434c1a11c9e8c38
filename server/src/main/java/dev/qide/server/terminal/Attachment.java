package dev.qide.server.terminal;

/// A terminal that is attached to a client.
///
/// @param position where the output begins
/// @param input UTF-16 units of input that the terminal has taken
/// @param terminal whose output flows after [#begin]
public record Attachment(String id, String shell, long position, long input, Terminal terminal) {
    Attachment named(String nameOfShell) {
        return new Attachment(id, nameOfShell, position, input, terminal);
    }

    /// Lets the output flow: call it when the client knows the terminal.
    public void begin() {
        terminal.begin();
    }
}

package dev.qide.server.language;

/// How an editor session meets its language servers.
public enum SessionMode {
    /// The session answers `initialize` itself and routes by document (`/ws`): servers are
    /// initialised with one fixed set of capabilities, and what they request is answered here.
    ROUTED,

    /// The same, and the editor applies the edits that servers ask for (`workspace/applyEdit`).
    ROUTED_WITH_EDITS,

    /// The editor speaks to one server (`/lsp`): its own `initialize` is held until the server runs
    /// and goes through, and its capabilities decide which of the server's requests reach it.
    PASS_THROUGH
}

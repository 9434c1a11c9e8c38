package dev.qide.server.language;

/// How an editor session meets its language servers.
public enum SessionMode {
    /// The session answers `initialize` itself and routes by document (`/ws`). Each server is
    /// initialised with the editor's capabilities, but registers nothing dynamically with it; what
    /// servers announce, the session combines.
    ROUTED,

    /// The editor speaks to one server (`/lsp`): its own `initialize` is held until the server runs
    /// and goes through.
    PASS_THROUGH
}

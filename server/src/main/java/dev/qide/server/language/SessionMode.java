package dev.qide.server.language;

/// The way in which an editor session uses its language servers.
public enum SessionMode {
    /// The session answers `initialize` itself and routes by document (`/ws`). Each server is
    /// initialized with the editor's capabilities, but registers nothing dynamically with it; the
    /// session combines the servers' capabilities.
    ROUTED,

    /// The editor uses one server (`/lsp`): its own `initialize` is held until the server runs, and
    /// then forwarded.
    PASS_THROUGH
}

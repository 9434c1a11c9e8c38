package dev.qide.server.language;

/// The receiver of language servers' messages. Implemented by `session`; must not block.
public interface EditorClient {
    /// Receives one JSON-RPC message from the session's server of that language, with the client's
    /// roots.
    void fromServer(String session, String language, String message);

    /// Receives the capabilities that a server of a session on `/ws` announced, in `initialize` or
    /// by a registration.
    ///
    /// @param capabilities its `ServerCapabilities` (LSP 3.18), as JSON text
    void capabilities(String session, String language, String capabilities);

    /// Receives one sentence for the user about a server (installing, starting, stopped), and
    /// whether it reports a problem.
    void status(String session, String language, String sentence, boolean isProblem);

    /// The session has ended because its workspace was deleted; no message follows.
    void ended(String session);
}

package dev.qide.server.language;

/// Where messages of language servers go. Implemented by `session`; must not block.
public interface EditorClient {
    /// One JSON-RPC message from the session's server of that language, roots rewritten to the
    /// client's.
    void fromServer(String session, String language, String message);

    /// A server of a session of `/ws` has announced what it can do, when it was initialised or by a
    /// registration of its own.
    ///
    /// @param capabilities its `ServerCapabilities` (LSP 3.18), as JSON text
    void capabilities(String session, String language, String capabilities);

    /// One sentence for the person about a server: installing, starting, stopped; and whether it is
    /// a problem.
    void status(String session, String language, String sentence, boolean isProblem);
}

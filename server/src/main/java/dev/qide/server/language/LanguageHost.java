package dev.qide.server.language;

/// The one face of `language`: messages as text and session ids, never object references, so that
/// the servers of a workspace can run on another node. Thread-safe.
public interface LanguageHost extends AutoCloseable {
    /// Tells of a new editor session. Its servers are started when its first document of a language
    /// is opened.
    ///
    /// @param session unique id of the editor session
    /// @param workspace name of the workspace
    /// @param clientRoot the root URI the client uses for the workspace, without a slash at the
    ///   end; null for none
    void open(
            String session, String workspace, @org.jspecify.annotations.Nullable String clientRoot);

    /// One JSON-RPC message of the editor, for its server of that language (a request,
    /// notification, or the answer to a server's request). Waits, bounded, behind the server's
    /// start. Every request is answered exactly once through [EditorSide], also when the server
    /// cannot start or dies.
    void send(String session, String language, String message);

    /// The editor has gone: its servers are stopped.
    void close(String session);

    @Override
    void close();
}

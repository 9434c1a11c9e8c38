package dev.qide.server.collab.protocol;

/// What stands at the beginning of every frame of a document: its path, and, when a provider
/// multiplexes by session, a NUL and a session id that every answer must repeat.
public record DocumentAddress(String wire) {
    /// The document's path in the workspace.
    public String path() {
        int end = wire.indexOf('\0');
        return end < 0 ? wire : wire.substring(0, end);
    }
}

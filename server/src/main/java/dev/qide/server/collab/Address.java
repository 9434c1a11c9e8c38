package dev.qide.server.collab;

/// What stands at the beginning of every frame of a document: its path, and, when a provider
/// multiplexes by session, a NUL and a session id that every answer must repeat.
record Address(String wire) {
    /// The document's path in the workspace.
    String path() {
        int end = wire.indexOf('\0');
        return end < 0 ? wire : wire.substring(0, end);
    }
}

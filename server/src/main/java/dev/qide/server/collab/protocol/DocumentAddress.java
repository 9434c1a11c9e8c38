package dev.qide.server.collab.protocol;

/// The address at the beginning of every Hocuspocus frame: the document's path, followed, for a
/// provider that multiplexes sessions, by NUL and a session id, which every answer repeats.
public record DocumentAddress(String wire) {
    /// The document's path in the workspace.
    public String path() {
        int end = wire.indexOf('\0');
        return end < 0 ? wire : wire.substring(0, end);
    }
}

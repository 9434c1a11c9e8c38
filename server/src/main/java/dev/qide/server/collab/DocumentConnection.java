package dev.qide.server.collab;

/// One socket's document messages, in either framing. Called by the socket's reader thread.
public sealed interface DocumentConnection permits HocuspocusConnection, YWebsocketConnection {
    /// Handles one binary frame. Waits, bounded, while the document's inbox is full.
    void receive(byte[] frame);

    /// Whether the socket has logged in, at the handshake or in-band.
    boolean isLoggedIn();

    /// Handles the end of the socket: its clients leave their documents.
    void closed();
}

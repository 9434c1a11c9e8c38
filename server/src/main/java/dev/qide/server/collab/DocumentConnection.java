package dev.qide.server.collab;

/// What one socket sends about documents, in either framing. Called by the socket's reader thread.
public sealed interface DocumentConnection permits HocuspocusConnection, YWebsocketConnection {
    /// Takes one binary frame in. Waits, bounded, for room in the inbox of its document.
    void receive(byte[] frame);

    /// Whether somebody has logged in, at the handshake or in-band.
    boolean isLoggedIn();

    /// The socket has ended: its clients leave their documents.
    void closed();
}

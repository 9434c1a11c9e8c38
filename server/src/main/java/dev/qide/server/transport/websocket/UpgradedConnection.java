package dev.qide.server.transport.websocket;

/// A connection that a handshake of WebSocket has taken over.
public interface UpgradedConnection {
    /// Serves until the connection ends. Called once, on the connection's thread.
    void serve();

    /// Ends the connection at once; never waits. Called by any thread.
    void abort();
}

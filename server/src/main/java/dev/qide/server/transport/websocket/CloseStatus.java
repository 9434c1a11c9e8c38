package dev.qide.server.transport.websocket;

/// The status codes of close frames (RFC 6455, section 7.4, and the IANA registry of WebSocket
/// close codes).
final class CloseStatus {
    static final int NORMAL = 1000;

    private CloseStatus() {}

    /// Whether an endpoint may send the code in a frame.
    static boolean maySend(int code) {
        return switch (code) {
            // Reserved, and those that only tell an application how a connection ended.
            case 1004, 1005, 1006 -> false;
            default -> (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
        };
    }
}

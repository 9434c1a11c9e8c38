package dev.qide.server.session;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs the opening and the end of an editor's socket. Thread-safe.
final class SocketLog {
    private static final Logger LOG = LoggerFactory.getLogger(SocketLog.class);

    private final String endpoint;
    private final Editor editor;
    private final long openedNanos = System.nanoTime();

    private SocketLog(String endpoint, Editor editor) {
        this.endpoint = endpoint;
        this.editor = editor;
    }

    /// @param endpoint the first segment of the socket's path, for instance `ws`
    static SocketLog opened(String endpoint, Editor editor) {
        LOG.atInfo()
                .addKeyValue("event.action", "session.opened")
                .addKeyValue("endpoint", endpoint)
                .addKeyValue("principal", editor.principal().id())
                .addKeyValue("workspace", editor.workspaceId())
                .log("an editor connected");
        return new SocketLog(endpoint, editor);
    }

    /// @param code the WebSocket close code, 1006 when the connection broke
    void closed(int code) {
        LOG.atInfo()
                .addKeyValue("event.action", "session.closed")
                .addKeyValue("endpoint", endpoint)
                .addKeyValue("principal", editor.principal().id())
                .addKeyValue("workspace", editor.workspaceId())
                .addKeyValue("closeCode", code)
                .addKeyValue("milliseconds", (System.nanoTime() - openedNanos) / 1_000_000)
                .log("an editor disconnected");
    }
}

package dev.qide.server.transport.http;

import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.websocket.UpgradedConnection;
import dev.qide.server.transport.websocket.WebSocketUpgrade;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The requests of one connection, one after the other (RFC 9112, section 9), until a handshake of
/// WebSocket takes the connection over. Owned by the connection's thread, but for
/// [#finish(boolean)].
final class HttpConnection {
    private final ClientConnection connection;
    private final WebSocketUpgrade upgrade;
    private final HttpRequests requests;
    private final TransportLimits.Connections limits;
    private final RequestParser parser;
    private final Thread thread = Thread.currentThread();
    private volatile boolean isFinishing;
    private volatile boolean isIdle = true;
    private volatile @Nullable UpgradedConnection socket;

    HttpConnection(
            ClientConnection connection,
            WebSocketUpgrade upgrade,
            HttpRequests requests,
            TransportLimits.Connections limits) {
        this.connection = connection;
        this.upgrade = upgrade;
        this.requests = requests;
        this.limits = limits;
        parser = new RequestParser(new HeadReader(connection.input()));
    }

    /// Serves until either side ends the connection.
    ///
    /// @throws IOException when the client left
    void serve() throws IOException {
        boolean isKept = true;
        for (boolean isFirst = true; isKept && !isFinishing; isFirst = false) {
            if (!awaitRequest(isFirst)) {
                return;
            }
            var request = read();
            if (request == null) {
                return;
            }
            if (request.isWebSocketHandshake()) {
                serveSocket(request);
                return;
            }
            isKept = requests.handle(request, connection);
        }
    }

    /// Waits for a request. The head of the first one has to arrive within its time from the accept
    /// on, that of a later one from its first byte on.
    ///
    /// @return false when the client has ended its side
    private boolean awaitRequest(boolean isFirst) throws IOException {
        var channel = connection.channel();
        isIdle = true;
        if (!isFirst) {
            channel.expectWithin(limits.idleWait());
        }
        boolean isHere = connection.input().awaitByte();
        isIdle = false;
        if (!isFirst) {
            channel.expectWithin(limits.headWait());
        }
        return isHere;
    }

    /// The next request's head, or null when it was refused.
    private @Nullable ParsedRequest read() throws IOException {
        var channel = connection.channel();
        try {
            var request = parser.read();
            channel.expectNothing();
            return request;
        } catch (RequestRefusal refusal) {
            requests.refuse(refusal, connection);
            return null;
        }
    }

    private void serveSocket(ParsedRequest request) throws IOException {
        var admitted = upgrade.admit(connection, request);
        if (admitted == null) {
            return;
        }
        socket = admitted;
        if (isFinishing) {
            admitted.abort();
        }
        admitted.serve();
    }

    /// Takes no further request. Called by another thread.
    ///
    /// @param now whether a request that is being answered ends too
    void finish(boolean now) {
        isFinishing = true;
        var upgraded = socket;
        if (upgraded != null) {
            upgraded.abort();
        } else if (now || isIdle) {
            thread.interrupt();
        }
    }
}

package dev.qide.server.transport.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.IOException;
import java.security.Principal;

/// The only Jakarta WebSocket endpoint: passes decoded messages from the engine to the connection
/// that was admitted at the handshake.
///
/// The engine would open a session even after a handshake that a configurator answered with 401. So
/// a session is served only if its handshake set an [Admitted] principal. The engine creates one
/// instance per session.
public final class SocketEndpoint extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
        if (!(session.getUserPrincipal() instanceof Admitted admitted)) {
            deny(session);
            return;
        }
        var connection = admitted.connection();
        session.setMaxTextMessageBufferSize(connection.messageBytes());
        session.setMaxBinaryMessageBufferSize(connection.messageBytes());
        session.addMessageHandler(
                String.class, (MessageHandler.Whole<String>) connection::receiveText);
        session.addMessageHandler(
                byte[].class, (MessageHandler.Whole<byte[]>) connection::receiveBinary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) _ -> {});
        connection.open();
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        if (session.getUserPrincipal() instanceof Admitted admitted) {
            admitted.connection().closedByEngine(reason.getCloseCode().getCode());
        }
    }

    @Override
    public void onError(Session session, Throwable failure) {
        if (session.getUserPrincipal() instanceof Admitted admitted) {
            admitted.connection().failed(failure);
        }
    }

    private static void deny(Session session) {
        try {
            session.close(new CloseReason(CloseReason.CloseCodes.VIOLATED_POLICY, "not admitted"));
        } catch (IOException _) {
            // The session is closed already.
        }
    }

    /// The principal of an admitted handshake, which carries its connection through the engine.
    record Admitted(WebSocketConnection connection) implements Principal {
        @Override
        public String getName() {
            return "socket-" + connection.number();
        }
    }
}

package dev.qide.server.transport.websocket;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.WebSocketEngine;

/// The Jakarta WebSocket container: the Tyrus engine without its own transport. Thread-safe.
public final class TyrusContainer extends TyrusServerContainer {
    /// The engine's only path; the actual endpoint is chosen before the engine.
    static final String PATH = "/socket";

    /// Bytes that were read after a whole frame reach the engine together with it.
    private static final int READ_SLACK_BYTES = 256 << 10;

    private final WebSocketEngine engine;

    private TyrusContainer(int messageBytes) {
        super((ServerApplicationConfig) new NothingScanned());
        engine =
                TyrusWebSocketEngine.builder(this)
                        .incomingBufferSize(messageBytes + READ_SLACK_BYTES)
                        .build();
    }

    /// @param messageBytes the largest message of any socket
    public static TyrusContainer started(int messageBytes) {
        var container = new TyrusContainer(messageBytes);
        // Any other value sets a timer for each message; our pings detect dead peers.
        container.setDefaultMaxSessionIdleTimeout(-1);
        container.setDefaultMaxTextMessageBufferSize(messageBytes);
        container.setDefaultMaxBinaryMessageBufferSize(messageBytes);
        try {
            container.addEndpoint(
                    ServerEndpointConfig.Builder.create(SocketEndpoint.class, PATH).build());
            container.start("/", 0);
            container.doneDeployment();
        } catch (DeploymentException | IOException impossible) {
            throw new IllegalStateException("the endpoint was refused", impossible);
        }
        return container;
    }

    @Override
    public WebSocketEngine getWebSocketEngine() {
        return engine;
    }

    @Override
    public Map<String, Object> getProperties() {
        return Map.of();
    }

    @Override
    public void register(Class<?> endpoint) throws DeploymentException {
        engine.register(endpoint, "/");
    }

    @Override
    public void register(ServerEndpointConfig endpoint) throws DeploymentException {
        engine.register(endpoint, "/");
    }

    private static final class NothingScanned implements ServerApplicationConfig {
        @Override
        public Set<ServerEndpointConfig> getEndpointConfigs(
                Set<Class<? extends Endpoint>> endpoints) {
            return Set.of();
        }

        @Override
        public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
            return Set.of();
        }
    }
}

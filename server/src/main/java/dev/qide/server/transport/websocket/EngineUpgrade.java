package dev.qide.server.transport.websocket;

import dev.qide.server.transport.AcceptedChannels;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.http.ClientConnection;
import dev.qide.server.transport.http.RequestHeadParser;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;
import org.glassfish.tyrus.spi.WebSocketEngine;
import org.jspecify.annotations.Nullable;

/// Admits or refuses a WebSocket handshake (RFC 6455, section 4.2), and passes an admitted one to
/// the engine.
///
/// Invariant: the endpoint decides before the engine sees anything. A refusal is a plain HTTP
/// response, after which the connection is closed. Thread-safe.
public final class EngineUpgrade implements Http1Upgrader {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");
    private static final String VERSION = "13";

    private final WebSocketEngine engine;
    private final WebSocketHandler.Routes routes;
    private final RequestHeadParser requestHeadParser;
    private final AcceptedChannels channels;
    private final OpenSockets sockets;
    private volatile boolean isDraining;

    public EngineUpgrade(
            WebSocketEngine engine,
            WebSocketHandler.Routes routes,
            RequestHeadParser requestHeadParser,
            AcceptedChannels channels,
            OpenSockets sockets) {
        this.channels = channels;
        this.engine = engine;
        this.routes = routes;
        this.requestHeadParser = requestHeadParser;
        this.sockets = sockets;
    }

    /// Refuses every handshake with 503 from now on.
    public void drain() {
        isDraining = true;
    }

    @Override
    public String supportedProtocol() {
        return "websocket";
    }

    @Override
    public ServerConnection upgrade(
            ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
        try {
            return admit(context, prologue, headers);
        } catch (FailureException failed) {
            throw refuse(context, failed.failure().httpStatus(), FailureBody.of(failed));
        } catch (CloseConnectionException gone) {
            throw gone;
        } catch (RuntimeException failure) {
            var body =
                    FailureBody.internal(
                            LoggedFailures.log(
                                    "transport.handshake_failed", "a handshake failed", failure));
            throw refuse(context, body.failure().httpStatus(), body);
        }
    }

    private ServerConnection admit(
            ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
        if (isDraining) {
            throw new FailureException(Failure.SERVER_STOPPING);
        }
        var handshake = requestHeadParser.read(prologue, headers, context.remotePeer());
        var key = checkedKey(context, handshake);
        var channel = ClientConnection.channelOf(context.remotePeer());
        var handler = routes.at(handshake.path());
        if (handler == null) {
            throw new FailureException(Failure.METHOD_NOT_FOUND);
        }
        return switch (handler.admit(handshake)) {
            case WebSocketHandler.Admission.Refused(var failure) ->
                    throw new FailureException(failure);
            case WebSocketHandler.Admission.Accepted accepted -> {
                if (!channels.assignTo(channel, InetAddress.ofLiteral(handshake.remoteAddress()))) {
                    throw new FailureException(Failure.TOO_MANY_CONNECTIONS);
                }
                var connection = new EngineConnection(context, channel, accepted, sockets);
                var subprotocol = offered(handshake, accepted.subprotocol());
                yield connection.upgradedBy(switchProtocols(context, connection, key, subprotocol));
            }
        };
    }

    private String checkedKey(ConnectionContext context, RequestHead handshake) {
        var keys = handshake.items("sec-websocket-key");
        boolean isHandshake =
                handshake.method().equals("GET")
                        && handshake.items("connection").stream()
                                .anyMatch("upgrade"::equalsIgnoreCase)
                        && keys.size() == 1
                        && KEY.matcher(keys.getFirst()).matches();
        if (!isHandshake) {
            throw new FailureException(Failure.INVALID_REQUEST);
        }
        if (!handshake.items("sec-websocket-version").equals(List.of(VERSION))) {
            throw refuse(
                    context,
                    426,
                    new FailureBody(Failure.INVALID_REQUEST, Map.of("version", "13")));
        }
        return keys.getFirst();
    }

    private static @Nullable String offered(RequestHead handshake, @Nullable String subprotocol) {
        boolean isOffered =
                subprotocol != null
                        && handshake.items("sec-websocket-protocol").contains(subprotocol);
        return isOffered ? subprotocol : null;
    }

    /// Passes only a minimal handshake to the engine, without the client's other headers and
    /// extensions.
    private WebSocketEngine.UpgradeInfo switchProtocols(
            ConnectionContext context,
            EngineConnection connection,
            String key,
            @Nullable String subprotocol) {
        var request =
                RequestContext.Builder.create()
                        .requestURI(URI.create(EngineContainer.PATH))
                        .queryString("")
                        .secure(context.isSecure())
                        .remoteAddr(context.remotePeer().host())
                        .userPrincipal(new SocketEndpoint.Admitted(connection))
                        .build();
        var bare =
                Map.of(
                        "Host", "localhost",
                        "Upgrade", "websocket",
                        "Connection", "Upgrade",
                        "Sec-WebSocket-Key", key,
                        "Sec-WebSocket-Version", VERSION);
        bare.forEach((name, value) -> request.getHeaders().put(name, List.of(value)));
        var response = new TyrusUpgradeResponse();
        var info = engine.upgrade(request, response);
        var accept = response.getFirstHeaderValue("Sec-WebSocket-Accept");
        if (info.getStatus() != WebSocketEngine.UpgradeStatus.SUCCESS
                || response.getStatus() != 101
                || accept == null) {
            throw new IllegalStateException("the engine refused: " + response.getStatus());
        }
        var protocolLine =
                subprotocol == null ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
        write(
                context,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: %s\r\n%s\r\n".formatted(accept, protocolLine));
        return info;
    }

    /// @return an exception for the caller to throw, which makes the web server close the
    ///   connection
    private CloseConnectionException refuse(
            ConnectionContext context, int status, FailureBody body) {
        sockets.metrics().refused(body.failure().name().toLowerCase(Locale.ROOT));
        var entity = body.toJson();
        var head =
                """
                HTTP/1.1 %d %s
                Content-Type: application/json
                Cache-Control: no-store
                Content-Length: %d
                Connection: close%s

                """
                        .formatted(
                                status,
                                Status.create(status).reasonPhrase(),
                                entity.getBytes(StandardCharsets.UTF_8).length,
                                status == 426 ? "\nSec-WebSocket-Version: " + VERSION : "")
                        .replace("\n", "\r\n");
        write(context, head + entity);
        return new CloseConnectionException("the handshake was refused");
    }

    private static void write(ConnectionContext context, String text) {
        context.dataWriter().writeNow(BufferData.create(text.getBytes(StandardCharsets.UTF_8)));
    }
}

package dev.qide.server.transport.websocket;

import dev.qide.server.telemetry.Span;
import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.AcceptedChannels;
import dev.qide.server.transport.FailureHeaders;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.http.ClientConnection;
import dev.qide.server.transport.http.ParsedRequest;
import dev.qide.server.transport.http.RequestHeadParser;
import dev.qide.server.transport.http.ResponseHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
/// Invariant: the endpoint has decided before the engine sees anything; a refusal is a true HTTP
/// answer, after which the connection is closed. Thread-safe.
public final class WebSocketUpgrade {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");
    private static final String VERSION = "13";

    private final WebSocketEngine engine;
    private final WebSocketHandler.Routes routes;
    private final RequestHeadParser requestHeadParser;
    private final AcceptedChannels channels;
    private final OpenSockets sockets;
    private volatile boolean isDraining;

    public WebSocketUpgrade(
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

    /// Answers the handshake: with 101, or with the reason of the refusal, after which the
    /// connection is to be closed.
    ///
    /// @return null when it was refused
    public @Nullable UpgradedConnection admit(ClientConnection client, ParsedRequest request)
            throws IOException {
        long begun = System.nanoTime();
        var trace = request.trace();
        var connection = trace.call(() -> traced(client, request));
        if (trace.isRecorded()) {
            trace.ended(
                    new Span("handshake", Span.Kind.SERVER, begun, connection == null, Map.of()));
        }
        return connection;
    }

    private @Nullable UpgradedConnection traced(ClientConnection client, ParsedRequest request)
            throws IOException {
        try {
            return admitted(client, request);
        } catch (FailureException failed) {
            refuse(client, failed.failure().httpStatus(), FailureBody.of(failed));
        } catch (RuntimeException failure) {
            var body =
                    FailureBody.internal(
                            LoggedFailures.log(
                                    "transport.handshake_failed", "a handshake failed", failure));
            refuse(client, body.failure().httpStatus(), body);
        }
        return null;
    }

    private @Nullable UpgradedConnection admitted(ClientConnection client, ParsedRequest request)
            throws IOException {
        if (isDraining) {
            throw new FailureException(Failure.SERVER_STOPPING);
        }
        var channel = client.channel();
        var handshake = requestHeadParser.read(request, channel);
        if (handshake.isForwarded()) {
            channels.beginForwarding(channel);
        }
        var key = checkedKey(handshake);
        if (!handshake.items("sec-websocket-version").equals(List.of(VERSION))) {
            refuse(
                    client,
                    426,
                    new FailureBody(Failure.INVALID_REQUEST, Map.of("version", VERSION)));
            return null;
        }
        var handler = handler(handshake);
        if (handler == null) {
            throw new FailureException(Failure.METHOD_NOT_FOUND);
        }
        return switch (handler.admit(handshake)) {
            case WebSocketHandler.Admission.Refused(var failure) -> throw failure;
            case WebSocketHandler.Admission.RefusedThere(var answer) -> {
                refuse(client, answer);
                yield null;
            }
            case WebSocketHandler.Admission.Forwarded forwarded ->
                    tunnel(client, handshake, forwarded);
            case WebSocketHandler.Admission.Accepted accepted ->
                    open(client, handshake, key, accepted);
        };
    }

    private WebSocketConnection open(
            ClientConnection client,
            RequestHead handshake,
            String key,
            WebSocketHandler.Admission.Accepted accepted)
            throws IOException {
        var connection = new WebSocketConnection(client, accepted, sockets);
        if (connection.isLink()) {
            connection.openLink();
        } else {
            count(client.channel(), handshake);
        }
        boolean isAnswered = false;
        try {
            var subprotocol = offered(handshake, accepted.subprotocol());
            var upgrade = switchProtocols(client, connection, key, subprotocol);
            sockets.deliveryLinks().attach(handshake, connection);
            isAnswered = true;
            return connection.upgradedBy(upgrade);
        } finally {
            if (!isAnswered) {
                connection.abandonLink();
            }
        }
    }

    private @Nullable WebSocketHandler handler(RequestHead handshake) {
        return DeliveryLinks.isLink(handshake)
                ? sockets.deliveryLinks()::admit
                : routes.at(handshake.path());
    }

    private void count(AcceptedChannel channel, RequestHead handshake) {
        if (!channels.assignTo(channel, InetAddress.ofLiteral(handshake.remoteAddress()))) {
            throw new FailureException(Failure.TOO_MANY_CONNECTIONS);
        }
    }

    /// Passes on the other server's 101, then what both sides send.
    private UpgradedConnection tunnel(
            ClientConnection client,
            RequestHead handshake,
            WebSocketHandler.Admission.Forwarded forwarded)
            throws IOException {
        boolean isOpen = false;
        try {
            count(client.channel(), handshake);
            var head = new ResponseHead(101);
            forwarded.headers().forEach(head::with);
            write(client, head.bytes());
            isOpen = true;
            return new SocketTunnel(client, forwarded.upstream(), sockets);
        } finally {
            if (!isOpen) {
                forwarded.upstream().abort();
            }
        }
    }

    private static String checkedKey(RequestHead handshake) {
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
            ClientConnection client,
            WebSocketConnection connection,
            String key,
            @Nullable String subprotocol)
            throws IOException {
        var request =
                RequestContext.Builder.create()
                        .requestURI(URI.create(TyrusContainer.PATH))
                        .queryString("")
                        .secure(client.channel().isSecure())
                        .remoteAddr(client.channel().remote().getAddress().getHostAddress())
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
        var head =
                new ResponseHead(101)
                        .with("Upgrade", "websocket")
                        .with("Connection", "Upgrade")
                        .with("Sec-WebSocket-Accept", accept);
        if (subprotocol != null) {
            head.with("Sec-WebSocket-Protocol", subprotocol);
        }
        write(client, head.bytes());
        return info;
    }

    /// Passes on the refusal of another server.
    private void refuse(ClientConnection client, HttpHandler.Answer answer) throws IOException {
        sockets.metrics().refused("there");
        var content =
                answer.content() instanceof HttpHandler.Content.Bytes bytes
                        ? bytes
                        : new HttpHandler.Content.Bytes("", new byte[0]);
        var head = new ResponseHead(answer.status());
        answer.headers().forEach(head::with);
        if (!content.mediaType().isEmpty()) {
            head.with("Content-Type", content.mediaType());
        }
        head.with("Content-Length", Integer.toString(content.bytes().length))
                .with("Connection", answer.status() == 426 ? "close, Upgrade" : "close");
        send(client, head, content.bytes());
    }

    private void send(ClientConnection client, ResponseHead head, byte[] content)
            throws IOException {
        var answer = new ByteArrayOutputStream();
        answer.writeBytes(head.bytes());
        answer.writeBytes(content);
        write(client, answer.toByteArray());
    }

    /// Writes an answer, which the client must take in a bounded time.
    private void write(ClientConnection client, byte[] answer) throws IOException {
        client.channel().expectWithin(sockets.limits().sending().stuckAfter());
        client.output().write(answer);
        client.channel().expectNothing();
    }

    private void refuse(ClientConnection client, int status, FailureBody body) throws IOException {
        sockets.metrics().refused(body.failure().name().toLowerCase(Locale.ROOT));
        var content = body.toJson().getBytes(StandardCharsets.UTF_8);
        var head =
                new ResponseHead(status)
                        .with("Content-Type", FailureBody.MEDIA_TYPE)
                        .with("Cache-Control", "no-store")
                        .with("Content-Length", Integer.toString(content.length))
                        .with("Connection", "close");
        switch (status) {
            case 401 -> head.with("WWW-Authenticate", FailureHeaders.CHALLENGE);
            case 429, 503 -> head.with("Retry-After", FailureHeaders.retryAfter(body));
            case 426 ->
                    head.with("Connection", "close, Upgrade")
                            .with("Upgrade", "websocket")
                            .with("Sec-WebSocket-Version", VERSION);
            default -> {}
        }
        send(client, head, content);
    }
}

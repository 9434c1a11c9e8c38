package dev.qide.server.transport.websocket;

import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketHandler.Admission;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The open delivery links of the servers that forward sockets to this one, by id. Thread-safe.
final class DeliveryLinks {
    private static final int LINKS = 1_024;
    private static final int FEEDBACK_BYTES = 125;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{22,64}");

    private final Map<String, DeliveryLink> open = new ConcurrentHashMap<>();
    private final TransportMetrics metrics;

    DeliveryLinks(TransportMetrics metrics) {
        this.metrics = metrics;
    }

    /// Whether a handshake is that of a link.
    static boolean isLink(RequestHead handshake) {
        return handshake.isForwarded() && handshake.path().equals(DeliveryLinkProtocol.PATH);
    }

    /// Admits a link.
    Admission admit(RequestHead handshake) {
        var id = handshake.header(DeliveryLinkProtocol.HEADER);
        if (id == null
                || !ID.matcher(id).matches()
                || !handshake
                        .items("sec-websocket-protocol")
                        .contains(DeliveryLinkProtocol.VERSION)) {
            throw new FailureException(
                    Failure.INVALID_REQUEST, Map.of("version", DeliveryLinkProtocol.VERSION));
        }
        if (open.size() >= LINKS || open.containsKey(id)) {
            throw new FailureException(Failure.TOO_MANY_CONNECTIONS);
        }
        return new Admission.Accepted(
                new LinkOpener(id), DeliveryLinkProtocol.VERSION, FEEDBACK_BYTES);
    }

    /// Makes a forwarded socket get frames through the link that its handshake names, if that is
    /// open. Called before the socket is served.
    void attach(RequestHead handshake, WebSocketConnection connection) {
        var channel = channel(handshake);
        var link = channel == null ? null : open.get(channel.link());
        if (channel != null && link != null) {
            link.attach(channel.number(), connection);
        }
    }

    private static DeliveryLinkProtocol.@Nullable Channel channel(RequestHead handshake) {
        return handshake.isForwarded()
                ? DeliveryLinkProtocol.Channel.parse(handshake.header(DeliveryLinkProtocol.HEADER))
                : null;
    }

    /// Creates a link before its handshake is answered.
    final class LinkOpener implements WebSocketHandler.Opener {
        private final String id;

        private LinkOpener(String id) {
            this.id = id;
        }

        @Override
        public WebSocketHandler.Receiver open(WebSocketSender outgoing) {
            var link = new DeliveryLink(outgoing, metrics, ended -> open.remove(id, ended));
            if (open.putIfAbsent(id, link) != null) {
                throw new FailureException(Failure.INVALID_REQUEST);
            }
            return link;
        }
    }
}

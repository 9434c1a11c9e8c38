package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable.Peer;
import dev.qide.server.telemetry.Trace;
import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.ForwardedRequests;
import dev.qide.server.transport.RequestHead;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The head of a request as it is sent to another node: the client's header fields, `Host` and
/// credentials included, without those that concern one connection only (RFC 9110, section 7.6.1),
/// and with the signature.
final class ForwardedRequestHead {
    private static final Set<String> HOP_BY_HOP_FIELDS =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "expect",
                    "content-length",
                    "traceparent",
                    "x-forwarded-for",
                    "x-forwarded-proto",
                    ForwardedRequests.HEADER,
                    DeliveryLinkProtocol.HEADER);

    private final RequestHead head;
    private final StringBuilder text = new StringBuilder(512);

    private ForwardedRequestHead(RequestHead head) {
        this.head = head;
    }

    /// The head of an HTTP request.
    ///
    /// @param length of the content; negative for chunks, 0 for none
    static byte[] ofRequest(RequestHead head, Peer peer, long length, Instant now) {
        var forwarded = new ForwardedRequestHead(head).begun(peer, now);
        forwarded.field("Connection", "close");
        if (length < 0) {
            forwarded.field("Transfer-Encoding", "chunked");
        } else if (length > 0) {
            forwarded.field("Content-Length", Long.toString(length));
        }
        if (length != 0) {
            // A node that does not have the workspace refuses before it gets the content.
            forwarded.field("Expect", "100-continue");
        }
        return forwarded.bytes();
    }

    /// The head of a handshake.
    ///
    /// @param link names the delivery link, and the socket's channel; null for none
    static byte[] ofHandshake(RequestHead head, Peer peer, @Nullable String link, Instant now) {
        var forwarded = new ForwardedRequestHead(head).begun(peer, now);
        if (link != null) {
            forwarded.field(DeliveryLinkProtocol.HEADER, link);
        }
        forwarded.field("Connection", "Upgrade");
        forwarded.field("Upgrade", "websocket");
        return forwarded.bytes();
    }

    private ForwardedRequestHead begun(Peer peer, Instant now) {
        text.append(head.method()).append(' ').append(head.rawPath());
        if (!head.query().isEmpty()) {
            text.append('?').append(head.query());
        }
        text.append(" HTTP/1.1\r\n");
        var dropped = new HashSet<>(HOP_BY_HOP_FIELDS);
        head.items("connection").forEach(name -> dropped.add(name.toLowerCase(Locale.ROOT)));
        head.headers()
                .forEach((name, values) -> {
                    if (!dropped.contains(name)) {
                        values.forEach(value -> field(name, value));
                    }
                });
        if (!head.headers().containsKey("host")) {
            field("host", NodeUrl.parse(peer.url()).host());
        }
        var trace = Trace.current();
        for (var parent :
                trace == null
                        ? head.headers().getOrDefault("traceparent", List.of())
                        : List.of(trace.traceparent())) {
            field("traceparent", parent);
        }
        field(
                ForwardingSignature.NAME,
                ForwardingSignature.sign(
                        peer.id(),
                        peer.secret(),
                        new ForwardingSignature.Sent(head.remoteAddress(), head.isSecure()),
                        ForwardedRequests.target(head.method(), head.rawPath(), head.query()),
                        now));
        return this;
    }

    private void field(String name, String value) {
        text.append(name).append(": ").append(value).append("\r\n");
    }

    /// Encodes each character as one byte, as the request was decoded.
    private byte[] bytes() {
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}

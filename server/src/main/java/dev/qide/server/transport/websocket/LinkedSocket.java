package dev.qide.server.transport.websocket;

import dev.qide.server.transport.Delivery;
import dev.qide.server.transport.DeliveryLinkProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A forwarded socket that gets frames in two ways: on its own connection, and through the
/// [DeliveryLink] of the server that forwards it.
///
/// **Order.** The forwarding server restores the order in which the binary frames were queued. Each
/// delivery names the number of the socket's own binary frames before it (if that has changed), and
/// a marker with the number of deliveries before it precedes the first own binary frame, or the
/// close frame, after a delivery. A socket that gets no frames of its own costs nothing. Pairs of a
/// text and a binary message are not counted: no endpoint of a workspace sends any.
///
/// The counts are guarded by the lock of the socket's [OutgoingQueue].
final class LinkedSocket {
    private final DeliveryLink link;
    private final int channel;
    private final WebSocketConnection connection;

    /// The binary frames that were queued for the socket's own connection.
    private long ownFrames;

    /// The `ownFrames` that the last delivery named.
    private long namedFrames;

    private long deliveries;

    /// The `deliveries` that the last marker named.
    private long markedDeliveries;

    private boolean isFull;

    LinkedSocket(DeliveryLink link, int channel, WebSocketConnection connection) {
        this.link = link;
        this.channel = channel;
        this.connection = connection;
    }

    int channel() {
        return channel;
    }

    /// Sends a binary message in one of the two ways.
    void send(byte[] message) {
        link.send(this, message);
    }

    void sendAlone(byte[] message) {
        connection.queue().sendAlone(message);
    }

    /// Adds this socket to a delivery, unless it is closed.
    void beginDelivery(List<Integer> channels, List<Delivery.Position> positions) {
        connection
                .queue()
                .ifOpen(() -> {
                    deliveries++;
                    channels.add(channel);
                    if (namedFrames != ownFrames) {
                        namedFrames = ownFrames;
                        positions.add(new Delivery.Position(channel, ownFrames));
                    }
                });
    }

    /// The marker to be queued before a frame of the socket's own, or null. Counts the frame. The
    /// lock is held.
    @Nullable WebSocketFrame markerBefore(WebSocketFrame frame) {
        var kind = frame.kind();
        boolean isBinary = kind == WebSocketFrame.Kind.BINARY;
        if (isBinary) {
            ownFrames++;
        }
        boolean isMarked =
                (isBinary || kind == WebSocketFrame.Kind.CLOSE) && markedDeliveries != deliveries;
        if (!isMarked) {
            return null;
        }
        markedDeliveries = deliveries;
        return new WebSocketFrame(DeliveryLinkProtocol.marker(deliveries), new byte[0]);
    }

    /// The queue was dropped: deliveries that wait for its frames will not come, so nothing waits
    /// for them. The lock is held.
    void dropOrder() {
        markedDeliveries = deliveries;
    }

    /// Whether the forwarding server has enough for this client. The lock is held.
    boolean isFull() {
        return isFull;
    }

    /// The lock is held.
    void setFull(boolean full) {
        isFull = full;
    }

    void reportFull(boolean full) {
        connection.queue().deliveriesFull(full);
    }

    void abort() {
        connection.abort();
    }

    void detach() {
        link.detach(channel, this);
    }
}

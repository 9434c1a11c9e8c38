package dev.qide.server.nodes;

import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.DeliveryLinkProtocol.Feedback;
import dev.qide.server.transport.WebSocketHandler;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One forwarded socket on a [DeliveryLinkClient]; without a link it does nothing. Thread-safe; no
/// method blocks.
final class DeliveryChannel {
    private final @Nullable DeliveryLinkClient link;
    private final int number;
    private final AtomicBoolean isFeedbackDue = new AtomicBoolean();
    private WebSocketHandler.@Nullable Deliveries receiver;
    private boolean isLost;

    /// Used by the link's reader.
    private long after;

    private DeliveryChannel(@Nullable DeliveryLinkClient link, int number) {
        this.link = link;
        this.number = number;
    }

    static DeliveryChannel on(DeliveryLinkClient link, int number) {
        return new DeliveryChannel(link, number);
    }

    /// For a node without a link.
    static DeliveryChannel none() {
        return new DeliveryChannel(null, 0);
    }

    /// The header of the handshake, or null.
    @Nullable String header() {
        return link == null ? null : new DeliveryLinkProtocol.Channel(link.id(), number).toString();
    }

    /// Passes deliveries to a receiver from now on.
    synchronized void receive(WebSocketHandler.Deliveries deliveries) {
        receiver = deliveries;
        if (isLost) {
            deliveries.lost();
        }
    }

    /// Sets where the deliveries that follow belong. Called by the link's reader.
    void moveTo(long afterOwnFrames) {
        after = afterOwnFrames;
    }

    /// Called by the link's reader. Nothing is sent to a socket before its client has sent
    /// something, so a receiver is there.
    void deliver(byte[] frame) {
        var to = receiver();
        if (to == null) {
            lose();
        } else {
            to.deliver(frame, after);
        }
    }

    /// The link has ended.
    void lose() {
        WebSocketHandler.@Nullable Deliveries to;
        synchronized (this) {
            isLost = true;
            to = receiver;
        }
        if (to != null) {
            to.lost();
        }
    }

    void feedbackChanged() {
        if (link != null && isFeedbackDue.compareAndSet(false, true)) {
            link.report(this);
        }
    }

    /// The state of the channel to report to the other node now.
    Feedback takeFeedback() {
        isFeedbackDue.set(false);
        var from = receiver();
        return new Feedback(number, from != null && from.isFull());
    }

    /// The socket has ended, or was never opened. May be repeated.
    void release() {
        if (link != null) {
            link.release(number, this);
        }
    }

    private synchronized WebSocketHandler.@Nullable Deliveries receiver() {
        return receiver;
    }
}

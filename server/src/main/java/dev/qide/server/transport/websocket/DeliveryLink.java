package dev.qide.server.transport.websocket;

import dev.qide.server.concurrent.Multicast;
import dev.qide.server.transport.Delivery;
import dev.qide.server.transport.DeliveryLinkProtocol.Feedback;
import dev.qide.server.transport.TransportMetrics;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The delivery link to a server that forwards sockets to this one: a frame for several of those
/// sockets is sent once, with the list of their channels.
///
/// Only frames sent in a [Multicast] are collected. A frame for one socket, a large frame, and
/// every frame while the link is slow are sent on the sockets' own connections, so the bound of the
/// link's [OutgoingQueue] suffices. [LinkedSocket] explains how the order is kept. When the link
/// ends, frames may be lost: its sockets are aborted, and their clients reconnect. Thread-safe.
final class DeliveryLink implements WebSocketHandler.Receiver {
    private static final int LARGEST_BYTES = 4 << 20;
    private static final int CLOSE_INVALID = 1007;

    private final WebSocketSender outgoing;
    private final TransportMetrics metrics;
    private final Consumer<DeliveryLink> ended;
    private final Map<Integer, LinkedSocket> sockets = new ConcurrentHashMap<>();
    private volatile boolean isEnded;

    /// Held while a delivery gets its place in each socket's order and in the link's queue.
    private final ReentrantLock ordering = new ReentrantLock();

    DeliveryLink(WebSocketSender outgoing, TransportMetrics metrics, Consumer<DeliveryLink> ended) {
        this.outgoing = outgoing;
        this.metrics = metrics;
        this.ended = ended;
    }

    void attach(int channel, WebSocketConnection connection) {
        var socket = new LinkedSocket(this, channel, connection);
        if (sockets.putIfAbsent(channel, socket) != null) {
            connection.abort();
            return;
        }
        connection.queue().link(socket);
        if (isEnded) {
            connection.abort();
        }
    }

    void detach(int channel, LinkedSocket socket) {
        sockets.remove(channel, socket);
    }

    /// Collects a frame for a socket until the end of the running [Multicast], or sends it.
    void send(LinkedSocket socket, byte[] message) {
        if (Multicast.isRunning()) {
            Multicast.collector(this, Collector.class, () -> new Collector(this))
                    .add(socket, message);
        } else {
            socket.sendAlone(message);
        }
    }

    @Override
    public void text(String message) {
        outgoing.close(CLOSE_INVALID, "a delivery link has no text");
    }

    @Override
    public void binary(byte[] message) {
        try {
            var feedback = Feedback.decode(message);
            var socket = sockets.get(feedback.channel());
            if (socket != null) {
                socket.reportFull(feedback.isFull());
            }
        } catch (IllegalArgumentException _) {
            outgoing.close(CLOSE_INVALID, "malformed");
        }
    }

    @Override
    public void closed(int code) {
        isEnded = true;
        ended.accept(this);
        sockets.values().forEach(LinkedSocket::abort);
    }

    private void deliver(Collection<LinkedSocket> receivers, byte[] message) {
        if (receivers.size() < 2 || message.length > LARGEST_BYTES || !outgoing.isWritable()) {
            receivers.forEach(receiver -> receiver.sendAlone(message));
            return;
        }
        var sorted = new ArrayList<>(receivers);
        sorted.sort(Comparator.comparingInt(LinkedSocket::channel));
        var channels = new ArrayList<Integer>(sorted.size());
        var positions = new ArrayList<Delivery.Position>();
        ordering.lock();
        try {
            sorted.forEach(receiver -> receiver.beginDelivery(channels, positions));
            if (!channels.isEmpty()) {
                metrics.delivered(channels.size());
                var frame = WebSocketFrame.binary(message).toBytes();
                outgoing.binary(new Delivery(channels, positions, frame).encode());
            }
        } finally {
            ordering.unlock();
        }
    }

    /// The sockets that get one message, collected until the next message.
    private static final class Collector implements Runnable {
        private final DeliveryLink link;
        private final Set<LinkedSocket> receivers = new LinkedHashSet<>();
        private byte[] message = {};

        Collector(DeliveryLink link) {
            this.link = link;
        }

        /// A loop sends the same array to all receivers, which compares fast.
        void add(LinkedSocket receiver, byte[] next) {
            if (!Arrays.equals(message, next) || receivers.contains(receiver)) {
                run();
                message = next;
            }
            receivers.add(receiver);
        }

        @Override
        public void run() {
            if (!receivers.isEmpty()) {
                link.deliver(receivers, message);
                receivers.clear();
            }
        }
    }
}

package dev.qide.server.transport.websocket;

import dev.qide.server.transport.TransportLimits;
import dev.qide.server.transport.TransportMetrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// All open WebSockets and the bounds that they share, including sockets that are forwarded to
/// another server. Thread-safe.
public final class OpenSockets {
    private static final int PLATFORM_READERS = 64;

    private final Set<WebSocketConnection> open = ConcurrentHashMap.newKeySet();
    private final Set<SocketTunnel> tunnels = ConcurrentHashMap.newKeySet();

    /// The WebSockets of other servers, which have no client and end after all others.
    private final Set<WebSocketConnection> links = ConcurrentHashMap.newKeySet();

    private final DeliveryLinks deliveryLinks;
    private final AtomicLong numbers = new AtomicLong();
    private final Semaphore platformReaders = new Semaphore(PLATFORM_READERS);
    private final InputMemory memory;
    private final SendMemory sendMemory;
    private final TransportLimits limits;
    private final TransportMetrics metrics;

    public OpenSockets(TransportLimits limits, TransportMetrics metrics) {
        this.limits = limits;
        this.metrics = metrics;
        memory = new InputMemory(limits.receiving().totalBytes());
        deliveryLinks = new DeliveryLinks(metrics);
        sendMemory =
                new SendMemory(limits.sending().totalBytes(), () -> open.size() + tunnels.size());
        metrics.watchInputBytes(memory::heldBytes);
        metrics.watchQueuedBytes(sendMemory::heldBytes);
    }

    void add(WebSocketConnection connection) {
        var _ = (connection.isLink() ? links : open).add(connection);
        memory.add(connection);
    }

    void remove(WebSocketConnection connection) {
        memory.remove(connection);
        var _ = (connection.isLink() ? links : open).remove(connection);
    }

    void add(SocketTunnel tunnel) {
        tunnels.add(tunnel);
    }

    void remove(SocketTunnel tunnel) {
        tunnels.remove(tunnel);
    }

    /// Reserves a platform thread for a socket's reader, if one is available.
    boolean tryAcquirePlatformReader() {
        return platformReaders.tryAcquire();
    }

    void releasePlatformReader() {
        platformReaders.release();
    }

    long nextNumber() {
        return numbers.incrementAndGet();
    }

    /// Pings the peers, and aborts connections that are stuck or silent.
    ///
    /// @param now by `System.nanoTime`
    public void inspect(long now) {
        open.forEach(connection -> connection.inspect(now));
        links.forEach(connection -> connection.inspect(now));
    }

    /// Sends every socket a close frame.
    public void closeAll(int code, String reason) {
        open.forEach(connection -> connection.queue().close(code, reason));
        tunnels.forEach(tunnel -> tunnel.close(code, reason));
    }

    /// Ends every connection at once, also delivery links.
    public void abortAll() {
        open.forEach(WebSocketConnection::abort);
        tunnels.forEach(SocketTunnel::abort);
        links.forEach(WebSocketConnection::abort);
    }

    /// Whether no socket is open; delivery links do not count.
    public boolean isEmpty() {
        return open.isEmpty() && tunnels.isEmpty();
    }

    DeliveryLinks deliveryLinks() {
        return deliveryLinks;
    }

    InputMemory memory() {
        return memory;
    }

    SendMemory sendMemory() {
        return sendMemory;
    }

    TransportLimits limits() {
        return limits;
    }

    TransportMetrics metrics() {
        return metrics;
    }
}

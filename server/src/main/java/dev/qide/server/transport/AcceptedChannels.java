package dev.qide.server.transport;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// All open TCP connections: counts them per address, and aborts those that miss a deadline.
/// Thread-safe.
public final class AcceptedChannels {
    private final Set<AcceptedChannel> open = ConcurrentHashMap.newKeySet();
    private final Map<InetAddress, Integer> counts = new ConcurrentHashMap<>();
    private final TransportLimits.Connections limits;
    private final TrustedProxies proxies;
    private final TransportMetrics metrics;

    /// @param proxies addresses without a bound, since their connections belong to many clients
    AcceptedChannels(
            TransportLimits.Connections limits, TrustedProxies proxies, TransportMetrics metrics) {
        this.limits = limits;
        this.proxies = proxies;
        this.metrics = metrics;
    }

    /// Admits a new connection, with a deadline for the head of its first request.
    ///
    /// @return null if its address has too many; the connection was aborted then
    @Nullable AcceptedChannel admit(SocketChannel channel) throws IOException {
        if (!(channel.getRemoteAddress() instanceof InetSocketAddress remote)) {
            AcceptedChannel.abort(channel);
            return null;
        }
        // Otherwise every second small frame would wait for a TCP acknowledgement.
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (!increment(remote.getAddress())) {
            metrics.aborted("address_full");
            AcceptedChannel.abort(channel);
            return null;
        }
        var accepted = new AcceptedChannel(channel, remote);
        accepted.expectWithin(limits.headWait());
        open.add(accepted);
        return accepted;
    }

    /// Removes a connection that has ended.
    void remove(AcceptedChannel channel) {
        if (open.remove(channel)) {
            if (!channel.isForwarding()) {
                decrement(channel.remote().getAddress());
            }
            var client = channel.client();
            if (client != null) {
                decrement(client);
            }
        }
    }

    /// Stops counting a connection for its peer's address: the peer is another server, whose
    /// clients are counted instead. Called by the connection's thread.
    public void beginForwarding(AcceptedChannel channel) {
        if (!channel.isForwarding()) {
            channel.beginForwarding();
            decrement(channel.remote().getAddress());
        }
    }

    private static boolean isCountedAsPeer(AcceptedChannel channel, InetAddress client) {
        return client.equals(channel.remote().getAddress()) && !channel.isForwarding();
    }

    /// Counts a connection for the client behind the proxy that is its peer, until it ends.
    ///
    /// @return false if the client has too many
    public boolean assignTo(AcceptedChannel channel, InetAddress client) {
        if (isCountedAsPeer(channel, client)) {
            return true;
        }
        if (!increment(client)) {
            return false;
        }
        channel.setClient(client);
        return true;
    }

    /// Counts a request of a client behind the proxy that is the connection's peer as a connection
    /// of that client, until the request is answered.
    ///
    /// @return must be run when the request is answered
    /// @throws FailureException `TOO_MANY_CONNECTIONS`
    public Runnable beginRequest(AcceptedChannel channel, InetAddress client) {
        if (isCountedAsPeer(channel, client)) {
            return () -> {};
        }
        if (!increment(client)) {
            throw new FailureException(Failure.TOO_MANY_CONNECTIONS);
        }
        return () -> decrement(client);
    }

    /// The bounds of connections.
    public TransportLimits.Connections limits() {
        return limits;
    }

    /// Increments the count of an address, unless it is a proxy's.
    ///
    /// @return false if the address has reached its bound; the count is unchanged then
    private boolean increment(InetAddress address) {
        if (proxies.contain(address)) {
            return true;
        }
        int now = counts.merge(address, 1, Integer::sum);
        if (now > limits.perAddress()) {
            decrement(address);
            return false;
        }
        return true;
    }

    /// Decrements the count of an address, unless it is a proxy's.
    private void decrement(InetAddress address) {
        counts.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    /// Aborts the connections whose peer missed its deadline.
    void reap(long now) {
        for (var channel : open) {
            if (channel.isOverdue(now) && channel.isOpen()) {
                metrics.aborted("silent");
                channel.abort();
            }
        }
    }

    void abortAll() {
        open.forEach(AcceptedChannel::abort);
    }

    int count() {
        return open.size();
    }
}

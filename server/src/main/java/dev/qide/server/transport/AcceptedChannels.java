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

/// Every open TCP connection, how many each address holds, and which of them keep us waiting.
/// Thread-safe.
public final class AcceptedChannels {
    private final Set<AcceptedChannel> open = ConcurrentHashMap.newKeySet();
    private final Map<InetAddress, Integer> held = new ConcurrentHashMap<>();
    private final TransportLimits.Connections limits;
    private final TrustedProxies proxies;
    private final TransportMetrics metrics;

    /// @param proxies whose addresses hold as many as they like: they speak for others
    AcceptedChannels(
            TransportLimits.Connections limits, TrustedProxies proxies, TransportMetrics metrics) {
        this.limits = limits;
        this.proxies = proxies;
        this.metrics = metrics;
    }

    /// Takes a new connection in; the head of its first request is expected from now on.
    ///
    /// @return null when its address holds too many: it has been aborted then
    @Nullable AcceptedChannel admit(SocketChannel channel) throws IOException {
        if (!(channel.getRemoteAddress() instanceof InetSocketAddress remote)) {
            AcceptedChannel.abort(channel);
            return null;
        }
        // Else every second small frame would wait for an acknowledgement.
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (!take(remote.getAddress())) {
            metrics.aborted("address_full");
            AcceptedChannel.abort(channel);
            return null;
        }
        var accepted = new AcceptedChannel(channel, remote);
        accepted.expectWithin(limits.headWait());
        open.add(accepted);
        return accepted;
    }

    /// The connection is over.
    void remove(AcceptedChannel channel) {
        if (open.remove(channel)) {
            give(channel.remote().getAddress());
            var client = channel.client();
            if (client != null) {
                give(client);
            }
        }
    }

    /// A connection is from now on that of a client behind the proxy that is its peer.
    ///
    /// @return false when the client holds too many
    public boolean speaksFor(AcceptedChannel channel, InetAddress client) {
        if (client.equals(channel.remote().getAddress())) {
            return true;
        }
        if (!take(client)) {
            return false;
        }
        channel.speaksFor(client);
        return true;
    }

    /// A request of a client behind the proxy that is the connection's peer counts as a connection
    /// of that client until it is answered.
    ///
    /// @return what is to be run then
    /// @throws FailureException `TOO_MANY_CONNECTIONS`
    public Runnable asks(AcceptedChannel channel, InetAddress client) {
        if (client.equals(channel.remote().getAddress())) {
            return () -> {};
        }
        if (!take(client)) {
            throw new FailureException(Failure.TOO_MANY_CONNECTIONS);
        }
        return () -> give(client);
    }

    public TransportLimits.Connections limits() {
        return limits;
    }

    /// Counts one more for an address.
    ///
    /// @return false when it holds too many already; nothing was counted then
    private boolean take(InetAddress address) {
        if (proxies.contain(address)) {
            return true;
        }
        int now = held.merge(address, 1, Integer::sum);
        if (now > limits.perAddress()) {
            give(address);
            return false;
        }
        return true;
    }

    /// Counts one less; a proxy is not counted.
    private void give(InetAddress address) {
        held.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    /// Aborts the channels whose peer was expected to say or take something and did not.
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

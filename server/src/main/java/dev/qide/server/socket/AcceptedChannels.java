package dev.qide.server.socket;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Every accepted channel by its remote address.
///
/// The web server hides its channels, but only who holds the channel can abort a connection whose
/// writer is stuck, so they are collected where each one passes by: at its socket options.
/// Thread-safe.
final class AcceptedChannels implements SocketOptions {
    private final Map<SocketAddress, AcceptedChannel> open = new ConcurrentHashMap<>();
    private final SocketOptions options = SocketOptions.builder().tcpNoDelay(true).build();
    private final SocketLimits.Connections limits;
    private final SocketMetrics metrics;

    AcceptedChannels(SocketLimits.Connections limits, SocketMetrics metrics) {
        this.limits = limits;
        this.metrics = metrics;
    }

    /// Takes a new channel in, or throws when its address holds too many: the server closes it
    /// then.
    @Override
    public void configureSocket(SocketChannel channel) {
        try {
            var remote = channel.getRemoteAddress();
            if (remote == null || holdsTooMany(remote)) {
                metrics.aborted("address_full");
                AcceptedChannel.abort(channel);
                throw new IllegalStateException("too many connections of one address");
            }
            options.configureSocket(channel);
            var accepted = new AcceptedChannel(channel);
            accepted.expectWithin(limits.headWait());
            open.put(remote, accepted);
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    private boolean holdsTooMany(SocketAddress remote) {
        if (open.size() < limits.perAddress() || !(remote instanceof InetSocketAddress from)) {
            return false;
        }
        dropClosed();
        return open.keySet().stream()
                        .filter(address ->
                                address instanceof InetSocketAddress other
                                        && other.getAddress().equals(from.getAddress()))
                        .count()
                >= limits.perAddress();
    }

    /// The channel of a connection, or null when it is gone already.
    @Nullable AcceptedChannel of(SocketAddress remote) {
        return open.get(remote);
    }

    /// Aborts the channels whose peer was expected to say or take something and did not.
    void reap(long now) {
        dropClosed();
        for (var channel : open.values()) {
            if (channel.isOverdue(now)) {
                metrics.aborted("silent");
                channel.abort();
            }
        }
    }

    int count() {
        return open.size();
    }

    private void dropClosed() {
        open.values().removeIf(channel -> !channel.isOpen());
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return options.socketOptions();
    }

    @Override
    public Duration connectTimeout() {
        return options.connectTimeout();
    }

    @Override
    public Duration readTimeout() {
        return options.readTimeout();
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return options.socketReceiveBufferSize();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return options.socketSendBufferSize();
    }

    @Override
    public boolean socketReuseAddress() {
        return options.socketReuseAddress();
    }

    @Override
    public boolean socketKeepAlive() {
        return options.socketKeepAlive();
    }

    @Override
    public boolean tcpNoDelay() {
        return options.tcpNoDelay();
    }
}

package dev.qide.server.transport;

import dev.qide.server.transport.tls.ServerTls;
import dev.qide.server.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One accepted TCP connection: writes to it, and ends it from any thread. Thread-safe; one thread
/// writes at a time.
public final class AcceptedChannel {
    private static final long NEVER = Long.MAX_VALUE;

    /// The largest payload of a TLS record.
    private static final int RECORD_BYTES = 16 << 10;

    private final SocketChannel channel;
    private final InetSocketAddress remote;
    private volatile @Nullable TlsLayer secured;
    private volatile @Nullable InetAddress client;
    private volatile boolean isForwarding;
    private volatile long overdueAt = NEVER;

    AcceptedChannel(SocketChannel channel, InetSocketAddress remote) {
        this.channel = channel;
        this.remote = remote;
    }

    /// Creates the reader; called once, before anything is read or written.
    ///
    /// @param tls null for plain TCP
    public ChannelReader begin(@Nullable ServerTls tls) {
        if (tls == null) {
            return new PlainReader(channel);
        }
        var layer = tls.layer(channel);
        secured = layer;
        return layer;
    }

    /// The TCP peer, which may be a proxy.
    public InetSocketAddress remote() {
        return remote;
    }

    /// The client behind the proxy that is the peer, or null.
    @Nullable InetAddress client() {
        return client;
    }

    /// Sets the client behind the proxy that is the peer.
    void setClient(InetAddress address) {
        client = address;
    }

    /// Whether the peer is another server, which forwards requests of its clients.
    boolean isForwarding() {
        return isForwarding;
    }

    /// Notes that the peer is another server.
    void beginForwarding() {
        isForwarding = true;
    }

    public boolean isSecure() {
        return secured != null;
    }

    /// Writes at least one byte, as much as the peer accepts now; blocks while it accepts nothing.
    ///
    /// @param bytes backed by an array
    public void write(ByteBuffer bytes) throws IOException {
        var tls = secured;
        if (tls == null) {
            channel.write(bytes);
            return;
        }
        int length = Math.min(bytes.remaining(), RECORD_BYTES);
        int from = bytes.arrayOffset() + bytes.position();
        tls.write(bytes.array(), from, length);
        bytes.position(bytes.position() + length);
    }

    /// Ends the output; what was written still arrives.
    public void endOutput() {
        try {
            var tls = secured;
            if (tls != null) {
                tls.endOutput();
            }
            channel.shutdownOutput();
        } catch (IOException _) {
            // The peer is already gone.
        }
    }

    /// Waits until the peer has ended its side, and discards what it still sends.
    ///
    /// Reads below TLS, so nothing can be read through TLS afterwards.
    public void awaitEnd() {
        var dropped = ByteBuffer.allocate(RECORD_BYTES);
        try {
            while (channel.read(dropped) >= 0) {
                dropped.clear();
            }
        } catch (IOException _) {
            // A reset, or this side closed the channel: that is an end too.
        }
    }

    /// Sets the time in which the peer must take its next step, or be aborted.
    public void expectWithin(Duration time) {
        overdueAt = System.nanoTime() + time.toNanos();
    }

    /// Removes the deadline.
    public void expectNothing() {
        overdueAt = NEVER;
    }

    boolean isOverdue(long now) {
        var at = overdueAt;
        return at != NEVER && now - at > 0;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /// Closes the connection; what was written still arrives.
    public void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // The channel is closed anyway.
        }
    }

    /// Resets the connection and discards what is queued in the kernel; unblocks a reader or
    /// writer.
    public void abort() {
        abort(channel);
    }

    static void abort(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException _) {
            // The channel is closed already, or does not support lingering.
        }
        try {
            channel.close();
        } catch (IOException _) {
            // The channel is closed anyway.
        }
    }
}

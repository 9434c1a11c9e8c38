package dev.qide.server.transport;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.NioSocket;
import io.helidon.common.socket.TlsNioSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// One accepted TCP connection: what is needed to write to it and to end it from outside.
/// Thread-safe; one thread writes at a time.
public final class AcceptedChannel {
    private static final long NEVER = Long.MAX_VALUE;

    /// What one TLS record carries.
    private static final int RECORD_BYTES = 16 << 10;

    private final SocketChannel channel;
    private final InetSocketAddress remote;
    private volatile @Nullable Secured secured;
    private volatile @Nullable InetAddress client;
    private volatile long overdueAt = NEVER;

    /// TLS on top of the channel.
    private record Secured(HelidonSocket socket, SSLEngine engine) {}

    AcceptedChannel(SocketChannel channel, InetSocketAddress remote) {
        this.channel = channel;
        this.remote = remote;
    }

    /// Called once, before anything is read or written.
    ///
    /// @param engine null for plain TCP
    public HelidonSocket begin(@Nullable SSLEngine engine) {
        var id = Integer.toString(remote.getPort());
        if (engine == null) {
            return NioSocket.server(channel, id, "tcp");
        }
        var socket = TlsNioSocket.server(channel, engine, id, "tls");
        secured = new Secured(socket, engine);
        return socket;
    }

    /// Who is at the other end of the TCP connection: perhaps a proxy.
    public InetSocketAddress remote() {
        return remote;
    }

    /// Whose connection it is besides the peer's, or null.
    @Nullable InetAddress client() {
        return client;
    }

    /// The peer, a proxy, speaks for somebody from now on.
    void speaksFor(InetAddress somebody) {
        client = somebody;
    }

    public boolean isSecure() {
        return secured != null;
    }

    /// Writes what the peer takes now, at least one byte; blocks while it takes nothing.
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
        try {
            tls.socket().write(BufferData.create(bytes.array(), from, length));
        } catch (UncheckedIOException failure) {
            throw new IOException("the peer is gone", failure);
        }
        bytes.position(bytes.position() + length);
    }

    /// Says to the peer that nothing more comes; what was written still arrives.
    public void endOutput() {
        try {
            var tls = secured;
            if (tls != null) {
                tls.engine().closeOutbound();
                // An engine whose output is closed makes the last record, a close_notify, of it.
                tls.socket().write(BufferData.create(new byte[1]));
            }
            channel.shutdownOutput();
        } catch (IOException | UncheckedIOException _) {
            // The peer is gone already: there is nobody to tell.
        }
    }

    /// Waits until the peer has ended its side, and drops what it still says.
    ///
    /// Reads past TLS: nothing can be read in the ordinary way afterwards.
    public void awaitEnd() {
        var dropped = ByteBuffer.allocate(RECORD_BYTES);
        try {
            while (channel.read(dropped) >= 0) {
                dropped.clear();
            }
        } catch (IOException _) {
            // A reset, or we ended it ourselves: the end all the same.
        }
    }

    /// The peer has this long for its next step.
    public void expectWithin(Duration time) {
        overdueAt = System.nanoTime() + time.toNanos();
    }

    /// Nothing is expected of the peer.
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

    /// Ends the connection in good order: what was written still arrives.
    public void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // Nothing is left to be done for it.
        }
    }

    /// Ends the connection at once, whatever is queued in the kernel; a blocked reader or writer is
    /// freed.
    public void abort() {
        abort(channel);
    }

    static void abort(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException _) {
            // Closed already, or a kind of socket that does not linger.
        }
        try {
            channel.close();
        } catch (IOException _) {
            // Nothing is left to be done for it.
        }
    }
}

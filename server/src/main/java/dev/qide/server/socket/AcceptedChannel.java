package dev.qide.server.socket;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// One accepted TCP connection: what is needed to write to it and to end it from outside.
/// Thread-safe; one thread writes at a time.
final class AcceptedChannel {
    private static final long NEVER = Long.MAX_VALUE;

    private final SocketChannel channel;
    private volatile long overdueAt = NEVER;

    AcceptedChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /// Writes what the peer takes now, at least one byte; blocks while it takes nothing.
    void write(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
    }

    /// Says to the peer that nothing more comes; what was written still arrives.
    void endOutput() {
        try {
            channel.shutdownOutput();
        } catch (IOException _) {
            // The peer is gone already: there is nobody to tell.
        }
    }

    /// The peer has this long for its next step.
    void expectWithin(Duration time) {
        overdueAt = System.nanoTime() + time.toNanos();
    }

    /// Nothing is expected of the peer.
    void expectNothing() {
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
    void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // Nothing is left to be done for it.
        }
    }

    /// Ends the connection at once, whatever is queued in the kernel; a blocked reader or writer is
    /// freed.
    void abort() {
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

package dev.qide.server.transport.http;

import dev.qide.server.transport.ChannelReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The bytes that one client sends, in order. Holds no more than one read of the socket: 8 KiB, or
/// one TLS record. Owned by the connection's thread.
public final class ConnectionInput {
    private static final byte[] NOTHING = new byte[0];

    private final ChannelReader reader;
    private final AtomicLong heldBytes;
    private byte[] bytes = NOTHING;
    private int position;

    /// @param heldBytes the sum of what all connections hold
    ConnectionInput(ChannelReader reader, AtomicLong heldBytes) {
        this.reader = reader;
        this.heldBytes = heldBytes;
    }

    /// Waits for the next byte.
    ///
    /// @return false when the client has ended its side
    boolean awaitByte() throws IOException {
        return position < bytes.length || fill();
    }

    /// The next byte.
    ///
    /// @throws EndedException when the client has ended its side
    int read() throws IOException {
        if (!awaitByte()) {
            throw new EndedException();
        }
        return bytes[position++] & 0xff;
    }

    /// Some of the next bytes, at least one.
    ///
    /// @throws EndedException when the client has ended its side
    int read(byte[] into, int offset, int length) throws IOException {
        if (!awaitByte()) {
            throw new EndedException();
        }
        int count = Math.min(length, bytes.length - position);
        System.arraycopy(bytes, position, into, offset, count);
        position += count;
        return count;
    }

    /// Whether bytes are here that were not read yet.
    boolean hasBytes() {
        return position < bytes.length;
    }

    /// The next bytes as they come, for a protocol that takes the connection over.
    ///
    /// @return null when the client has ended its side
    public byte @Nullable [] next() throws IOException {
        if (!awaitByte()) {
            return null;
        }
        var next = position == 0 ? bytes : Arrays.copyOfRange(bytes, position, bytes.length);
        release();
        return next;
    }

    /// Holds nothing any more.
    void release() {
        hold(NOTHING);
    }

    private boolean fill() throws IOException {
        var next = reader.next();
        hold(next == null ? NOTHING : next);
        return next != null;
    }

    /// The client has ended its side in the middle of a request.
    static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;

        EndedException() {
            super("the client ended the connection");
        }
    }

    private void hold(byte[] next) {
        heldBytes.addAndGet(next.length - bytes.length);
        bytes = next;
        position = 0;
    }
}
